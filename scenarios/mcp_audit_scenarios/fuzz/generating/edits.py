"""Edits of arguments at one place: another value that the schema speaks of, one of a wrong type, one less, one more."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .paths import Path, put, without
from .places import Place
from .values import LONGEST, ODD_NAMES, ODD_TEXTS, WRONG, is_plain, simplest_first

_FARTHEST: Final = 2**70
_LARGEST: Final = 10**1000
"""Further digits take longer to read than a number is worth."""
_DEEPEST: Final = 64
_MOST_ITEMS: Final = 200
_MOST_NAMED: Final = 200
_MOST_CHARACTERS: Final = 64
_SMALL: Final = 64
"""Bytes of an item that is repeated."""
_CERTAINLY_SMALL: Final = 1024
"""Characters of a text after which the size of the whole is looked at."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One way to change what stands at a path: a value is put there, or, without values, what is there goes."""

    path: Path
    values: SearchStrategy[Any] | None = None

    def made(self, draw: st.DrawFn, whole: Any) -> Any:
        """Return `whole` changed; as it was if it would become too large to be sent by the hundred."""
        if self.values is None:
            return without(whole, self.path)
        value = draw(self.values)
        changed = put(whole, self.path, value)
        small = not isinstance(value, str) or len(value) <= _CERTAINLY_SMALL
        return changed if small or is_plain(changed) else whole


def edits(place: Place, seen: tuple[Any, ...]) -> Iterator[Edit]:
    """Yield the edits of one place, what the schema speaks of first; `seen` are values that stood there before."""
    yield from (Edit(place.path, values) for values in _values(place, seen))
    if place.path:
        yield Edit(place.path)
        yield Edit(place.path, st.sampled_from(WRONG))
    if "object" in place.types:
        yield from (
            Edit((*place.path, name), st.sampled_from(WRONG)) for name in ODD_NAMES[: None if place.path else 2]
        )


def _values(place: Place, seen: tuple[Any, ...]) -> list[SearchStrategy[Any]]:
    """Return strategies of values around what the schema says of the place: within its bounds, and just outside."""
    named = simplest_first(_named(place))[:_MOST_NAMED]
    found: list[SearchStrategy[Any]] = [st.sampled_from(named)] if named else []
    if len(seen) > 1 and not named:
        found.append(st.sampled_from(seen))
    types = place.types
    if not types and not named and place.path:
        types = frozenset({"string", "integer"})
    if "integer" in types or "number" in types:
        found += _numbers(place, fractions="number" in types)
    if "string" in types and not named:
        found += _texts(place)
    if "boolean" in types:
        found.append(st.booleans())
    if "array" in types:
        found += _arrays(place, seen)
    if place.path and types & {"array", "object"}:
        found.append(st.integers(1, _DEEPEST).map(_nested))
    return found


def _named(place: Place) -> list[Any]:
    values: list[Any] = []
    for facet in place.facets:
        for word in ("enum", "examples"):
            values += facet[word] if isinstance(facet.get(word), list) else []
        values += [facet[word] for word in ("const", "default") if word in facet]
    once = {repr(value): value for value in values}
    return [value for value in once.values() if is_plain(value)]


def _bounds(place: Place, *words: str) -> list[int]:
    limits = [facet[word] for facet in place.facets for word in words if word in facet]
    finite = [
        limit for limit in limits if isinstance(limit, int) or (isinstance(limit, float) and math.isfinite(limit))
    ]
    return [int(limit) for limit in finite if abs(limit) < _LARGEST]


def _numbers(place: Place, *, fractions: bool) -> Iterator[SearchStrategy[Any]]:
    low = min(_bounds(place, "minimum", "exclusiveMinimum"), default=None)
    high = max(_bounds(place, "maximum", "exclusiveMaximum"), default=None)
    if low is not None or high is not None:
        below = low - 1 if low is not None else (high or 0) - 1000
        above = high + 1 if high is not None else (low or 0) + 1000
        yield st.integers(min(below, above), max(below, above))
    yield st.integers(-_FARTHEST, _FARTHEST)
    if fractions:
        yield st.floats(allow_nan=False, allow_infinity=False)


def _texts(place: Place) -> Iterator[SearchStrategy[Any]]:
    low = min(max(0, min(_bounds(place, "minLength"), default=1) - 1), LONGEST)
    spoken = _bounds(place, "maxLength")
    longest = max(low, min(max(spoken) + 1, LONGEST)) if spoken else LONGEST
    if low <= _CERTAINLY_SMALL:
        yield st.text(min_size=low, max_size=min(longest, low + _MOST_CHARACTERS))
    yield st.sampled_from(ODD_TEXTS)
    yield st.integers(low, longest).map("a".__mul__)
    edges = {low, low + 1, longest - 1, longest} if spoken or low else set[int]()
    if edges:
        yield st.sampled_from(["a" * length for length in sorted(edges) if length >= 0])


def _arrays(place: Place, seen: tuple[Any, ...]) -> Iterator[SearchStrategy[Any]]:
    """Yield arrays of one item again and again: of none, of as many as are allowed, of one more."""
    items = [item for value in seen if isinstance(value, list) for item in value[:1] if is_plain(item, _SMALL)]
    most = min(max(_bounds(place, "maxItems"), default=_MOST_ITEMS) + 1, _MOST_ITEMS)
    if most > 0:
        yield st.builds(_repeated, st.sampled_from(simplest_first(items) or (0, "")), st.integers(0, most))


def _repeated(item: Any, count: int) -> list[Any]:
    return [item] * count


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value
