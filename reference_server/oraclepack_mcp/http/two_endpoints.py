"""The HTTP+SSE transport of 2024-11-05, for clients that know no other, and for those who test such clients.

A GET opens a stream whose first event names the address for messages; what is posted there is answered on the stream.
It stands behind the same checks of Host and Origin as everything else here, and speaks as strictly as stdio does.
"""

import secrets
from http import HTTPStatus
from typing import Any, Final

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_loop
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import PARSE_ERROR
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from oraclepack_mcp.protocol.http_gate import SESSION
from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of
from oraclepack_mcp.protocol.stdio_gate import StdioGate
from oraclepack_mcp.protocol.strict import RefusedError

STREAM_PATH: Final = "/sse"
MESSAGES_PATH: Final = "/messages"
MAX_CONNECTIONS: Final = 100
_WAITING_MESSAGES: Final = 16
_STREAM_HEADERS: Final = ((b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"))


def legacy_routes(server: Server[Any], max_message_bytes: int) -> tuple[BaseRoute, ...]:
    """The two endpoints; they ask nobody for a token."""
    app = TwoEndpoints(server, max_message_bytes)
    return Route(STREAM_PATH, endpoint=app), Route(MESSAGES_PATH, endpoint=app)


class TwoEndpoints:
    """The app of both endpoints; a connection is known by an id that only its client is told."""

    def __init__(self, server: Server[Any], max_message_bytes: int) -> None:
        self._server = server
        self._max_message_bytes = max_message_bytes
        self._connections: dict[str, MemoryObjectSendStream[str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        request = Request(scope, receive)
        allowed = "GET" if scope["path"] == STREAM_PATH else "POST"
        try:
            if request.method != allowed:  # without a message: to newer clients the sign of an old server
                await Response(status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": allowed})(
                    scope, receive, send
                )
            elif allowed == "GET":
                await self._converse(request, send)
            else:
                await self._take(request)
                await Response(status_code=HTTPStatus.ACCEPTED)(scope, receive, send)
        except RefusedError as refused:
            await answer_of(refused)(scope, receive, send)

    async def _converse(self, request: Request, send: Send) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            raise HttpRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "The server is busy.", {"Retry-After": "1"})
        name = secrets.token_hex(16)
        posted, lines = anyio.create_memory_object_stream[str](_WAITING_MESSAGES)
        to_server, server_reads = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        server_writes, from_server = anyio.create_memory_object_stream[SessionMessage](0)
        events = _Events(send)
        gate = StdioGate(lines, events, self._max_message_bytes, _as_session(request, name))
        self._connections[name] = posted
        try:
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": list(_STREAM_HEADERS)})
            await events.emit("endpoint", f"{MESSAGES_PATH}?session_id={name}")
            async with posted, lines, server_reads, from_server, anyio.create_task_group() as tasks:
                tasks.start_soon(gate.read, to_server)
                tasks.start_soon(gate.write, from_server)
                tasks.start_soon(_until_left, request.receive, tasks.cancel_scope)
                await serve_loop(self._server, server_reads, server_writes, lifespan_state={}, session_id=name)
                tasks.cancel_scope.cancel()
        finally:
            del self._connections[name]

    async def _take(self, request: Request) -> None:
        connection = self._connections.get(request.query_params.get("session_id", ""))
        if connection is None:
            raise HttpRefusedError(HTTPStatus.NOT_FOUND, "There is no such session.")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HttpRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A message is sent as application/json.")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._max_message_bytes:
                raise HttpRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The message is too large.")
        if not body.strip():
            raise RefusedError(PARSE_ERROR, "The message is not valid JSON.")
        try:
            await connection.send(body.decode("utf-8", "surrogateescape"))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise HttpRefusedError(HTTPStatus.NOT_FOUND, "There is no such session.") from None


class _Events:
    """Writes lines as events of a stream."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def write(self, text: str) -> None:
        """Write one message."""
        await self.emit("message", text.rstrip("\n"))

    async def flush(self) -> None:
        """Nothing waits: `write` writes."""

    async def emit(self, event: str, data: str) -> None:
        """Write one event; its data is a single line."""
        body = f"event: {event}\r\ndata: {data}\r\n\r\n".encode()
        await self._send({"type": "http.response.body", "body": body, "more_body": True})


def _as_session(request: Request, name: str) -> ServerMessageMetadata:
    """What the rest of the server tells sessions apart by: the header of the newer transport."""
    headers = [pair for pair in request.scope["headers"] if pair[0] != SESSION.encode()]
    named = {**request.scope, "headers": [*headers, (SESSION.encode(), name.encode())]}
    return ServerMessageMetadata(request_context=Request(named))


async def _until_left(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
