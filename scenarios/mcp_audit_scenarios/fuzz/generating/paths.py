"""Changes at one place of a JSON value, which itself stays as it is."""

from typing import Any, TypeAlias

from mcp_audit_harness.model import JsonObject

Path: TypeAlias = tuple[str | int, ...]
"""The names of members and the indices of items on the way to a place."""


def put(whole: Any, path: Path, value: Any) -> Any:
    """Return `whole` with the value at the path; what is missing on the way comes to be."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        items = whole if isinstance(whole, list) else []
        index = min(part, len(items))
        inner = items[index] if index < len(items) else None
        return [*items[:index], put(inner, rest, value), *items[index + 1 :]]
    members: JsonObject = whole if isinstance(whole, dict) else {}
    return {**members, part: put(members.get(part), rest, value)}


def without(whole: Any, path: Path) -> Any:
    """Return `whole` without what stands at the path, if anything does."""
    part, rest = path[0], path[1:]
    if isinstance(whole, dict) and part in whole:
        if rest:
            return {**whole, part: without(whole[part], rest)}
        return {name: value for name, value in whole.items() if name != part}
    if isinstance(whole, list) and isinstance(part, int) and part < len(whole):
        return [*whole[:part], *([without(whole[part], rest)] if rest else []), *whole[part + 1 :]]
    return whole


def value_at(whole: Any, path: Path) -> tuple[Any, ...]:
    """Return what stands at the path, as a tuple of one; an empty one if nothing does."""
    for part in path:
        try:
            whole = whole[part]
        except (LookupError, TypeError):
            return ()
    return (whole,)
