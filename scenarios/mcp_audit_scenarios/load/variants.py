"""Several sets of arguments for one tool: small ones that differ, or ones of a wanted size."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

from mcp_audit_harness.model import JsonObject

from ..arguments import valid_arguments
from ..schemas import misfit

MOST: Final = 6
_OF_ONE: Final = 3
"""Values that are tried of one argument."""
_FIXED: Final = ("enum", "const", "pattern", "format", "contentEncoding")
"""Words of a schema that say which strings it takes."""


def argument_variants(schema: Any, payload_bytes: int = 0) -> tuple[JsonObject, ...]:
    """Return different arguments that fit an input schema, the smallest first, at least one and `MOST` at most.

    With `payload_bytes` they hold about so many bytes in strings, where the schema has strings of any content; those
    come first. Where nothing is sure to fit, the smallest is returned, which whoever sends it has to try.
    """
    least = valid_arguments(schema)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    named = properties.items() if isinstance(properties, dict) else ()
    members = [(name, inner) for name, inner in named if isinstance(inner, dict)]
    big = list(_filled(members, least, payload_bytes)) if payload_bytes else []
    found = [*big, least, *_varied(members, least)]
    fitting = [one for one in found if not (isinstance(schema, dict) and misfit(schema, one))]
    distinct = [one for place, one in enumerate(fitting) if one not in fitting[:place]]
    return tuple(distinct[:MOST]) or (least,)


def is_big(arguments: Any, payload_bytes: int) -> bool:
    """Whether a string in the arguments has a good part of the wanted size."""
    return isinstance(arguments, dict) and any(
        isinstance(value, str) and len(value) >= payload_bytes / 2 for value in arguments.values()
    )


def _varied(members: list[tuple[str, JsonObject]], least: JsonObject) -> Iterator[JsonObject]:
    """Yield arguments that differ from the least in one member: first each member's first other value, and so on."""
    columns = [[{**least, name: value} for value in _others(inner)[:_OF_ONE]] for name, inner in members]
    for row in itertools.zip_longest(*columns):
        yield from (one for one in row if one is not None)


def _others(schema: JsonObject) -> list[Any]:
    """Return values that a member may have, without those that only a guess would say."""
    enum = schema.get("enum")
    if isinstance(enum, list):
        return enum
    kind = schema.get("type")
    if kind == "boolean":
        return [True, False]
    if kind in {"integer", "number"}:
        low = schema.get("minimum", 1)
        return [low + step for step in range(_OF_ONE)] if isinstance(low, int | float) else []
    return []


def _filled(members: list[tuple[str, JsonObject]], least: JsonObject, size: int) -> Iterator[JsonObject]:
    """Yield the least arguments with a long string: in those that it has anyway, else in each that may be given."""
    free = [
        name for name, inner in members if inner.get("type") == "string" and not any(word in inner for word in _FIXED)
    ]
    lengths = {name: inner.get("maxLength") for name, inner in members}

    def text(name: str) -> str:
        most = lengths[name]
        return "x" * min(size, most if isinstance(most, int) else size)

    required = [name for name in free if name in least]
    for name in required or free:
        yield {**least, name: text(name)}
