"""The mixture: mostly a plain case edited at a place or two, now and then one that schemathesis makes anew."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ...arguments import valid_arguments
from ..brokenness import BrokenSchema
from ..operations import Operation
from ..projection import of_objects, project
from ..schema_errors import misfits
from .bodies import bodies
from .edits import Edit, edits
from .paths import value_at
from .places import Place, places
from .pruning import pruned
from .unsatisfiable import is_unsatisfiable
from .values import WRONG, is_plain, simplest_first

_EDITS: Final = (0, 0, *(1,) * 44, *(2,) * 22, *(3,) * 8)
"""How many edits a case gets, each as likely as any."""
_ANEW: Final = 2
"""How many cases are made anew, beside those: that takes some milliseconds each."""
_MOST_SEEN: Final = 12


def generated(operation: Operation, fits: Callable[[Any], bool], *, unfitting: bool) -> SearchStrategy[Any]:
    """Return a strategy of arguments, of fitting ones only unless `unfitting`.

    Raises:
        BrokenSchema: if nothing fits the schema.
    """
    made = bodies(operation, fits)
    bank = _with_plain(made.bank, operation, fits)
    found = places(project(of_objects(operation.schema), "arguments"), bank)
    if not bank and is_unsatisfiable(of_objects(operation.schema)):
        raise BrokenSchema("nothing fits it")
    declared = frozenset(place.path for place in found)
    wrong = _once(_plain_wrong(operation.schema, made.wrong)) if unfitting else ()
    start = _once(pruned(value, fits, declared) for value in bank) or ({},)
    ways = [edit for place in found for edit in edits(place, _seen(place, start, bank)) if unfitting or edit.path]
    if unfitting:
        ways.append(Edit((), st.sampled_from([value for value in WRONG if not isinstance(value, dict)])))
    anew = (made.fitting,) * _ANEW if made.fitting is not None else ()
    mixed = _mixed(_Mixture(start + wrong, tuple(ways), anew))
    return mixed if unfitting else mixed.filter(fits)


def _plain_wrong(schema: Any, wrong: Iterable[Any]) -> Iterator[Any]:
    """Yield what breaks the schema in one place only, made plainer: it says for itself what is wrong."""
    for value in wrong:
        causes = _causes(schema, value)
        if len(causes) == 1:
            yield pruned(value, lambda other, causes=causes: _causes(schema, other) == causes)  # type: ignore[misc]


def _causes(schema: Any, value: Any) -> frozenset[str]:
    return frozenset(misfit.cause for misfit in misfits(schema, value))


def _with_plain(bank: tuple[Any, ...], operation: Operation, fits: Callable[[Any], bool]) -> tuple[Any, ...]:
    plain = valid_arguments(operation.schema)
    return (*bank, plain) if is_plain(plain) and fits(plain) else bank


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    return simplest_first({json.dumps(value, sort_keys=True): value for value in values}.values())


def _seen(place: Place, start: tuple[Any, ...], bank: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return values that stood at the place: plain ones, and for texts of a certain form all."""
    spelt = any("pattern" in facet or "format" in facet for facet in place.facets)
    values = (value for whole in (*start, *(bank if spelt else ())) for value in value_at(whole, place.path))
    return _once(values)[:_MOST_SEEN]


@dataclass(frozen=True, slots=True, repr=False)
class _Mixture:
    """What cases are made of; nobody wants to read it, so that it has no long description."""

    start: tuple[Any, ...]
    edits: tuple[Edit, ...]
    anew: tuple[SearchStrategy[Any], ...]


@st.composite
def _mixed(draw: st.DrawFn, mixture: _Mixture) -> Any:
    start, ways, anew = mixture.start, mixture.edits, mixture.anew
    plan = draw(st.integers(0, len(_EDITS) + len(anew) - 1))
    if plan >= len(_EDITS):
        value = draw(anew[plan - len(_EDITS)])
        return value if is_plain(value) else start[0]
    whole = start[draw(st.integers(0, len(start) - 1))]
    for _ in range(_EDITS[plan] if ways else 0):
        whole = ways[draw(st.integers(0, len(ways) - 1))].made(draw, whole)
    return whole
