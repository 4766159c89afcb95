"""Message faults on Streamable HTTP: one ASGI layer outside the clean server's app.

A POST body is read before the app runs, so that faults may answer it, and is then replayed. An answer of one JSON body
is held until it is complete, since its length may change; an event stream is rewritten as it flows. Everything else,
lifespan and `http.disconnect` included, passes as it is.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from oraclepack_faults.event_stream import EventStream
from oraclepack_faults.fault import DROP, PASS, Answer, ASGIApp, Event, Forward, Receive, Scope, Send
from oraclepack_faults.messages import (
    Conversation,
    MessageFaults,
    Outgoing,
    decode,
    encode,
    encode_all,
    is_message,
)

MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes of a request body beyond which the message is handed to the clean server unseen."""
MAX_SESSIONS: Final = 4096
"""Sessions remembered; the longest known are forgotten."""


class HttpLayer:
    """The ASGI app that applies message faults to another app."""

    def __init__(self, app: ASGIApp, faults: MessageFaults) -> None:
        self.app = app
        self.faults = faults
        self.sessions: OrderedDict[str, Conversation] = OrderedDict()
        self._shared: dict[str, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        events: list[Event] = []
        body = await _read_body(receive, events) if scope["method"] == "POST" else None
        heard = decode(body) if body is not None else None
        conversation = self._conversation(heard, headers)
        context = conversation.hear(heard, headers)
        verdict = PASS if body is None else self.faults.incoming(heard, context)
        if verdict is DROP:
            await _send_answer(send, Answer(None, 202))
            return
        if isinstance(verdict, Answer):
            await _send_answer(send, verdict)
            return
        if isinstance(verdict, Forward):
            payload = encode(verdict.message)
            scope = {**scope, "headers": _forward_headers(scope["headers"], verdict.headers, len(payload))}
            events = [{"type": "http.request", "body": payload, "more_body": False}]
        reply = _Reply(self, scope["method"], headers, heard, conversation, send)
        await self.app(scope, _replay(events, receive), reply.send)

    def _conversation(self, heard: object, headers: Mapping[str, str]) -> Conversation:
        session = headers.get("mcp-session-id")
        if session is not None:
            return self.sessions.get(session) or Conversation("http")
        if isinstance(heard, dict) and heard.get("method") == "initialize":
            return Conversation("http")
        return Conversation("http", self._shared)


class _Reply:
    """What the app sends in one HTTP exchange, on its way out."""

    def __init__(
        self,
        layer: HttpLayer,
        method: str,
        headers: Mapping[str, str],
        heard: object,
        conversation: Conversation,
        send: Send,
    ) -> None:
        self._layer = layer
        self._method = method
        self._headers = headers
        self._heard = heard
        self._conversation = conversation
        self._send = send
        self._held: Event | None = None
        self._body = bytearray()
        self._stream: EventStream | None = None

    async def send(self, event: Event) -> None:
        """Take an ASGI event of the app."""
        if event["type"] == "http.response.start":
            await self._start(event)
        elif event["type"] == "http.response.body" and self._held is not None:
            await self._collect(self._held, event)
        elif event["type"] == "http.response.body" and self._stream is not None:
            await self._flow(self._stream, event)
        else:
            await self._send(event)

    async def _start(self, event: Event) -> None:
        headers = {name.lower(): value for name, value in event.get("headers", ())}
        self._follow_session(event["status"], headers.get(b"mcp-session-id"))
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind == b"application/json" and b"content-encoding" not in headers:
            self._held = event
            return
        if kind == b"text/event-stream":
            self._stream = EventStream(self._rewritten_event)
            event = {**event, "headers": _without(event["headers"], b"content-length")}
        await self._send(event)

    def _follow_session(self, status: int, issued: bytes | None) -> None:
        sessions = self._layer.sessions
        if self._method == "DELETE" and status < 300:
            sessions.pop(self._headers.get("mcp-session-id", ""), None)
        elif issued is not None and issued.decode("latin-1") not in sessions:
            sessions[issued.decode("latin-1")] = self._conversation
            if len(sessions) > MAX_SESSIONS:
                sessions.popitem(last=False)

    async def _flow(self, stream: EventStream, event: Event) -> None:
        more = event.get("more_body", False)
        chunk = stream.feed(event.get("body", b"")) + (b"" if more else stream.close())
        if chunk or not more:
            await self._send({**event, "body": chunk})

    async def _collect(self, start: Event, event: Event) -> None:
        self._body += event.get("body", b"")
        if event.get("more_body", False):
            return
        self._held = None
        body = bytes(self._body)
        out = self._rewritten_body(decode(body))
        if out is None:
            await self._send(start)
            await self._send({**event, "body": body})
            return
        status, payload, changed = out
        headers = _without(start["headers"], b"content-length", *(name.lower().encode() for name in changed))
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in changed.items()]
        headers.append((b"content-length", str(len(payload)).encode()))
        await self._send({**start, "status": status or start["status"], "headers": headers})
        await self._send({**event, "body": payload})

    def _rewritten_body(self, value: object) -> tuple[int | None, bytes, Mapping[str, str]] | None:
        members = value if isinstance(value, list) else [value]
        made = self._rewritten(members)
        if made is None:
            return None
        if not made.messages:
            return (made.status or 202, b"", made.headers)
        single = len(made.messages) == 1 and not isinstance(value, list)
        payload = encode(made.messages[0]) if single else encode_all(made.messages)
        return (made.status, payload, made.headers)

    def _rewritten_event(self, value: object) -> Sequence[object] | None:
        members = value if isinstance(value, list) else [value]
        made = self._rewritten(members)
        if made is None:
            return None
        return [encode_all(made.messages)] if isinstance(value, list) and made.messages else made.messages

    def _rewritten(self, members: list[Any]) -> Outgoing | None:
        """Return what the faults make of the members, None where they leave them as they are or know none."""
        messages: list[Any] = []
        status: int | None = None
        headers: dict[str, str] = {}
        for member in members:
            if not is_message(member):
                messages.append(member)
                continue
            context = self._conversation.answer(member, self._heard, self._headers)
            made = self._layer.faults.outgoing(member, context)
            messages.extend(made.messages)
            status = made.status or status
            headers.update(made.headers)
        if status is None and not headers and encode_all(messages) == encode_all(members):
            return None
        return Outgoing(tuple(messages), status, headers)


async def _read_body(receive: Receive, events: list[Event]) -> bytes | None:
    """Read a request body into `events`; None where the client left or the body is too long to be looked at."""
    body = bytearray()
    more = True
    while more and len(body) <= MAX_BODY:
        event = await receive()
        events.append(event)
        if event["type"] != "http.request":
            return None
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return bytes(body) if len(body) <= MAX_BODY else None


def _replay(events: Sequence[Event], receive: Receive) -> Receive:
    remaining = iter(events)

    async def replayed() -> Event:
        for event in remaining:
            return event
        return await receive()

    return replayed


async def _send_answer(send: Send, answer: Answer) -> None:
    body = b"" if answer.payload is None else encode(answer.payload)
    fields = {"content-type": "application/json"} if answer.payload is not None else {}
    fields |= {name.lower(): value for name, value in answer.headers.items()}
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _forward_headers(headers: Any, changed: Mapping[str, str | None], length: int) -> list[tuple[bytes, bytes]]:
    kept = _without(headers, b"content-length", b"transfer-encoding", *(name.encode() for name in changed))
    kept += [(name.encode(), value.encode("latin-1")) for name, value in changed.items() if value is not None]
    return [*kept, (b"content-length", str(length).encode())]


def _without(headers: Any, *names: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in names]
