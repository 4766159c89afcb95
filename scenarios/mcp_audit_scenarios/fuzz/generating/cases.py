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
from .edits import Edit, edits
from .paths import value_at
from .places import Place, places
from .unsatisfiable import is_unsatisfiable
from .values import is_plain, simplest_first

_EDITS: Final = (0, 0, 0, *(1,) * 40, *(2,) * 14, *(3,) * 5)
"""How many edits a case gets; the number after the last makes a case anew: that takes some milliseconds."""


def generated(operation: Operation, fits: Callable[[Any], bool], *, unfitting: bool) -> SearchStrategy[Any]:
    """Return a strategy of arguments, of fitting ones only unless `unfitting`.

    Raises:
        BrokenSchema: if nothing fits the schema.
    """
    made = bodies(operation, fits)
    found = places(project(operation.schema, "arguments"))
    bank = _bank(operation, made, fits)
    if not bank and is_unsatisfiable(operation.schema):
        raise BrokenSchema("nothing fits it")
    ways = [edit for place in found[0 if unfitting else 1 :] for edit in edits(place, _seen(place, bank))]
    if not unfitting:
        return _mixed(bank or ({},), ways, _present(made.fitting)).filter(fits)
    if made.wrong:
        ways.append(Edit((), st.sampled_from(made.wrong)))
    return _mixed(bank or made.wrong or ({},), ways, _present(made.fitting, made.unfitting))


def _present(*strategies: SearchStrategy[Any] | None) -> tuple[SearchStrategy[Any], ...]:
    return tuple(strategy for strategy in strategies if strategy is not None)


def _bank(operation: Operation, made: Bodies, fits: Callable[[Any], bool]) -> tuple[Any, ...]:
    plain = [value for value in (valid_arguments(operation.schema),) if is_plain(value) and fits(value)]
    return simplest_first([*made.bank, *(value for value in plain if value not in made.bank)])


def _seen(place: Place, bank: tuple[Any, ...]) -> tuple[Any, ...]:
    values = {repr(value): value for whole in bank for value in value_at(whole, place.path)}
    return simplest_first(values.values())


@st.composite
def _mixed(draw: st.DrawFn, start: tuple[Any, ...], ways: list[Edit], anew: tuple[SearchStrategy[Any], ...]) -> Any:
    plan = draw(st.integers(0, len(_EDITS) + len(anew) - 1))
    if plan >= len(_EDITS):
        value = draw(anew[plan - len(_EDITS)])
        return value if is_plain(value) else start[0]
    whole = start[draw(st.integers(0, len(start) - 1))]
    for _ in range(_EDITS[plan] if ways else 0):
        whole = ways[draw(st.integers(0, len(ways) - 1))].made(draw, whole)
    return whole
