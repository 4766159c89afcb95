"""Is this a JSON-RPC message that MCP allows? Answered from the bytes alone, the same on every transport.

`mcp` 2.3 takes a request whose id is null, fractional, boolean or structured for a notification, answers malformed
requests with -32602 and the report of its validator, and on stdio swallows what it cannot read.
"""

import json
from enum import Enum
from typing import Any, Final, NoReturn, TypeAlias, cast

from mcp_types import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, PROTOCOL_VERSION_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION

Json: TypeAlias = dict[str, Any]
RequestId: TypeAlias = str | int

BATCH_REVISION: Final = "2025-03-26"
"""The one revision whose servers have to receive batches."""
MAX_DEPTH: Final = 100
"""Arrays and objects within each other."""


class Kind(Enum):
    """What a well-formed message is."""

    REQUEST = "request"
    NOTIFICATION = "notification"
    RESPONSE = "response"


class RefusedError(Exception):
    """A message that is not handed on; `id` is None where it had none that could be read."""

    def __init__(self, code: int, sentence: str, *, id: RequestId | None = None, data: Any = None) -> None:  # noqa: A002
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.id = id
        self.data = data

    def reply(self) -> Json:
        """The JSON-RPC error response."""
        error: Json = {"code": self.code, "message": self.sentence}
        if self.data is not None:
            error["data"] = self.data
        return {"jsonrpc": "2.0", "id": self.id, "error": error}


def decode(raw: bytes) -> Any:
    """The JSON value of a message.

    Raises:
        RefusedError: -32700; no JSON (RFC 8259: UTF-8, no NaN), or nested deeper than `MAX_DEPTH`.
    """
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if b"\\u" in raw:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no character
    except (ValueError, RecursionError):
        raise RefusedError(PARSE_ERROR, "The message is not valid JSON.") from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise RefusedError(PARSE_ERROR, f"The message is nested more than {MAX_DEPTH} levels deep.")
    return value


def classify(message: Any) -> Kind:
    """Tell what kind of message a JSON value is.

    Raises:
        RefusedError: -32600, it is none; -32602, its params are an array.
    """
    if not isinstance(message, dict):
        raise RefusedError(INVALID_REQUEST, "A message is a JSON object.")
    fields = cast("Json", message)
    identity = fields.get("id")
    readable = identity if _is_id(identity) else None
    if "id" in fields and readable is None and not _is_error_without_id(fields):
        raise RefusedError(INVALID_REQUEST, "An id is a string or an integer.")
    if fields.get("jsonrpc") != "2.0":
        raise RefusedError(INVALID_REQUEST, 'A message says "jsonrpc": "2.0".', id=readable)
    if "method" in fields:
        return _classify_call(fields, readable)
    if ("result" in fields) == ("error" in fields) or "id" not in fields:
        raise RefusedError(INVALID_REQUEST, "A message has a method, or an id with a result or an error.", id=readable)
    return Kind.RESPONSE


def envelope_revision(message: Any) -> str | None:
    """The revision that a request names in `_meta`, as only requests of the stateless era do."""
    match message:
        case {"params": {"_meta": dict() as meta}} if message.get("method") != "initialize":
            revision = cast("Json", meta).get(PROTOCOL_VERSION_META_KEY)
            return revision if isinstance(revision, str) else None
        case _:
            return None


def negotiated(initialize: Any) -> str:
    """The revision that an `initialize` request leads to: the one it asks for, else the latest with a handshake."""
    match initialize:
        case {"params": {"protocolVersion": str() as requested}} if requested in HANDSHAKE_PROTOCOL_VERSIONS:
            return requested
        case _:
            return LATEST_HANDSHAKE_VERSION


def batch_members(messages: list[Any]) -> list[Json | RefusedError]:
    """The members of a batch in order, each readable or refused.

    Raises:
        RefusedError: -32600, the batch is empty.
    """
    if not messages:
        raise RefusedError(INVALID_REQUEST, "A batch holds at least one message.")
    return [_member(message) for message in messages]


def _member(message: Any) -> Json | RefusedError:
    try:
        if classify(message) is Kind.REQUEST and message["method"] == "initialize":
            return RefusedError(INVALID_REQUEST, "An initialize request is not part of a batch.", id=message["id"])
    except RefusedError as refused:
        return refused
    return cast("Json", message)


def _classify_call(fields: Json, identity: RequestId | None) -> Kind:
    kind = Kind.REQUEST if identity is not None else Kind.NOTIFICATION
    if not isinstance(fields["method"], str):
        raise RefusedError(INVALID_REQUEST, "A method is a string.", id=identity)
    params = fields.get("params", {})
    if isinstance(params, list) and kind is Kind.REQUEST:
        raise RefusedError(INVALID_PARAMS, "Params are passed by name, as an object.", id=identity)
    if not isinstance(params, dict):
        raise RefusedError(INVALID_REQUEST, "Params are an object.", id=identity)
    return kind


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_error_without_id(fields: Json) -> bool:
    return fields.get("id") is None and "error" in fields and "method" not in fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while depth <= MAX_DEPTH and (containers := [node for node in level if isinstance(node, dict | list)]):
        level = [child for node in containers for child in (node.values() if isinstance(node, dict) else node)]
        depth += 1
    return depth
