"""Edits of arguments at one place: another value that the schema speaks of, one of a wrong type, one less, one more."""

import math
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from mcp_audit_harness.model import JsonObject

from .places import Place
from .values import LONGEST, ODD_NAMES, ODD_TEXTS, WRONG, simplest_first

_FARTHEST: Final = 2**70
_DEEPEST: Final = 64
_MOST_ITEMS: Final = 200
_MOST_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class Put:
    """The value of the place becomes another one."""

    value: Any

    def at(self, whole: Any, path: tuple[str | int, ...]) -> Any:
        """Return `whole` with the edit made at `path`; what is missing on the way comes to be."""
        return _put(whole, path, self.value)


@dataclass(frozen=True, slots=True)
class Take:
    """The member or item is taken away."""

    def at(self, whole: Any, path: tuple[str | int, ...]) -> Any:
        """Return `whole` without what stands at `path`."""
        return _without(whole, path)


@dataclass(frozen=True, slots=True)
class Add:
    """The object at the place gets one more member."""

    name: str
    value: Any

    def at(self, whole: Any, path: tuple[str | int, ...]) -> Any:
        """Return `whole` with the member added to what stands at `path`."""
        return _put(whole, (*path, self.name), self.value)


Edit = Put | Take | Add


def edits(place: Place, seen: tuple[Any, ...]) -> SearchStrategy[Edit]:
    """Return the edits of one place; `seen` are values that stood there before."""
    kinds: list[SearchStrategy[Edit]] = [value.map(Put) for value in _values(place, seen)]
    if place.path:
        kinds.append(st.just(Take()))
    if "object" in place.types:
        kinds.append(st.builds(Add, st.sampled_from(ODD_NAMES), st.sampled_from(WRONG)))
    kinds.append(st.sampled_from(WRONG).map(Put))
    return st.one_of(kinds)


def _values(place: Place, seen: tuple[Any, ...]) -> list[SearchStrategy[Any]]:
    """Return strategies of values around what the schema says of the place: within its bounds, and just outside."""
    named = simplest_first(_named(place))
    found: list[SearchStrategy[Any]] = [st.sampled_from(named)] if named else []
    if seen and not named:
        found.append(st.sampled_from(seen))
    types = place.types
    if not types and not named:
        types = frozenset({"string", "integer"})
    if "integer" in types or "number" in types:
        found += _numbers(place, fractions="number" in types)
    if "string" in types and not named:
        found += _texts(place)
    if "boolean" in types:
        found.append(st.sampled_from((False, True)))
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
    return [value for number, value in enumerate(values) if value not in values[:number]]


def _bounds(place: Place, *words: str) -> list[int]:
    limits = [facet[word] for facet in place.facets for word in words if word in facet]
    return [int(limit) for limit in limits if isinstance(limit, int | float) and math.isfinite(limit)]


def _numbers(place: Place, *, fractions: bool) -> list[SearchStrategy[Any]]:
    low = min(_bounds(place, "minimum", "exclusiveMinimum"), default=None)
    high = max(_bounds(place, "maximum", "exclusiveMaximum"), default=None)
    below = None if low is None else low - 1
    above = None if high is None else high + 1
    found: list[SearchStrategy[Any]] = []
    if below is not None and above is not None and below <= above:
        found.append(st.integers(below, above))
    elif below is not None:
        found.append(st.integers(below, below + 1000))
    elif above is not None:
        found.append(st.integers(above - 1000, above))
    found.append(st.integers(-_FARTHEST, _FARTHEST))
    if fractions:
        found.append(st.floats(allow_nan=False, allow_infinity=False))
    return found


def _texts(place: Place) -> list[SearchStrategy[Any]]:
    low = max(0, min(_bounds(place, "minLength"), default=1) - 1)
    high = max([low, *_bounds(place, "maxLength")]) + 1
    spoken = any("maxLength" in facet for facet in place.facets)
    longest = min(high, LONGEST) if spoken else LONGEST
    return [
        st.text(min_size=min(low, LONGEST), max_size=min(max(low, longest), low + _MOST_CHARACTERS)),
        st.sampled_from(ODD_TEXTS),
        st.integers(min(low, LONGEST), max(min(low, LONGEST), longest)).map("a".__mul__),
    ]


def _arrays(place: Place, seen: tuple[Any, ...]) -> list[SearchStrategy[Any]]:
    """Return arrays of one item again and again: of none, of as many as are allowed, of one more."""
    items = [item for value in seen if isinstance(value, list) for item in value[:1]] or [0, ""]
    high = min(max(_bounds(place, "maxItems"), default=_MOST_ITEMS) + 1, _MOST_ITEMS)
    return [st.builds(lambda item, count: [item] * count, st.sampled_from(items), st.integers(0, max(0, high)))]


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def _put(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        items = list(whole) if isinstance(whole, list) else []
        index = min(part, len(items))
        inner = items[index] if index < len(items) else None
        return [*items[:index], _put(inner, rest, value), *items[index + 1 :]]
    members: JsonObject = dict(whole) if isinstance(whole, dict) else {}
    members[part] = _put(members.get(part), rest, value)
    return members


def _without(whole: Any, path: tuple[str | int, ...]) -> Any:
    part, rest = path[0], path[1:]
    if isinstance(whole, dict) and part in whole:
        if rest:
            return {**whole, part: _without(whole[part], rest)}
        return {name: value for name, value in whole.items() if name != part}
    if isinstance(whole, list) and isinstance(part, int) and part < len(whole):
        return [*whole[:part], *([_without(whole[part], rest)] if rest else []), *whole[part + 1 :]]
    return whole


def value_at(whole: Any, path: tuple[str | int, ...]) -> tuple[Any, ...]:
    """Return what stands at the path, as a tuple of one; an empty one if nothing does."""
    for part in path:
        try:
            whole = whole[part]
        except (LookupError, TypeError):
            return ()
    return (whole,)
