"""Plain arguments for tools, from their input schemas: the smallest that ought to be valid, and ones that are not.

No library is behind this: a bare audit sends one valid and one invalid call per tool; thorough generation belongs to
fuzzing.
"""

from typing import Any

from mcp_audit_harness.model import JsonObject

_PLAIN: JsonObject = {
    "string": "mcp-audit",
    "integer": 1,
    "number": 1,
    "boolean": False,
    "array": [],
    "object": {},
    "null": None,
}
_MAX_DEPTH = 4
NONSENSE: JsonObject = {"mcp-audit": ["not what the schema asks for"]}
"""A value that no string, number, boolean or array can be."""
_EXCLUDES_OBJECTS = frozenset({"string", "integer", "number", "boolean", "array"})


def valid_arguments(schema: Any, depth: int = 0) -> JsonObject:
    """Return arguments with only the required members of an object schema."""
    properties, required = _members(schema)
    return {name: _value(properties.get(name), depth) for name in required}


def invalid_arguments(schema: Any) -> JsonObject | None:
    """Return arguments in which one member has a type that its schema excludes; None if no member has a plain type."""
    properties, _ = _members(schema)
    for name, inner in properties.items():
        kind = inner.get("type") if isinstance(inner, dict) else None
        if isinstance(kind, str) and kind in _EXCLUDES_OBJECTS:
            return {**valid_arguments(schema), name: NONSENSE}
    return None


def incomplete_arguments(schema: Any) -> JsonObject | None:
    """Return arguments that lack one required member; None if none is required."""
    _, required = _members(schema)
    if not required:
        return None
    whole = valid_arguments(schema)
    return {name: value for name, value in whole.items() if name != required[-1]}


def _members(schema: Any) -> tuple[JsonObject, list[str]]:
    if not isinstance(schema, dict):
        return {}, []
    properties = schema.get("properties")
    required = schema.get("required")
    names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    once = list(dict.fromkeys(names))  # a name repeated at each level would multiply the work
    return (properties if isinstance(properties, dict) else {}), once


def _value(schema: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return _PLAIN["string"]
    for member in ("const", "default"):
        if member in schema:
            return schema[member]
    for member in ("enum", "examples"):
        if isinstance(schema.get(member), list) and schema[member]:
            return schema[member][0]
    for member in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(member), list) and schema[member]:
            return _value(schema[member][0], depth + 1)
    return _of_type(schema, depth)


def _of_type(schema: JsonObject, depth: int) -> Any:
    kind = schema.get("type")
    first = kind[0] if isinstance(kind, list) and kind else kind
    if not isinstance(first, str):
        return _PLAIN["string"]
    if first == "object":
        return valid_arguments(schema, depth + 1)
    if first in {"integer", "number"} and isinstance(schema.get("minimum"), int | float):
        return schema["minimum"]
    if first == "array" and isinstance(schema.get("minItems"), int):
        return [_value(schema.get("items"), depth + 1)] * min(schema["minItems"], 5)
    return _PLAIN.get(first, _PLAIN["string"])
