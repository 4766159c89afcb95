"""Faults in what stands for a session: computed ids, parts of ids, what was refused, streams of what has ended."""

import itertools
import json
from typing import Any, Final

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, wraps_http
from oraclepack_faults.session.sessions import _Renamed
from oraclepack_faults.transport.asgi import (
    SESSION,
    changing_requests,
    changing_starts,
    field,
    is_handshake,
    with_fields,
)
from oraclepack_faults.transport.authorization import read_whole

_STEP: Final = 0x9E3779B97F4A7C15F39CC0605CEDC835
_SHORTEST: Final = 8
_OPENING: Final = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "nobody", "version": "0"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
)


@wraps_http("sessions/next-id-follows", "session")
def steps_through_ids(app: ASGIApp) -> ASGIApp:
    """Session ids look random, and are multiples of one number."""
    numbers = itertools.count(1)
    return _Renamed(app, lambda _: f"{next(numbers) * _STEP % (1 << 128):032x}")


@wraps_http("sessions/serves-odd-id", "session")
def takes_half_an_id(app: ASGIApp) -> ASGIApp:
    """The beginning of a session id stands for the whole."""
    known: list[str] = []

    def whole(scope: Scope) -> Scope:
        given = field(scope, SESSION)
        if given is None or given in known or len(given) < _SHORTEST:
            return scope
        found = next((name for name in known if name.startswith(given)), None)
        return scope if found is None else with_fields(scope, {SESSION: found})

    def remember(_: Scope, start: Event) -> Event:
        name = field(start, SESSION)
        if name is not None:
            known.append(name)
        return start

    return changing_starts(changing_requests(app, whole), remember)


@wraps_http("sessions/refused-request-opens-session", "session")
def opens_before_it_looks(app: ASGIApp) -> ASGIApp:
    """A session is opened for every POST without one, and stays when a request is refused that opens none."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        is_first = scope["type"] == "http" and scope["method"] == "POST" and field(scope, SESSION) is None
        if not is_first or not is_handshake(scope) or field(scope, "mcp-method") is not None:
            await app(scope, receive, send)
            return

        async def sent(event: Event) -> None:
            refused = event["type"] == "http.response.start" and event["status"] == 400
            if refused and scope.get("path", "").endswith("/mcp"):
                event = with_fields(event, {SESSION: await _opened(app, scope)})
            await send(event)

        body, again = await read_whole(receive)
        await app(scope, again, send if b'"initialize"' in body else sent)

    return served


async def _opened(app: ASGIApp, scope: Scope) -> str | None:
    """Open a session as a client would, and return its id."""
    name: str | None = None
    for message in _OPENING:
        start = await _posted(app, with_fields(scope, {SESSION: name}), message)
        name = name or field(start, SESSION)
    return name


async def _posted(app: ASGIApp, scope: Scope, message: dict[str, Any]) -> Event:
    body = json.dumps(message).encode()
    events: list[Event] = []
    given = False

    async def receive() -> Event:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Event) -> None:
        events.append(event)

    changes = {"content-length": str(len(body)), "transfer-encoding": None, "content-type": "application/json"}
    await app(with_fields(scope, {**changes, "accept": "application/json, text/event-stream"}), receive, send)
    return events[0]


@wraps_http("sessions/stream-after-end", "session")
def opens_streams_of_the_dead(app: ASGIApp) -> ASGIApp:
    """The GET stream of an ended session opens as if it lived."""
    ended: set[str] = set()

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        name = field(scope, SESSION) if scope["type"] == "http" else None
        if name in ended and scope["method"] == "GET":
            await stream_nothing(receive, send)
            return
        if name is not None and scope["method"] == "DELETE":
            ended.add(name)
        await app(scope, receive, send)

    return served


async def stream_nothing(receive: Receive, send: Send, text: bytes = b": here\n\n") -> None:
    """Send an event stream that stays open until the client goes."""
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        continue
