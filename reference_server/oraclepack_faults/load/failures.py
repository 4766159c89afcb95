"""Faults of a server that fails when many ask: some requests, streams, and all that comes when they have gone."""

import time
from typing import Final

import anyio

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, wraps_http
from oraclepack_faults.load.passages import is_request, is_stream
from oraclepack_faults.transport.asgi import respond

_ONE_IN: Final = 200
_STREAM_S: Final = 1.0
_BUSY: Final = 200
"""So many requests are a load, which a survey is not."""
_ASLEEP_S: Final = 0.7


@wraps_http("load/errors-under-load", "load")
def drops_one_in_two_hundred(app: ASGIApp) -> ASGIApp:
    """One request in two hundred gets a 500 without a reason."""
    count = 0

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal count
        count += is_request(scope)
        if is_request(scope) and count % _ONE_IN == 0:
            await respond(send, 500)
            return
        await app(scope, receive, send)

    return served


@wraps_http("load/does-not-recover", "load")
def does_not_wake_up(app: ASGIApp) -> ASGIApp:
    """After two hundred requests the first pause of 0.7 seconds is the last: nobody is served any more."""
    count, last, asleep = 0, 0.0, False

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal count, last, asleep
        if not is_request(scope):
            await app(scope, receive, send)
            return
        count, before, last = count + 1, last, time.monotonic()
        asleep = asleep or (count > _BUSY and last - before > _ASLEEP_S)
        if asleep:
            await respond(send, 503)
        else:
            await app(scope, receive, send)

    return served


@wraps_http("load/drops-streams", "load")
def ends_streams_early(app: ASGIApp) -> ASGIApp:
    """An event stream ends after a second, as if it were a request that takes too long."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_stream(scope):
            await app(scope, receive, send)
            return
        begun = False

        async def sent(event: Event) -> None:
            nonlocal begun
            begun = True
            await send(event)

        with anyio.move_on_after(_STREAM_S) as limit:
            await app(scope, receive, sent)
        if limit.cancelled_caught and begun:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return served
