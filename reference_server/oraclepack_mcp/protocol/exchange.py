"""One request of the stateless era and its answer, served in the task of the HTTP request.

`mcp` 2.3 has two tasks and a stream talk to each other for every such request, most of which are answered at once and
with one body. Here the SDK's kernel is called right where the request came in; only for a handler that takes a while,
somebody begins to watch whether the client leaves, and keeps the stream open. What the SDK would refuse beforehand, and
what is a stream from the start, is left to its own transport.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import ServerRunner, aclose_shielded, modern_error_data
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundModernRoute,
    classify_inbound_request,
    find_duplicated_routing_header,
    validate_mcp_param_headers,
    x_mcp_header_map,
)
from mcp.shared.jsonrpc_dispatcher import progress_token_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types import ProgressToken, RequestId
from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import Receive, Send

from oraclepack_mcp.protocol.reply import Reply
from oraclepack_mcp.protocol.strict import Json

LISTEN: Final = "subscriptions/listen"
ATTENDED_AFTER_S: Final = 0.05
"""Seconds after which a handler counts as one that takes a while."""


class Exchanges:
    """Serves what `accepts` lets through; `lifespan_state` gives what the SDK's lifespan gave, at each request."""

    def __init__(
        self, server: Server[Any], security: TransportSecuritySettings, lifespan_state: Callable[[], Any]
    ) -> None:
        self._server = server
        self._security = TransportSecurityMiddleware(security)
        self._lifespan_state = lifespan_state
        self._mirrored: dict[str, bool] = {}
        """Whether headers have to repeat arguments of a tool, by its name."""

    async def accepts(self, request: Request, message: Json) -> InboundModernRoute | None:
        """How to serve a well-formed request; None for what is the SDK's own business."""
        if message["method"] == LISTEN or await self._security.validate_request(request, is_post=True) is not None:
            return None
        fields = request.headers.items()
        if find_duplicated_routing_header(fields) is not None:
            return None
        route = classify_inbound_request(message, headers=dict(fields))
        return route if isinstance(route, InboundModernRoute) and self._headers_agree(request, message) else None

    async def serve(self, route: InboundModernRoute, request: Request, message: Json, send: Send) -> None:
        """Serve a request whose body has been read; a client that leaves ends it."""
        loop, reply = asyncio.get_running_loop(), Reply(message["id"], send)
        attendants: list[asyncio.Task[None]] = []

        def attend() -> None:
            attendants.append(loop.create_task(_until_left(request.receive, scope)))
            attendants.append(loop.create_task(reply.keep_open()))

        timer = loop.call_later(ATTENDED_AFTER_S, attend)
        try:
            with anyio.CancelScope() as scope:
                await self._answer(route, request, message, reply)
        finally:
            timer.cancel()
            for attendant in attendants:
                attendant.cancel()

    async def _answer(self, route: InboundModernRoute, request: Request, message: Json, reply: Reply) -> None:
        method, params = message["method"], message.get("params")
        connection = Connection.from_envelope(route.protocol_version, route.client_info, route.client_capabilities)
        context = _Context(
            reply,
            TransportContext(kind="streamable-http", can_send_request=False, headers=request.headers),
            message["id"],
            ServerMessageMetadata(request_context=request),
            progress_token_from_params(params),
        )
        try:
            result = await self._ask(context, method, params, connection)
        except (MCPError, ValidationError) as refused:  # `Conduct` makes one of whatever a handler raises
            error = modern_error_data(refused)
            told = error.model_dump(by_alias=True, mode="json", exclude_none=True)
            await reply.refuse(told, ERROR_CODE_HTTP_STATUS.get(error.code, 200))
        else:
            await reply.complete(result)

    async def _ask(self, context: "_Context", method: str, params: Json | None, connection: Connection) -> Json:
        """Do what `mcp.server.runner.serve_one` does, but leave no object that refers to itself behind.

        The runner of `mcp` 2.3 holds a method of its own, so that all there is to a request would wait for the
        garbage collector, which had more to do than the tools.
        """
        runner = ServerRunner(self._server, connection, self._lifespan_state())
        try:
            return await runner.on_request(context, method, params)
        finally:
            del runner.on_request
            await aclose_shielded(connection)

    def _headers_agree(self, request: Request, message: Json) -> bool:
        """Whether the `Mcp-Param-` headers say what the arguments say, where a tool wants that."""
        params = message.get("params", {})
        name, arguments = params.get("name"), params.get("arguments") or {}
        if message["method"] != "tools/call" or not isinstance(name, str) or not isinstance(arguments, Mapping):
            return True
        look_up = self._server.get_tool_input_schema
        schema = look_up(name) if look_up is not None else None
        if schema is None:
            return look_up is not None
        if name not in self._mirrored:
            self._mirrored[name] = bool(x_mcp_header_map(schema))
        return not self._mirrored[name] or validate_mcp_param_headers(schema, arguments, request.headers) is None


@dataclass(slots=True)
class _Context:
    """What the kernel is told of one request, and where its notifications go (`mcp.shared.dispatcher`)."""

    reply: Reply
    transport: TransportContext
    request_id: RequestId
    message_metadata: ServerMessageMetadata
    progress_token: ProgressToken | None
    can_send_request: bool = False
    cancel_requested: anyio.Event = field(default_factory=anyio.Event)

    async def send_raw_request(
        self,
        method: str,
        params: Mapping[str, Any] | None,  # noqa: ARG002 - the SDK's signature
        opts: CallOptions | None = None,  # noqa: ARG002 - likewise
    ) -> dict[str, Any]:
        """Refuse: in this era no server asks a client."""
        raise NoBackChannelError(method)

    async def notify(
        self,
        method: str,
        params: Mapping[str, Any] | None,
        opts: CallOptions | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> None:
        """Tell the client something before the answer."""
        await self.reply.notify(method, params)

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Tell a client that gave a token how far its request is."""
        if self.progress_token is None:
            return
        told = {"progressToken": self.progress_token, "progress": progress, "total": total, "message": message}
        present = {name: value for name, value in told.items() if value is not None}
        await self.reply.notify("notifications/progress", present)


async def _until_left(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
