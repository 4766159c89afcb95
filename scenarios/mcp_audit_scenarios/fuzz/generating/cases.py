"""The mixture: mostly a banked case edited at a place or two, now and then one that schemathesis makes anew."""

from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...arguments import valid_arguments
from ..brokenness import BrokenSchema
from ..operations import Operation
from ..projection import project
from .bodies import Bodies, bodies
from .edits import Edit, edits, value_at
from .places import Place, places
from .unsatisfiable import is_unsatisfiable
from .values import is_plain, simplest_first

_ANEW: Final = 32
"""One in so many cases is made anew by each of the strategies of schemathesis: they take some milliseconds."""
_COUNTS: Final = (1, 1, 1, 0, 2, 3)


def generated(operation: Operation, fits: Callable[[Any], bool], *, unfitting: bool) -> SearchStrategy[Any]:
    """Return a strategy of arguments.

    Raises:
        BrokenSchema: if nothing fits the schema.
    """
    made = bodies(operation, fits)
    projection = project(operation.schema, "arguments")
    found = places(projection)
    bank = _bank(operation, made, fits)
    if not bank and is_unsatisfiable(operation.schema):
        raise BrokenSchema("nothing fits it")
    if not unfitting:
        return _only_fitting(made, bank, found, fits)
    start = bank or made.wrong or ({},)
    edited = _edited(start, [(place.path, edits(place, _seen(place, bank))) for place in found])
    return _mixed(edited, [strategy for strategy in (made.fitting, made.unfitting) if strategy is not None])


def _only_fitting(
    made: Bodies, bank: tuple[Any, ...], found: tuple[Place, ...], fits: Callable[[Any], bool]
) -> SearchStrategy[Any]:
    edited = _edited(bank or ({},), [(place.path, edits(place, _seen(place, bank))) for place in found[1:]])
    return _mixed(edited.filter(fits), [made.fitting] if made.fitting is not None else [])


def _bank(operation: Operation, made: Bodies, fits: Callable[[Any], bool]) -> tuple[Any, ...]:
    plain = [value for value in (valid_arguments(operation.schema),) if is_plain(value) and fits(value)]
    return simplest_first([*made.bank, *(value for value in plain if value not in made.bank)])


def _seen(place: Place, bank: tuple[Any, ...]) -> tuple[Any, ...]:
    values = {repr(value): value for whole in bank for value in value_at(whole, place.path)}
    return simplest_first(values.values())


Choice = tuple[tuple[str | int, ...], SearchStrategy[Edit]]


@st.composite
def _edited(draw: st.DrawFn, start: tuple[Any, ...], choices: list[Choice]) -> Any:
    whole = draw(st.sampled_from(start))
    for _ in range(draw(st.sampled_from(_COUNTS)) if choices else 0):
        path, strategy = draw(st.sampled_from(choices))
        whole = draw(strategy).at(whole, path)
    return whole


@st.composite
def _mixed(draw: st.DrawFn, edited: SearchStrategy[Any], anew: list[SearchStrategy[Any]]) -> Any:
    which = _ANEW - 1 - draw(st.integers(0, _ANEW - 1))
    value = draw(anew[which] if which < len(anew) else edited)
    return value if is_plain(value) else draw(edited.filter(is_plain))
