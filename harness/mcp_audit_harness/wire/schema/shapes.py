"""The language of the table: shapes of messages, and the revisions for which each part of them holds.

Theory: the specification publishes one schema per revision, and most of each is what the one before said. The table
says each thing once, with the revisions between which it holds: `since` is the first revision that has it, `until` the
first that no longer does; either may be left out. `generate` makes the schema of one revision by leaving out all that
does not hold there. Objects are open, as they are in the specification: members that no shape names are allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

JsonSchema: TypeAlias = dict[str, Any]


class Type(Protocol):
    """What a member may be."""

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of the type."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """One of JSON's own kinds, or any of several."""

    kinds: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def schema(self) -> JsonSchema:
        """See `Type`; without kinds, anything."""
        made: JsonSchema = {}
        if self.kinds:
            made["type"] = self.kinds[0] if len(self.kinds) == 1 else list(self.kinds)
        if self.minimum is not None:
            made["minimum"] = self.minimum
        if self.maximum is not None:
            made["maximum"] = self.maximum
        return made


@dataclass(frozen=True, slots=True)
class Ref:
    """A shape of the table, by name."""

    name: str

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return {"$ref": f"#/$defs/{self.name}"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array."""

    items: Type
    longest: int | None = None

    def schema(self) -> JsonSchema:
        """See `Type`."""
        made: JsonSchema = {"type": "array", "items": self.items.schema()}
        if self.longest is not None:
            made["maxItems"] = self.longest
        return made


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object whose members have names of their own."""

    values: Type

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return {"type": "object", "additionalProperties": self.values.schema()}


@dataclass(frozen=True, slots=True)
class Const:
    """One string or number, and nothing else."""

    value: str | int

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return {"type": "string" if isinstance(self.value, str) else "integer", "const": self.value}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several strings."""

    values: tuple[str, ...]

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of several types."""

    types: tuple[Type, ...]

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return {"anyOf": [one.schema() for one in self.types]}


@dataclass(frozen=True, slots=True)
class AllOf:
    """Several types at once."""

    types: tuple[Type, ...]

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return {"allOf": [one.schema() for one in self.types]}


@dataclass(frozen=True, slots=True)
class Members:
    """Some members of an object that are required, or not, between the same revisions."""

    types: Mapping[str, Type]
    required: bool
    since: str = ""
    until: str = ""

    def holds(self, revision: str) -> bool:
        """Whether the members exist at `revision`. Revisions are dates, so their order is that of their text."""
        return self.since <= revision and (not self.until or revision < self.until)


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object with named members, in the place where it is used."""

    groups: tuple[Members, ...]

    def schema(self) -> JsonSchema:
        """See `Type`."""
        return object_schema(self.groups)


@dataclass(frozen=True, slots=True)
class Shape:
    """A named definition: an object by its members, or any other type. A name may stand in the table several times."""

    name: str
    body: tuple[Members, ...] | Type
    since: str = ""
    until: str = ""

    def holds(self, revision: str) -> bool:
        """Whether the definition exists at `revision`."""
        return self.since <= revision and (not self.until or revision < self.until)

    def schema(self, revision: str) -> JsonSchema:
        """Return the definition as it is at `revision`."""
        if isinstance(self.body, tuple):
            return object_schema(tuple(group for group in self.body if group.holds(revision)))
        return self.body.schema()


def object_schema(groups: tuple[Members, ...]) -> JsonSchema:
    """Return the schema of an open object with the members of all groups."""
    made: JsonSchema = {"type": "object"}
    properties = {name: kind.schema() for group in groups for name, kind in group.types.items()}
    required = sorted(name for group in groups if group.required for name in group.types)
    if properties:
        made["properties"] = properties
    if required:
        made["required"] = required
    return made


def required(types: Mapping[str, Type], *, since: str = "", until: str = "") -> Members:
    """Return members that have to be there."""
    return Members(types, required=True, since=since, until=until)


def optional(types: Mapping[str, Type], *, since: str = "", until: str = "") -> Members:
    """Return members that may be left out (but are not null)."""
    return Members(types, required=False, since=since, until=until)


ANYTHING = Plain()
STRING = Plain(("string",))
INTEGER = Plain(("integer",))
NUMBER = Plain(("number",))
BOOLEAN = Plain(("boolean",))
OBJECT = Plain(("object",))
NATURAL = Plain(("integer",), minimum=0)
FRACTION = Plain(("number",), minimum=0, maximum=1)
STRINGS = ListOf(STRING)
FREE = MapOf(ANYTHING)
