"""Message faults, whatever the transport: who is speaking which era, and what each fault makes of a message."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, TypeGuard

from oraclepack_faults.fault import (
    DROP,
    PASS,
    Answer,
    Answerer,
    Context,
    Era,
    Fault,
    Forward,
    Json,
    Passage,
    Rewrite,
)

META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
FIRST_STATELESS: Final = "2026-07-28"
REMEMBERED_REQUESTS: Final = 128
"""Requests kept per session for answers that arrive later, on a stream taken up again; the oldest are forgotten."""

RequestId: TypeAlias = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Standing:
    """The era and the revision of a message, as far as they are known."""

    era: Era | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What to send for one message of the server; status and headers are None or empty where no fault changed them."""

    messages: tuple[Any, ...]
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Conversation:
    """What one session, or one stdio connection, has said so far."""

    def __init__(self, transport: Literal["http", "stdio"], scratch: dict[str, Any] | None = None) -> None:
        self._transport: Literal["http", "stdio"] = transport
        self._scratch: dict[str, Any] = {} if scratch is None else scratch
        self._requests: OrderedDict[RequestId, Json] = OrderedDict()
        self._standing = Standing()

    def hear(self, message: object, headers: Mapping[str, str]) -> Context:
        """Remember the requests in a message of the client, and describe where it travels."""
        for request in requests_in(message):
            self._requests[request_id(request)] = request
            if len(self._requests) > REMEMBERED_REQUESTS:
                self._requests.popitem(last=False)
        said = _standing_said(message)
        if self._transport == "stdio" and said is not None and self._standing.era != "handshake":
            self._standing = said
        return self._context(message, headers, None)

    def answer(self, message: Json, heard: object, headers: Mapping[str, str]) -> Context:
        """Describe where a message of the server travels; the result of `initialize` settles the revision.

        `heard` is what the client sent to begin this HTTP exchange, None on a GET stream and on stdio.
        """
        request = self._answered(message, heard) if is_response(message) else None
        if request is None:
            return self._context(heard, headers, None)
        if (negotiated := _negotiated(request, message)) is not None:
            self._standing = Standing("handshake", negotiated)
            return Context(self._transport, "handshake", negotiated, headers, self._scratch, request)
        return self._context(request, headers, request)

    def _answered(self, message: Json, heard: object) -> Json | None:
        wanted = request_id(message)
        asked = {request_id(request): request for request in requests_in(heard)}.get(wanted)
        if asked is not None:
            return asked
        if self._transport == "stdio":  # where nothing is sent again: what is kept would look like a leak of the server
            return self._requests.pop(wanted, None)
        return self._requests.get(wanted)

    def _context(self, message: object, headers: Mapping[str, str], request: Json | None) -> Context:
        known = _standing_said(message) or self._standing
        if known.era is None and (header := headers.get("mcp-protocol-version")) is not None:
            known = Standing("stateless" if header >= FIRST_STATELESS else "handshake", header)
        return Context(self._transport, known.era, known.revision, headers, self._scratch, request)


class MessageFaults:
    """The message hooks of several faults, applied in the order of the faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._rewrites: list[Rewrite] = [fault.rewrite for fault in faults if fault.rewrite is not None]
        self._answerers: list[Answerer] = [fault.answer for fault in faults if fault.answer is not None]

    def __bool__(self) -> bool:
        return bool(self._rewrites or self._answerers)

    def incoming(self, message: Any, context: Context) -> Answer | Forward | Passage:
        """Ask each fault in turn, until one answers or drops the message; a forwarded one goes on to the next."""
        forward: Forward | None = None
        for answerer in self._answerers:
            reply = answerer(deepcopy(message if forward is None else forward.message), context)
            if reply is PASS:
                continue
            if isinstance(reply, Forward):
                forward = Forward(reply.message, {**(forward.headers if forward else {}), **reply.headers})
                continue
            if isinstance(reply, Answer) or reply is DROP:
                return reply
            return Answer(reply)
        return PASS if forward is None else forward

    def outgoing(self, message: Json, context: Context) -> Outgoing:
        """Pass a message through each rewrite; what one makes of it, the next one sees, where it is an object."""
        produced: list[Any] = [message]
        status: int | None = None
        headers: dict[str, str] = {}
        for rewrite in self._rewrites:
            before, produced = produced, []
            for item in before:
                made = rewrite(deepcopy(item), context) if isinstance(item, dict) else item
                if isinstance(made, Answer):
                    status, made = made.status, _with_headers(headers, made)
                produced.extend(_as_list(made))
        return Outgoing(tuple(produced), status, headers)


def decode(raw: bytes) -> Any:
    """Return the JSON value that bytes spell, or the bytes themselves where they spell none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw


def encode(value: object) -> bytes:
    """Spell a JSON value on one line; bytes are taken as they are."""
    if isinstance(value, bytes):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def encode_all(values: Sequence[object]) -> bytes:
    """Spell values as one JSON array, bytes among them as they are."""
    return b"[" + b",".join(encode(value) for value in values) + b"]"


def is_message(value: object) -> TypeGuard[Json]:
    """Tell whether a JSON value has the shape of a JSON-RPC message."""
    return isinstance(value, dict) and "jsonrpc" in value


def is_response(message: Json) -> bool:
    """Tell whether a message answers a request."""
    return "id" in message and "method" not in message


def requests_in(message: object) -> Iterable[Json]:
    """Return the requests in a message or in a batch."""
    members = message if isinstance(message, list) else [message]
    return [member for member in members if isinstance(member, dict) and "id" in member and "method" in member]


def request_id(message: Json) -> RequestId:
    """Return a key for the id of a message, in which 1, "1" and true differ."""
    identity = message["id"]
    if isinstance(identity, int | float) and not isinstance(identity, bool):
        return ("number", identity)
    return (type(identity).__name__, identity if isinstance(identity, str) else json.dumps(identity))


def _standing_said(message: object) -> Standing | None:
    first = message[0] if isinstance(message, list) and message else message
    if not isinstance(first, dict):
        return None
    if (version := _meta_version(first)) is not None:
        return Standing("stateless", version)
    return Standing("handshake") if first.get("method") == "initialize" else None


def _meta_version(message: Json) -> str | None:
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    version = meta.get(META_VERSION) if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _negotiated(request: Json, response: Json) -> str | None:
    result = response.get("result")
    if request.get("method") != "initialize" or not isinstance(result, dict):
        return None
    version = result.get("protocolVersion")
    return version if isinstance(version, str) else None


def _with_headers(headers: dict[str, str], answer: Answer) -> Json | list[Any] | bytes | None:
    headers.update(answer.headers)
    return answer.payload


def _as_list(made: Json | list[Any] | bytes | None) -> list[Any]:
    if made is None:
        return []
    return made if isinstance(made, list) else [made]
