"""The JSON-RPC codec, without I/O: bytes to values and back, and how messages are told apart.

Tolerant of everything but what is no JSON: what is wrong with a message is for checks to say (JSON-RPC 2.0; RFC 8259).
"""

import enum
import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, NoReturn, TypeAlias

from ..model import JsonObject

JSON: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None
Reason: TypeAlias = Literal[
    "not-utf8", "not-json", "too-large", "too-deep", "duplicate-key", "not-a-number", "number-too-long"
]
IdKey: TypeAlias = tuple[type, object]
"""An id with its type: 1, "1" and true are three ids."""
_MOST_VALUES = 1 << 20
"""Members and items of one message of a target: as objects they take twenty times the memory of their text."""


class WireError(ValueError):
    """A text that is no JSON value, or none that we take; `reason` says which rule it breaks."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class MessageKind(enum.Enum):
    """What a JSON value is to JSON-RPC 2.0."""

    REQUEST = "request"
    NOTIFICATION = "notification"
    RESULT = "result"
    ERROR = "error"
    BATCH = "batch"
    INVALID = "invalid"


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
    """Return the JSON value in `text`; of members with one name, the last.

    Raises:
        WireError: for anything else: NaN, and nesting beyond `depth` levels, included; where a `depth` is given, also
            for more values than anybody sends in good faith.
    """
    if depth is not None and count_values(text) > _MOST_VALUES:
        raise WireError("too-large", f"more than {_MOST_VALUES} values")
    return _loaded(text, depth)


def count_values(text: str | bytes) -> int:
    """Return an upper bound of the number of values in a JSON text, without parsing it."""
    if isinstance(text, bytes):
        return 1 + text.count(b",") + text.count(b"{") + text.count(b"[")
    return 1 + text.count(",") + text.count("{") + text.count("[")


def decode(data: str | bytes, *, max_bytes: int, max_depth: int) -> JSON:
    """Return the JSON value in `data`, if every reader understands it in the same way (RFC 7493, I-JSON).

    Raises:
        WireError: for what `parse` refuses, more than `max_bytes`, members with one name, numbers beyond a double.
    """
    if len(data) > max_bytes or (isinstance(data, str) and len(data.encode("utf-8", "surrogatepass")) > max_bytes):
        raise WireError("too-large", f"more than {max_bytes} bytes")
    value: JSON = _loaded(data, max_depth, object_pairs_hook=_distinct, parse_float=_finite)
    return value


def parse_or_none(body: bytes | None) -> Any:
    """Return the JSON value of a body, or None."""
    try:
        return parse(body) if body else None
    except WireError:
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


def classify(message: JSON) -> tuple[MessageKind, str]:
    """Return what a message is, and why it is invalid if it is (JSON-RPC 2.0, sections 4 to 6; MCP: no null ids).

    An error may have a null id or none: it answers what could not be read.
    """
    if isinstance(message, list):
        return (MessageKind.BATCH, "") if message else (MessageKind.INVALID, "an empty batch")
    if not isinstance(message, dict):
        return MessageKind.INVALID, "neither an object nor a batch"
    if message.get("jsonrpc") != "2.0":
        return MessageKind.INVALID, "jsonrpc is not '2.0'"
    members = [name for name in ("method", "result", "error") if name in message]
    if len(members) != 1:
        several = f"{' and '.join(members)} in one message"
        return MessageKind.INVALID, several if members else "no method, result or error"
    kind, judge = _KINDS[members[0]]
    reason = judge(message)
    if not reason and kind is MessageKind.REQUEST and "id" not in message:
        return MessageKind.NOTIFICATION, ""
    return (MessageKind.INVALID, reason) if reason else (kind, "")


def _call(message: JsonObject) -> str:
    if not isinstance(message["method"], str):
        return "method is not a string"
    if "params" in message and not isinstance(message["params"], dict | list):
        return "params is neither an object nor an array"
    return "" if "id" not in message or _is_id(message["id"]) else "id is neither a string nor a number"


def _result(message: JsonObject) -> str:
    return "" if _is_id(message.get("id")) else "id is neither a string nor a number"


def _error(message: JsonObject) -> str:
    error, rpc_id = message["error"], message.get("id")
    if not isinstance(error, dict):
        return "error is not an object"
    if not isinstance(error.get("code"), int) or isinstance(error["code"], bool):
        return "error.code is not an integer"
    if not isinstance(error.get("message"), str):
        return "error.message is not a string"
    return "" if rpc_id is None or _is_id(rpc_id) else "id is neither a string, a number nor null"


_KINDS = {
    "method": (MessageKind.REQUEST, _call),
    "result": (MessageKind.RESULT, _result),
    "error": (MessageKind.ERROR, _error),
}


def _is_id(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _loaded(text: str | bytes, depth: int | None, **hooks: Any) -> Any:
    """Return the value in `text`.

    The parser stops at the interpreter's own bound of nesting, long before the stack ends, so that a text of brackets
    costs no more than the first thousand of them.
    """
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise WireError("not-utf8", f"byte {error.start} is not UTF-8") from None
    try:
        value = json.loads(decoded, parse_constant=_refuse, **hooks)
    except RecursionError:
        raise WireError("too-deep", "nested too deeply") from None
    except json.JSONDecodeError as error:
        raise WireError("not-json", str(error)) from None
    except WireError:
        raise
    except ValueError:
        raise WireError("number-too-long", "an integer of more digits than are converted") from None
    may_be_deeper = depth is not None and decoded.count("{") + decoded.count("[") > depth
    if depth is not None and may_be_deeper and _is_deeper(value, depth):
        raise WireError("too-deep", f"nested more than {depth} levels")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise WireError("duplicate-key", f"two members are named {twice[:100]!r}")
    return found


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits[:100])


def _refuse(name: str) -> NoReturn:
    raise WireError("not-a-number", f"{name} is not a number of JSON")


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
