"""Arguments from answers: what one tool lists is what another takes, where their words say so.

A listing `{"packs": [{"id": "a1", "path": "x.md"}]}` gives values for the arguments `pack`, `pack_id` and `packId`, and
each member of an item gives values for the argument of its own name.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from mcp_audit_harness.model import JsonObject

from ..schemas import misfit

Values: TypeAlias = dict[str, tuple[str | int, ...]]
"""By the normal form of a name (`_normal`)."""

_MOST: Final = 3
"""Values that are kept of one name."""
_MOST_ITEMS: Final = 200
_DEEPEST: Final = 6
_LONGEST: Final = 512
_NAMING: Final = ("id", "name", "path", "uri", "url", "key")
"""Members by which an item of a listing is named, the surest first."""


def gleaned(results: Iterable[JsonObject]) -> Values:
    """Return what the results of tool calls name: values by name, in order of appearance."""
    found: dict[str, list[str | int]] = {}
    for result in results:
        for name, value in itertools.islice(_named(_data(result), 0), _MOST_ITEMS):
            known = found.setdefault(name, [])
            if value not in known and len(known) < _MOST:
                known.append(value)
    return {name: tuple(values) for name, values in found.items()}


def with_gleaned(schema: Any, least: JsonObject, values: Values) -> Iterator[JsonObject]:
    """Yield arguments that fit `schema` with known values for its members: all required ones, else one at a time."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    names = properties if isinstance(properties, dict) else ()
    known = {name: values[_normal(name)] for name in names if _normal(name) in values}
    required = [name for name in known if name in least]
    longest = max((len(known[name]) for name in required), default=0)
    for place in range(_MOST):
        rows = [{name: known[name][place % len(known[name])] for name in required}] if place < longest else []
        rows += [{name: found[place]} for name, found in known.items() if name not in least and place < len(found)]
        for row in rows:
            arguments = {**least, **row}
            if not misfit(schema, arguments):
                yield arguments


def _data(result: JsonObject) -> Any:
    """Return what a result says as data: structured, or as JSON text."""
    if "structuredContent" in result:
        return result["structuredContent"]
    content = result.get("content")
    texts = (block.get("text") for block in content if isinstance(block, dict)) if isinstance(content, list) else ()
    first = next((text for text in texts if isinstance(text, str)), "")
    try:
        return json.loads(first)
    except (ValueError, RecursionError):
        return None


def _named(data: Any, depth: int) -> Iterator[tuple[str, str | int]]:
    """Yield names and values, those near the surface first."""
    if depth >= _DEEPEST or not isinstance(data, dict):
        return
    for name, value in data.items():
        if _is_plain(value):
            yield _normal(name), value
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _named(value, depth + 1)
        elif isinstance(value, list):
            for item in value[:_MOST]:
                yield from _of_item(_normal(name), item, depth)


def _of_item(listing: str, item: Any, depth: int) -> Iterator[tuple[str, str | int]]:
    """Yield what an item of a listing is called, for arguments that are called as one of its kind."""
    one = listing.removesuffix("s")
    if _is_plain(item):
        yield one, item
        return
    if not isinstance(item, dict):
        return
    name = next((item[word] for word in _NAMING if _is_plain(item.get(word))), None)
    if name is not None:
        yield one, name
    for word in _NAMING:
        if _is_plain(item.get(word)):
            yield one + word, item[word]
    yield from _named(item, depth + 1)


def _is_plain(value: Any) -> bool:
    short = isinstance(value, str) and 0 < len(value) <= _LONGEST
    return short or (isinstance(value, int) and not isinstance(value, bool))


def _normal(name: str) -> str:
    """Return a name without what tells `pack_id`, `packId` and `pack-id` apart."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
