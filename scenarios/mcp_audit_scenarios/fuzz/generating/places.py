"""Places in arguments that a schema speaks of, and what it says of each, read together from all its branches."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import JsonObject

from ...schemas import UnusableSchema, judge
from ..pointers import pointed
from ..projection import Projection
from .paths import value_at

_MOST_PLACES: Final = 48
_MOST_FACETS: Final = 24
_DEEPEST: Final = 5
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_BRANCH: Final = ("if", "then", "else")
FIRST: Final = 0
"""The part of a path that means the first item of an array."""
ANY: Final = "extra"
"""The name of a member that may have any name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the arguments, by the names of members and indices of items; and the schemas that may apply there."""

    path: tuple[str | int, ...]
    facets: tuple[JsonObject, ...]
    optional: bool = True

    @property
    def types(self) -> frozenset[str]:
        """The types that the schemas name; none if they name none."""
        return frozenset(kind for facet in self.facets for kind in _types(facet))


def places(projection: Projection, bank: tuple[Any, ...] = ()) -> tuple[Place, ...]:
    """Return the places, outer ones first: at most as many as are worth the trouble.

    Names that only have to match a pattern are taken from the values in `bank`.
    """
    waiting = deque([Place((), facets(projection, projection.schema), optional=False)])
    found: list[Place] = []
    while waiting and len(found) < _MOST_PLACES:
        place = waiting.popleft()
        found.append(place)
        if len(place.path) < _DEEPEST:
            waiting.extend(_inside(projection, place, bank))
    return tuple(found)


def facets(projection: Projection, schema: Any) -> tuple[JsonObject, ...]:
    """Return the schema and all that it applies to the same value: what it refers to, and its branches."""
    waiting, found, seen = deque([schema]), list[JsonObject](), set[int]()
    while waiting and len(found) < _MOST_FACETS:
        here = waiting.popleft()
        if not isinstance(here, dict) or id(here) in seen:
            continue
        seen.add(id(here))
        found.append(here)
        if isinstance(here.get("$ref"), str):
            waiting.append(pointed({"components": {"schemas": projection.components}}, here["$ref"]))
        for word in _BRANCHES:
            waiting.extend(here[word] if isinstance(here.get(word), list) else ())
        waiting.extend(here[word] for word in _BRANCH if word in here)
    return tuple(found)


def _inside(projection: Projection, place: Place, bank: tuple[Any, ...]) -> Iterator[Place]:
    members: dict[str | int, list[Any]] = {}
    required: set[str] = set()
    for facet in place.facets:
        named = facet.get("properties")
        for name, inner in (named if isinstance(named, dict) else {}).items():
            members.setdefault(name, []).append(inner)
        listed = facet.get("required")
        required.update(name for name in (listed if isinstance(listed, list) else ()) if isinstance(name, str))
        prefix = facet.get("prefixItems")
        for index, inner in enumerate(prefix[:3] if isinstance(prefix, list) else ()):
            members.setdefault(index, []).append(inner)
        if isinstance(facet.get("items"), dict) and not prefix:
            members.setdefault(FIRST, []).append(facet["items"])
        if isinstance(facet.get("additionalProperties"), dict):
            members.setdefault(ANY, []).append(facet["additionalProperties"])
        patterns = facet.get("patternProperties")
        for pattern, inner in (patterns if isinstance(patterns, dict) else {}).items():
            for name in _names(pattern, place, bank):
                members.setdefault(name, []).append(inner)
    for name in sorted(required - members.keys()):
        members[name] = [{}]
    for part, schemas in members.items():
        yield Place((*place.path, part), facets(projection, {"allOf": schemas})[1:], part not in required)


def _names(pattern: str, place: Place, bank: tuple[Any, ...]) -> list[str]:
    """Return a name that matches, if one occurs at the place."""
    try:
        matches = judge({"pattern": pattern})
    except UnusableSchema:
        return []
    found = (value for whole in bank for value in value_at(whole, place.path) if isinstance(value, dict))
    names = {name for value in found for name in value}
    return sorted((name for name in names if matches(name)), key=lambda name: (len(name), name))[:1]


def _types(schema: JsonObject) -> Iterator[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        yield kind
    elif isinstance(kind, list):
        yield from (one for one in kind if isinstance(one, str))
