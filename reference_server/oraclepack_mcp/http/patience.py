"""How long and how many: the time a request may take to arrive and to be answered, and how many are served at once."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import anyio
from mcp_types import INTERNAL_ERROR
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oraclepack_mcp.http.settings import LimitSettings
from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of

LISTEN: Final = (b"mcp-method", b"subscriptions/listen")


class Places:
    """The layer that serves so many requests at once and no more; event streams have places of their own.

    A POST counts as a stream by its `Mcp-Method` header, which the SDK holds against the body.
    """

    def __init__(self, app: ASGIApp, limits: LimitSettings) -> None:
        self._app = app
        self._free = {True: limits.max_streams, False: limits.max_requests}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        kind = _is_stream(scope)
        if not self._free[kind]:
            refused = HttpRefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "The server is busy.", {"Retry-After": "1"}, code=INTERNAL_ERROR
            )
            await answer_of(refused)(scope, receive, send)
            return
        self._free[kind] -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._free[kind] += 1


class Patience:
    """The layer that answers in the place of an app which takes too long.

    The time runs until the body is there (408), and anew until the answer begins (504); an event stream that has begun
    lasts as long as the tool may. A handler that cannot be interrupted goes on in its thread, but nobody waits for it.
    `may_last` names tools whose answer may begin at any time, since they have limits of their own.
    """

    def __init__(self, app: ASGIApp, seconds: float, may_last: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._seconds = seconds
        self._may_last = may_last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        exchange = _Exchange(scope, receive, send, self._seconds, self._lasts)
        try:
            with exchange.cancel_scope:
                await self._app(scope, exchange.receive, exchange.send)
        finally:
            await exchange.end()

    def _lasts(self, scope: Scope) -> bool:
        return _is_stream(scope) or Headers(scope=scope).get("mcp-name") in self._may_last


class _Exchange:
    """One request and its answer, as they come and go, and the timer that looks whether they do."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, seconds: float, lasts: Callable[[Scope], bool]
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._seconds = seconds
        self._lasts = lasts
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._timer = self._loop.call_later(seconds, self._look)
        self._answering: asyncio.Task[None] | None = None
        self._has_arrived = False
        self._has_begun = False
        """Whether there is an answer, or the beginning of one."""
        self._is_over = False
        """Whether the answer of the app comes too late from here on."""
        self.cancel_scope = anyio.CancelScope()

    async def receive(self) -> Message:
        message = await self._receive()
        if not self._has_arrived and (message["type"] != "http.request" or not message.get("more_body", False)):
            self._has_arrived = True
            self._since = self._loop.time()
        return message

    async def send(self, message: Message) -> None:
        if not self._is_over:
            self._has_begun = True
            await self._send(message)

    async def end(self) -> None:
        """Look no more; an answer that was begun in the place of the app's is brought to its end."""
        self._timer.cancel()
        if self._answering is not None:
            await self._answering

    def _look(self) -> None:
        overdue_s = self._loop.time() - self._since - self._seconds
        if overdue_s < 0:
            self._timer = self._loop.call_later(-overdue_s, self._look)
        elif not (self._has_begun or (self._has_arrived and self._lasts(self._scope))):
            self._is_over = True
            self._answering = self._loop.create_task(self._give_up())

    async def _give_up(self) -> None:
        """Answer for the app."""
        if self._has_arrived:
            refused = HttpRefusedError(HTTPStatus.GATEWAY_TIMEOUT, "The request took too long.", code=INTERNAL_ERROR)
        else:
            sentence = "The request did not arrive in time."
            refused = HttpRefusedError(HTTPStatus.REQUEST_TIMEOUT, sentence, {"Connection": "close"})
        await answer_of(refused)(self._scope, self._receive, self._send)
        self.cancel_scope.cancel()


def _is_stream(scope: Scope) -> bool:
    return scope["method"] == "GET" or LISTEN in scope["headers"]
