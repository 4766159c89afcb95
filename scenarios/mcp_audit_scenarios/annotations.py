"""Where a schema that a target wrote says `x-mcp-header`, and what it says there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import JsonObject

HEADER: Final = "x-mcp-header"
_ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties"})
_MAX_SCHEMAS = 5000


@dataclass(frozen=True, slots=True)
class Annotation:
    """One schema with `x-mcp-header`."""

    path: tuple[str, ...]
    """The keywords and names that lead to it."""
    static: bool
    """Whether only names under `properties` lead to it, at least one."""
    schema: JsonObject

    @property
    def token(self) -> Any:
        """The value of the annotation."""
        return self.schema[HEADER]

    @property
    def where(self) -> str:
        """How messages name the place."""
        return "/".join(self.path)[:80] or "the schema itself"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the properties that lead to it, for static ones."""
        return self.path[1::2]


def annotations_of(schema: Any) -> Iterator[Annotation]:
    """Yield every annotation in a schema; data such as `default` and `enum` are not searched, no `$ref` is followed."""
    waiting: list[tuple[tuple[str, ...], bool, Any]] = [((), True, schema)]
    seen = 0
    while waiting and seen < _MAX_SCHEMAS:
        path, static, found = waiting.pop()
        if not isinstance(found, dict):
            continue
        seen += 1
        if HEADER in found:
            yield Annotation(path, static and bool(path), found)
        waiting.extend(reversed(list(_inside(path, static, found))))


def _inside(path: tuple[str, ...], static: bool, schema: JsonObject) -> Iterator[tuple[tuple[str, ...], bool, Any]]:
    for word, value in schema.items():
        if word == "properties" and isinstance(value, dict):
            yield from (((*path, word, name), static, inner) for name, inner in value.items())
        elif word in _NAMED and isinstance(value, dict):
            yield from (((*path, word, name), False, inner) for name, inner in value.items())
        elif word in _ONE:
            yield (*path, word), False, value
        elif word in _SEVERAL and isinstance(value, list):
            yield from (((*path, word, str(place)), False, inner) for place, inner in enumerate(value))
