"""The correct server over Streamable HTTP: ASGI applications by hand, one per era."""

import base64
import binascii
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from .correct_server import (
    HANDSHAKE,
    HEADER_MISMATCH,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    VERSION_KEY,
    Conversation,
    JsonObject,
    RefusalError,
    answer,
    answer_batch,
    answer_stateless,
    check_shape,
    failure,
    id_of,
    is_notification,
    is_response,
    parsed,
)

Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
_MAX_BODY: Final = 1_000_000
_MALFORMED: Final = frozenset({PARSE_ERROR, INVALID_REQUEST})
_NAMED_BY: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    payload: object = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request whose body has been read."""

    verb: str
    headers: Mapping[str, str]
    body: bytes


class Door:
    """What both eras have in common: path, Host, Origin, media types, the bound of the body."""

    verbs = "POST"

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _respond(send, await self._answer(scope, receive))

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if said_twice(scope):
            return Answer(400)
        refused = _refused_at_the_door(scope, headers)
        if refused is not None:
            return refused
        body = await _read(receive)
        if body is None:
            return Answer(413)
        request = Request(scope["method"], headers, body)
        if request.verb == "POST":
            return _refused_media(headers) or self.post(request)
        return self.other(request)

    def post(self, request: Request) -> Answer:
        """Answer a POST."""
        raise NotImplementedError

    def other(self, request: Request) -> Answer:
        """Answer any other method."""
        return Answer(405, headers=(("allow", self.verbs),))


def said_twice(scope: Mapping[str, Any]) -> bool:
    """Whether a header that says who asks, or whom, stands there more than once."""
    names = [name.lower() for name, _ in scope["headers"]]
    return any(names.count(name) > 1 for name in (b"host", b"origin", b"authorization", b"mcp-session-id"))


def _refused_at_the_door(scope: Mapping[str, Any], headers: Mapping[str, str]) -> Answer | None:
    authorities = {f"{host}:{scope['server'][1]}" for host in ("127.0.0.1", "localhost", "[::1]")}
    if headers.get("host") not in authorities:
        return Answer(421)
    if headers.get("origin", "") not in {"", *(f"http://{authority}" for authority in authorities)}:
        return Answer(403)
    return None if scope["path"] == "/mcp" else Answer(404)


def _refused_media(headers: Mapping[str, str]) -> Answer | None:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Answer(415)
    accepted = {item.partition(";")[0].strip().lower() for item in headers.get("accept", "*/*").split(",")}
    if not accepted & {"application/json", "application/*", "*/*"}:
        return Answer(406)
    return None


async def _read(receive: Receive) -> bytes | None:
    body = b""
    while True:
        event = await receive()
        body += bytes(event.get("body", b""))
        if len(body) > _MAX_BODY:
            return None
        if not event.get("more_body"):
            return body


async def _respond(send: Send, reply: Answer) -> None:
    body = b"" if reply.payload is None else json.dumps(reply.payload).encode()
    headers = [(name.encode(), value.encode()) for name, value in reply.headers]
    headers += [(b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
    if body:
        headers.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class HandshakeServer(Door):
    """The four revisions with a handshake, in sessions; no stream is offered for GET."""

    verbs = "POST, DELETE"
    sessions: dict[str, Conversation] = field(default_factory=dict)

    def post(self, request: Request) -> Answer:
        """Answer a message, or an array of them."""
        try:
            message = parsed(request.body)
        except RefusalError as refusal:
            return Answer(400, failure(None, refusal))
        session = request.headers.get("mcp-session-id")
        if session is None:
            return self._open(message)
        talk = self.sessions.get(session)
        if talk is None:
            return Answer(404, failure(id_of(message), RefusalError(INVALID_REQUEST, "There is no such session.")))
        if request.headers.get("mcp-protocol-version", talk.revision) != talk.revision:
            return Answer(400, failure(id_of(message), RefusalError(INVALID_REQUEST, "The version is another.")))
        return _posted(message, answer_batch(message, talk) if isinstance(message, list) else answer(message, talk))

    def other(self, request: Request) -> Answer:
        """End a session on DELETE; refuse anything else."""
        if request.verb != "DELETE":
            return Answer(405, headers=(("allow", self.verbs),))
        session = request.headers.get("mcp-session-id")
        if session is None:
            return Answer(400)
        return Answer(204) if self.sessions.pop(session, None) is not None else Answer(404)

    def _open(self, message: object) -> Answer:
        talk = Conversation()
        try:
            check_shape(message)
        except RefusalError as refusal:
            return Answer(400, failure(id_of(message), refusal))
        if not isinstance(message, dict) or message.get("method") != "initialize" or "id" not in message:
            return Answer(400, failure(id_of(message), RefusalError(INVALID_REQUEST, "There is no session.")))
        reply = answer(message, talk)
        if talk.revision not in HANDSHAKE:
            return Answer(200, reply)
        session = secrets.token_urlsafe(32)
        self.sessions[session] = talk
        return Answer(200, reply, (("mcp-session-id", session),))


def _posted(message: object, reply: JsonObject | list[JsonObject] | None) -> Answer:
    if reply is not None:
        malformed = isinstance(reply, dict) and reply.get("error", {}).get("code") in _MALFORMED
        return Answer(400 if malformed else 200, reply)
    if isinstance(message, list) or is_response(message):
        return Answer(202)
    try:
        check_shape(message)
    except RefusalError as refusal:
        return Answer(400, failure(None, refusal))
    return Answer(202)


class StatelessServer(Door):
    """The revision 2026-07-28 and no other."""

    def post(self, request: Request) -> Answer:
        """Answer one message."""
        try:
            message = parsed(request.body)
            check_shape(message)
        except RefusalError as refusal:
            known = message if refusal.code != PARSE_ERROR else None
            return Answer(400, failure(id_of(known), refusal, stateless=True))
        if is_response(message) or is_notification(message):
            return Answer(202)
        mismatch = _mismatch(message, request.headers)
        if mismatch:
            return Answer(400, failure(message["id"], RefusalError(HEADER_MISMATCH, mismatch), stateless=True))
        reply = answer_stateless(message)
        assert reply is not None
        return Answer(_status(reply), reply)


def _mismatch(message: JsonObject, headers: Mapping[str, str]) -> str:
    """Say which header contradicts the body; what the body lacks is refused elsewhere."""
    method, params = message["method"], message.get("params", {})
    if method == "initialize":
        return ""
    meta = params.get("_meta")
    version = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    name = params.get(_NAMED_BY.get(method, ""))
    expected = (("mcp-protocol-version", version), ("mcp-method", method), ("mcp-name", name))
    for header, value in expected:
        if isinstance(value, str) and _decoded(headers.get(header)) != value:
            return f"The header {header} does not say what the body says."
    return ""


def _decoded(value: str | None) -> str | None:
    """Undo the base64 form of header values."""
    if value is None or not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[len("=?base64?") : -len("?=")], validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _status(reply: JsonObject) -> int:
    code = reply.get("error", {}).get("code")
    if code is None:
        return 200
    return 404 if code == METHOD_NOT_FOUND else 400
