"""The two servers over Streamable HTTP: one door that is guarded, one that is not."""

import asyncio
import hmac
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.correct_server import INVALID_REQUEST, Conversation, RefusalError, failure, id_of, parsed
from tests.correct_server_http import (
    Answer,
    HandshakeServer,
    Receive,
    Request,
    Send,
    _posted,
    _read,
    _refused_at_the_door,
    _refused_media,
    _respond,
    said_twice,
)

from .tools import Toolbox

TOKEN = "side-by-side-token"
METADATA = "/.well-known/oauth-protected-resource/mcp"


@dataclass(slots=True)
class Guarded(HandshakeServer):
    """The door of the correct server; asks for a token, if it is told to."""

    toolbox: Toolbox = field(default_factory=lambda: Toolbox(()))
    with_token: bool = False

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        if self.with_token and scope["path"] == METADATA and scope["method"] == "GET":
            return _metadata(scope)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if said_twice(scope) or {"transfer-encoding", "content-length"} <= headers.keys():
            return Answer(400, headers=(("connection", "close"),))  # RFC 9112, section 6.3
        refused = _refused_at_the_door(scope, headers)
        if refused is not None:
            return refused
        body = await _read(receive)
        if body is None:
            return Answer(413)
        request = Request(scope["method"], headers, body)
        if request.verb != "POST":
            return self.other(request)
        refused = _refused_media(headers)
        return await asyncio.to_thread(self.post, request) if refused is None else refused

    def post(self, request: Request) -> Answer:
        """Answer a message of somebody who may send it."""
        if self.with_token and not _has_token(request.headers):
            return _challenge(request)
        return _posted_to(self, request)

    def other(self, request: Request) -> Answer:
        """Answer any other method, of somebody who may send it."""
        if self.with_token and not _has_token(request.headers):
            return _challenge(request)
        return HandshakeServer.other(self, request)


@dataclass(slots=True)
class Open(HandshakeServer):
    """The door of the vulnerable server."""

    toolbox: Toolbox = field(default_factory=lambda: Toolbox(()))
    with_token: bool = False
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000))

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer whoever asks: nobody looks at Host, Origin, media types or the size of the body."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self.with_token and scope["path"] == METADATA:
            reply = _metadata(scope)
        elif scope["path"] != "/mcp":
            reply = Answer(404)
        else:
            request = Request(scope["method"], headers, await _whole(receive))
            reply = await asyncio.to_thread(self._from_anybody, request)
        wildcard = (("access-control-allow-origin", "*"), ("access-control-allow-headers", "*"))
        await _respond(send, Answer(reply.status, reply.payload, (*reply.headers, *wildcard)))

    def _from_anybody(self, request: Request) -> Answer:
        if request.verb == "OPTIONS":
            return Answer(204, headers=(("access-control-allow-methods", "*"),))
        if self.with_token and not _has_token(request.headers) and b'"tools/list"' not in request.body:
            return _challenge(request)  # missing authentication on one method
        if request.verb == "POST":
            return _posted_to(self, request, anonymous=not _has_token(request.headers))
        if request.verb == "DELETE" and request.headers.get("mcp-session-id") in self.sessions:
            return Answer(204)  # session reuse after DELETE: it is said to have ended, and goes on
        return self.other(request)

    def new_session(self) -> str:
        """Predictable session ids: the next number."""
        return f"session-{next(self.numbers)}"


def _posted_to(door: Guarded | Open, request: Request, *, anonymous: bool = False) -> Answer:
    """As `HandshakeServer.post`, with the tools of the door."""
    try:
        message = parsed(request.body)
    except RefusalError as refusal:
        return Answer(400, failure(None, refusal))
    session = request.headers.get("mcp-session-id")
    if door.with_token and anonymous and isinstance(door, Open):
        talk: Conversation | None = Conversation("2025-11-25", confirmed=True)
    elif session is None:
        return _opened(door, message)
    else:
        talk = door.sessions.get(session)
    if talk is None:
        return Answer(404, failure(id_of(message), RefusalError(INVALID_REQUEST, "There is no such session.")))
    if request.headers.get("mcp-protocol-version", talk.revision) != talk.revision:
        return Answer(400, failure(id_of(message), RefusalError(INVALID_REQUEST, "The version is another.")))
    if isinstance(message, list):
        return _posted(message, _batch(door, message, talk))
    return _posted(message, door.toolbox.answer(message, talk))


def _batch(door: Guarded | Open, batch: list[Any], talk: Conversation) -> Any:
    if talk.revision > "2025-03-26" or not batch:
        return failure(None, RefusalError(INVALID_REQUEST, "An array is no message."))
    return [reply for item in batch if (reply := door.toolbox.answer(item, talk)) is not None] or None


def _opened(door: Guarded | Open, message: Any) -> Answer:
    first = HandshakeServer._open(door, message)
    made = dict(first.headers).get("mcp-session-id")
    if made is None or not isinstance(door, Open):
        return first
    number = door.new_session()
    door.sessions[number] = door.sessions.pop(made)
    return Answer(first.status, first.payload, (("mcp-session-id", number),))


async def _whole(receive: Receive) -> bytes:
    """Missing body limit: everything is taken into memory."""
    body = b""
    while True:
        event = await receive()
        body += bytes(event.get("body", b""))
        if not event.get("more_body"):
            return body


def _has_token(headers: Mapping[str, str]) -> bool:
    return hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {TOKEN}".encode())


def _challenge(request: Request) -> Answer:
    where = f"http://{request.headers.get('host', '')}{METADATA}"
    told = f'Bearer resource_metadata="{where}"' + (
        ', error="invalid_token"' if "authorization" in request.headers else ""
    )
    return Answer(401, headers=(("www-authenticate", told),))


def _metadata(scope: Mapping[str, Any]) -> Answer:
    base = f"http://127.0.0.1:{scope['server'][1]}"
    return Answer(
        200,
        {
            "resource": f"{base}/mcp",
            "authorization_servers": [f"{base}/issuer"],
            "bearer_methods_supported": ["header"],
        },
    )
