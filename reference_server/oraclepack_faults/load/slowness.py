"""Faults of a server that is slow when many ask: all of it, parts of it, for a while, or for everybody but one."""

import time
from typing import Final

import anyio

from oraclepack_faults.fault import ASGIApp, Receive, Scope, Send, wraps_http
from oraclepack_faults.load.passages import before_each, is_request

_TYPICAL_S: Final = 0.8
_RARE_S: Final = 3.0
_RARE: Final = 50
"""One in so many requests."""
_A_LITTLE_S: Final = 0.2
_PERIOD_S, _STALL_S = 9.0, 4.0
_ONE_BY_ONE_S: Final = 0.06
_IN_THE_QUEUE_S: Final = 0.01


@wraps_http("load/slow-median", "load")
def works_for_long(app: ASGIApp) -> ASGIApp:
    """Each request takes 800 milliseconds longer."""

    async def wait(_: int) -> None:
        await anyio.sleep(_TYPICAL_S)

    return before_each(app, wait)


@wraps_http("load/slow-tail", "load")
def works_for_long_now_and_then(app: ASGIApp) -> ASGIApp:
    """Two requests in a hundred take three seconds longer."""

    async def wait(number: int) -> None:
        if number % _RARE == 0:
            await anyio.sleep(_RARE_S)

    return before_each(app, wait)


@wraps_http("load/slower-than-before", "load")
def works_a_little_longer(app: ASGIApp) -> ASGIApp:
    """Each request takes 200 milliseconds longer than once it did."""

    async def wait(_: int) -> None:
        await anyio.sleep(_A_LITTLE_S)

    return before_each(app, wait)


@wraps_http("load/falls-silent", "load")
def stops_for_a_while(app: ASGIApp) -> ASGIApp:
    """Every nine seconds everybody waits for four."""
    begun = time.monotonic()

    async def wait(_: int) -> None:
        phase = (time.monotonic() - begun) % _PERIOD_S
        if phase > _PERIOD_S - _STALL_S:
            await anyio.sleep(_PERIOD_S - phase)

    return before_each(app, wait)


@wraps_http("load/misses-offered-rate", "load")
def works_one_by_one(app: ASGIApp) -> ASGIApp:
    """One request at a time is worked on, each for sixty milliseconds: 16 a second, however many come."""
    return _in_turn(app, _ONE_BY_ONE_S)


@wraps_http("load/unfair-to-neighbours", "load")
def has_a_single_queue(app: ASGIApp) -> ASGIApp:
    """All clients wait in a single queue, so that who asks much is in front of who asks little."""
    return _in_turn(app, _IN_THE_QUEUE_S)


def _in_turn(app: ASGIApp, seconds: float) -> ASGIApp:
    turn = anyio.Lock()

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if is_request(scope):
            async with turn:
                await anyio.sleep(seconds)
        await app(scope, receive, send)

    return served
