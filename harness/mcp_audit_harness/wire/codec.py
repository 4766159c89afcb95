"""The JSON-RPC codec, without I/O: bytes to values and back, and how messages are told apart.

Tolerant of everything but what is no JSON: what is wrong with a message is for checks to say (JSON-RPC 2.0; RFC 8259).
"""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from ..model import JsonObject

IdKey: TypeAlias = tuple[type, object]
"""An id with its type: 1, "1" and true are three ids."""


def rpc(method: str, params: JsonObject | None, rpc_id: str | int | None = None) -> JsonObject:
    """Return a request, or a notification if `rpc_id` is None."""
    message: JsonObject = {"jsonrpc": "2.0", "method": method}
    if rpc_id is not None:
        message["id"] = rpc_id
    if params is not None:
        message["params"] = params
    return message


def dump(message: Any) -> bytes:
    """Return `message` as a client puts it into a body."""
    try:
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(message, separators=(",", ":")).encode()


def parse(text: str | bytes, *, depth: int | None = None) -> Any:
    """Return the JSON value in `text`.

    Raises:
        ValueError: for anything else: NaN, and nesting beyond `depth` levels, included.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if depth is not None and _is_deeper(value, depth):
        raise ValueError(f"nested more than {depth} levels")
    return value


def parse_or_none(body: bytes | None) -> Any:
    """Return the JSON value of a body, or None."""
    try:
        return parse(body) if body else None
    except ValueError:
        return None


def identity(message: Any) -> tuple[str | None, str | int | None]:
    """Return the method and the usable id of a message."""
    if not isinstance(message, dict):
        return None, None
    method = message.get("method")
    return method if isinstance(method, str) else None, usable_id(message.get("id"))


def usable_id(value: object) -> str | int | None:
    """Return `value` if it is an id that a response can carry."""
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def request_ids(message: Any) -> set[IdKey]:
    """Return the ids of all requests in a message or batch that a response can carry."""
    return {
        id_key(item["id"]) for item in objects(message) if "method" in item and usable_id(item.get("id")) is not None
    }


def id_key(value: object) -> IdKey:
    """Return what tells an id from every other."""
    return type(value), value if isinstance(value, str | int) else repr(value)


def objects(message: Any) -> Iterator[JsonObject]:
    """Yield the objects of a message or batch."""
    for item in message if isinstance(message, list) else [message]:
        if isinstance(item, dict):
            yield item


def is_response(item: JsonObject) -> bool:
    """Whether a message is a result or an error."""
    return "method" not in item and ("result" in item or "error" in item)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for item in level for inner in _inside(item) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
