"""Faults of a server that one client can keep from serving the others: by many, by slow, by heavy requests."""

import re
import time
from collections.abc import Callable
from typing import Any, Final

import anyio

from oraclepack_faults.fault import (
    PASS,
    Answer,
    ASGIApp,
    Context,
    Event,
    Receive,
    Reply,
    Scope,
    Send,
    answers,
    wraps_http,
)
from oraclepack_faults.results import with_result
from oraclepack_faults.transport.asgi import SESSION, field, respond
from oraclepack_faults.transport.authorization import read_whole

_SESSIONS: Final = 100
_STREAMS: Final = 40
_CALLS: Final = 100
_READERS: Final = 18
_HEADERS: Final = 200
_RESTART_S: Final = 1.0
_OUTAGE: Final = 2
"""POSTs that find the server down, until it has been started again."""
_LISTEN: Final = "subscriptions/listen"
_LONG_NUMBER: Final = re.compile(rb"9{100000}")
_CONVERSION_S: Final = 4.0
_VERY_MANY: Final = 1_000_000_000


def _is_post(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["method"] == "POST" and field(scope, "mcp-method") != _LISTEN)


def _is_stream(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and (scope["method"] == "GET" or field(scope, "mcp-method") == _LISTEN))


def _counting(app: ASGIApp, counts: Callable[[Scope], bool], most: int) -> ASGIApp:
    """Wrap an app: while more than `most` requests that count are being served, no plain POST is."""
    running = 0

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running
        if running >= most and _is_post(scope):
            await respond(send, 503)
            return
        counted = counts(scope)
        running += counted
        try:
            await app(scope, receive, send)
        finally:
            running -= counted

    return served


@wraps_http("exhaustion/session-flood", "transport")
def has_few_sessions(app: ASGIApp) -> ASGIApp:
    """With a hundred sessions open nobody is served."""
    live: set[str] = set()

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        name = field(scope, SESSION) if scope["type"] == "http" else None
        if name is not None and scope["method"] == "DELETE":
            live.discard(name)
        if name is not None and len(live) >= _SESSIONS and _is_post(scope):
            await respond(send, 503)
            return

        async def sent(event: Event) -> None:
            opened = field(event, SESSION) if event["type"] == "http.response.start" else None
            if opened is not None and scope["method"] == "POST" and name is None:
                live.add(opened)
            await send(event)

        await app(scope, receive, sent)

    return served


@wraps_http("exhaustion/stream-flood", "transport")
def has_few_streams(app: ASGIApp) -> ASGIApp:
    """With forty streams open nobody is served."""
    return _counting(app, _is_stream, _STREAMS)


@wraps_http("exhaustion/slow-clients", "transport")
def waits_for_every_body(app: ASGIApp) -> ASGIApp:
    """There are workers for so many requests, and each waits for its body as long as that takes."""
    return _counting(app, _is_post, _READERS)


@answers("exhaustion/call-flood", "transport")
def falls_behind(message: Any, context: Context) -> Reply:
    """After a burst of calls, with nothing else between them, the next requests find the server out of breath."""
    method = message.get("method") if isinstance(message, dict) else None
    if method == "tools/call":
        _burst.append(1)
    elif method in {"ping", "server/discover"}:
        if len(_burst) >= _CALLS and len(_gasps) < _OUTAGE:
            _gasps.append(1)
            return Answer(None, status=503)
        _burst.clear()
        _gasps.clear()
    return PASS


_burst: Final[list[int]] = []
_gasps: Final[list[int]] = []


@wraps_http("exhaustion/slow-call-stalls-others", "transport")
def does_one_thing_at_a_time(app: ASGIApp) -> ASGIApp:
    """While a tool is called, nobody else is answered."""
    busy = anyio.Lock()

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_post(scope):
            await app(scope, receive, send)
            return
        body, again = await read_whole(receive)
        if b'"tools/call"' in body:
            async with busy:
                await app(scope, again, send)
            return
        async with busy:
            pass
        await app(scope, again, send)

    return served


@wraps_http("exhaustion/header-flood", "transport")
def has_a_table_for_headers(app: ASGIApp) -> ASGIApp:
    """More than two hundred headers are an error of the server."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["headers"]) > _HEADERS:
            await respond(send, 500)
            return
        await app(scope, receive, send)

    return served


@wraps_http("exhaustion/slow-on-heavy-json", "transport")
def converts_digit_by_digit(app: ASGIApp) -> ASGIApp:
    """A number of many digits takes seconds to convert."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_post(scope):
            await app(scope, receive, send)
            return
        body, again = await read_whole(receive)
        if _LONG_NUMBER.search(body):
            await anyio.sleep(_CONVERSION_S)
        await app(scope, again, send)

    return served


@wraps_http("robustness/dies-of-disconnect", "transport")
def expects_every_body(app: ASGIApp) -> ASGIApp:
    """A body that is broken off brings the server down."""
    outage = 0
    back_at: dict[str, float] = {}
    """When clients of each revision may bring it down again."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal outage
        if outage and _is_post(scope):
            outage -= field(scope, "connection") != "close"
            await respond(send, 503)
            return
        complete, revision = False, field(scope, "mcp-protocol-version") or ""

        async def received() -> Event:
            nonlocal complete, outage
            event = await receive()
            complete = complete or (event["type"] == "http.request" and not event.get("more_body", False))
            if event["type"] == "http.disconnect" and not complete and time.monotonic() > back_at.get(revision, 0.0):
                outage, back_at[revision] = _OUTAGE, time.monotonic() + _RESTART_S
            return event

        await app(scope, received if _is_post(scope) else receive, send)

    return served


@answers("robustness/dies-of-cancellation", "transport")
def looks_up_what_is_cancelled(message: Any, context: Context) -> Reply:
    """The session is of no use any more once something was cancelled that nobody had sent."""
    params = message.get("params") if isinstance(message, dict) else None
    if isinstance(params, dict) and params.get("requestId") == "never-sent":
        context.session["broken"] = True
    is_request = isinstance(message, dict) and "id" in message and message.get("method") == "ping"
    return Answer(None, status=503) if is_request and context.session.get("broken") else PASS


@answers("exhaustion/unbounded-result", "transport")
def returns_as_much_as_asked_for(message: Any, context: Context) -> Reply:
    """A tool that is asked for a thousand million of something makes up five megabytes."""
    params = message.get("params") if isinstance(message, dict) else None
    arguments = params.get("arguments") if isinstance(params, dict) else None
    if not isinstance(arguments, dict) or _VERY_MANY not in arguments.values():
        return PASS
    return with_result(message, {"content": [{"type": "text", "text": "much " * 1_000_000}]}, context)
