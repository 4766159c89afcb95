"""Two tools on `mcp` 1.x, over Streamable HTTP and over the WebSocket transport that the SDK had until 2.0."""

import inspect
import sys

import uvicorn
from mcp.server.fastmcp import FastMCP  # type: ignore[attr-defined]
from mcp.server.transport_security import TransportSecuritySettings
from mcp.server.websocket import websocket_server  # type: ignore[import-not-found]
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

port = int(sys.argv[1])
server = FastMCP("two-tools", host="127.0.0.1", port=port)
own_names = TransportSecuritySettings(
    enable_dns_rebinding_protection=True,
    allowed_hosts=[f"127.0.0.1:{port}"],
    allowed_origins=[f"http://127.0.0.1:{port}"],
)
takes_settings = "security_settings" in inspect.signature(websocket_server).parameters
guarded = {"security_settings": own_names} if takes_settings else {}


@server.tool()  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Sockets:
    """Speaks MCP over a WebSocket."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            async with websocket_server(scope, receive, send, **guarded) as (reader, writer):
                lowlevel = server._mcp_server
                await lowlevel.run(reader, writer, lowlevel.create_initialization_options())
        except ValueError:
            return


application = server.streamable_http_app()
application.router.routes.append(WebSocketRoute("/mcp", Sockets()))
uvicorn.run(application, host="127.0.0.1", port=port)
