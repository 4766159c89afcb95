"""Faults by which one client gets what is another's: answers, streams, replays, what a connection remembers."""

import json
import re
from typing import Any, Final

import anyio

from oraclepack_faults.fault import ASGIApp, Context, Event, Json, Receive, Rewritten, Scope, Send, rewrites, wraps_http
from oraclepack_faults.session.strays import stream_nothing
from oraclepack_faults.transport.asgi import SESSION, field, with_fields
from oraclepack_faults.transport.authorization import read_whole
from oraclepack_faults.transport.authorization_users import subject_of

_MARKER: Final = re.compile(r"client-[0-9a-f]{16}")
_EVENT_ID: Final = re.compile(rb"^id: ?(.+?)\r?$", re.MULTILINE)
_META: Final = ("mcp-protocol-version", "mcp-method", "mcp-name")
_REMEMBERED: Final = range(7000, 8000)
_OK: Final = 200
_SHORT_BYTES, _REPLAYED = 2048, 200
_latest: Final[dict[str, Json]] = {}


@rewrites("sessions/answer-of-another-client", "session")
def answers_by_number_alone(message: Json, context: Context) -> Rewritten:
    """Every fifth number is answered with what was last said under it, whoever had asked."""
    number = message.get("id")
    if not isinstance(number, int) or number % 5 or not _MARKER.search(json.dumps(context.request)):
        return message
    return _latest.setdefault(f"{context.era} {number}", message)


@wraps_http("stateless/connection-remembers", "session")
def remembers_at_the_connection(app: ASGIApp) -> ASGIApp:
    """What a request of some numbers does not say is taken from the one before it on the same connection."""
    said: dict[Any, tuple[dict[str, str | None], Any]] = {}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        body, again = await read_whole(receive)
        message = _parsed(body)
        params = message.get("params") or {}
        meta = params.get("_meta") if isinstance(params, dict) else None
        before = said.get(scope["client"])
        if meta and field(scope, "mcp-method"):
            said[scope["client"]] = ({name: field(scope, name) for name in _META}, meta)
        elif before is not None and message.get("id") in _REMEMBERED:
            headers, context = before
            body = json.dumps({**message, "params": {**params, "_meta": context}}).encode()
            scope, again = with_fields(scope, {**headers, "content-length": str(len(body))}), _given(body, receive)
        await app(scope, again, send)

    return served


def _parsed(body: bytes) -> Json:
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _given(body: bytes, receive: Receive) -> Receive:
    events: list[Event] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Event:
        return events.pop() if events else await receive()

    return received


@wraps_http("sessions/replays-another-session", "session")
def shares_one_store(app: ASGIApp) -> ASGIApp:
    """What was said under an event id of other sessions is replayed to whoever names it."""
    stored: dict[str, dict[str | None, bytearray]] = {}
    """What each session said under an event id, since every session counts anew."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        session, texts = field(scope, SESSION), stored.get(field(scope, "last-event-id") or "", {})
        if scope["method"] == "GET" and texts and session not in texts:
            short = [text for text in texts.values() if len(text) < _SHORT_BYTES]
            await stream_nothing(receive, send, b"".join(short[-_REPLAYED:]))
            return
        said = bytearray()

        async def sent(event: Event) -> None:
            chunk = event.get("body", b"")
            said.extend(chunk)
            for found in _EVENT_ID.findall(chunk):
                stored.setdefault(found.decode(), {})[session] = said
            await send(event)

        await app(scope, receive, sent if scope["method"] == "POST" else send)

    return served


@wraps_http("sessions/second-stream-displaces-first", "session")
def lets_the_last_one_listen(app: ASGIApp) -> ASGIApp:
    """A second GET stream of a session ends the first."""
    listening: dict[str, tuple[anyio.CancelScope, anyio.Event]] = {}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        name = field(scope, SESSION) if scope["type"] == "http" and scope["method"] == "GET" else None
        if name is None:
            await app(scope, receive, send)
            return
        if name in listening:
            before, done = listening[name]
            before.cancel()
            await done.wait()
        done = anyio.Event()
        with anyio.CancelScope() as own:
            listening[name] = (own, done)
            try:
                await app(scope, receive, send)
            finally:
                done.set()
        if own.cancelled_caught:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return served


@wraps_http("sessions/stream-open-to-others", "session")
def lets_others_join(app: ASGIApp) -> ASGIApp:
    """Whoever has a token may join the GET stream that the owner of a session listens to."""
    listening: dict[str, str] = {}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        name = field(scope, SESSION) if scope["type"] == "http" and scope["method"] == "GET" else None
        user = subject_of(field(scope, "authorization") or "") if name is not None else ""
        if name is None or not user:
            await app(scope, receive, send)
            return
        if listening.get(name, user) != user:
            await stream_nothing(receive, send)
            return

        async def sent(event: Event) -> None:
            if event["type"] == "http.response.start" and event["status"] == _OK:
                listening[name] = user
            await send(event)

        try:
            await app(scope, receive, sent)
        finally:
            listening.pop(name, None)

    return served
