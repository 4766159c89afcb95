"""The outermost layer of the app: it sees every request and every answer, and changes neither but for a request id.

JSON-RPC errors are counted as they leave, since that is the one place where those of every layer pass: the gate's, the
SDK's and the handlers'. Their envelope is recognised by its first bytes, which costs nothing on other answers.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oraclepack_mcp.telemetry import request_ids
from oraclepack_mcp.telemetry.metrics import Metrics
from oraclepack_mcp.telemetry.tracing import note_status, request_span, wanted

_logger = logging.getLogger(__name__)

_ERROR: Final = re.compile(
    rb'(?:event: message\r?\ndata: )?\{"jsonrpc":"2\.0",(?:"id":(?:null|-?\d+|"[^"\\]{0,256}"),)?'
    rb'"error":\{"code":(-?\d{1,6})[,}]'
)
_STREAMING_METHOD: Final = (b"mcp-method", b"subscriptions/listen")


class Observed:
    """Gives each request an id, and tells metrics, log and traces how it went.

    `sessions` says how many handshake-era sessions are open; it is asked after each request.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, *, sessions: Callable[[], int] | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._sessions = sessions
        self._open_sessions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is no HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, request_ids.choose(scope["headers"]), self._metrics)
        previous = request_ids.current.set(answer.request_id)
        started = time.perf_counter()
        self._metrics.in_flight.inc()
        try:
            await self._serve(scope, receive, answer)
        finally:
            self._metrics.in_flight.dec()
            self._tell(scope, answer, time.perf_counter() - started)
            request_ids.current.reset(previous)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        if not wanted():
            await self._app(scope, receive, answer.send)
            return
        with request_span(scope["method"], scope["headers"]) as span:
            try:
                await self._app(scope, receive, answer.send)
            finally:
                note_status(span, answer.status)

    def _tell(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        method = scope["method"]
        streams = method == "GET" or _STREAMING_METHOD in scope["headers"]
        self._metrics.request_ended(method, answer.status, None if streams else seconds)
        if self._sessions is not None and (count := self._sessions()) != self._open_sessions:
            self._open_sessions = count
            self._metrics.sessions.set(count)
        if _logger.isEnabledFor(logging.INFO):
            told = {
                "method": method,
                "path": scope["path"][:200],
                "status": answer.status,
                "seconds": round(seconds, 6),
            }
            _logger.info("request", extra=told)


class _Answer:
    """What is sent for one request."""

    __slots__ = ("_forward", "_metrics", "request_id", "status")

    def __init__(self, forward: Send, request_id: str, metrics: Metrics) -> None:
        self._forward = forward
        self._metrics = metrics
        self.request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        """Look at a message of the answer, and let it go."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), (request_ids.HEADER, self.request_id.encode())]
            message = {**message, "headers": headers}
        elif found := _ERROR.match(message.get("body", b"")):
            self._metrics.error_sent(int(found[1]))
        await self._forward(message)
