"""The HTTP side of the reference server around a small MCP server, without a socket."""

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import mcp_types as types
from mcp.server.lowlevel import Server
from oraclepack_mcp.http.auth.principal import current_caller
from oraclepack_mcp.http.serving import Surroundings, serve_over_http
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.settings import Settings
from starlette.types import ASGIApp

from tests.e2e.reference_client import JSON_AND_SSE, META, MODERN, initialize, request

URL = "http://127.0.0.1:8000/mcp"
NEEDS: dict[str, frozenset[Scope]] = {
    "look": frozenset({"packs:read"}),
    "run": frozenset({"packs:execute", "urls:read"}),
}


def required_scopes(method: str, name: str | None) -> frozenset[Scope]:
    """What the small server needs for a call."""
    return NEEDS.get(name or "", frozenset()) if method == "tools/call" else frozenset()


class SmallServer:
    """Says who calls; `wait` lasts until `gate` is opened."""

    def __init__(self) -> None:
        self.gate = anyio.Event()
        self.waiting = anyio.Event()
        self.calls: list[str] = []
        self.server: Server[Any] = Server("small", on_call_tool=self._call, on_list_tools=self._list)

    async def _list(self, _: Any, __: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[])

    async def _call(self, _: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        self.calls.append(params.name)
        if params.name == "wait":
            self.waiting.set()
            await self.gate.wait()
        caller = current_caller()
        said = f"{caller.principal} {sorted(caller.scopes)}" if caller else "nobody"
        return types.CallToolResult(content=[types.TextContent(type="text", text=said)])


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Start and end an app as a server does."""
    to_app_send, to_app = anyio.create_memory_object_stream[MutableMapping[str, Any]](2)
    from_app, from_app_receive = anyio.create_memory_object_stream[MutableMapping[str, Any]](2)

    async def live() -> None:
        await app({"type": "lifespan", "asgi": {}, "state": {}}, to_app.receive, from_app.send)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live)
        await to_app_send.send({"type": "lifespan.startup"})
        assert (await from_app_receive.receive())["type"] == "lifespan.startup.complete"
        yield
        await to_app_send.send({"type": "lifespan.shutdown"})
        assert (await from_app_receive.receive())["type"] == "lifespan.shutdown.complete"
    for stream in (to_app_send, to_app, from_app, from_app_receive):
        stream.close()


class MemoryClient:
    """Raw requests to an app in memory."""

    def __init__(self, app: ASGIApp, address: str = "127.0.0.1") -> None:
        transport = httpx2.ASGITransport(app=app, client=(address, 4000))
        self.http = httpx2.AsyncClient(transport=transport)

    async def post(self, body: object, headers: dict[str, str] | None = None, url: str = URL) -> httpx2.Response:
        return await self.http.post(url, json=body, headers={**JSON_AND_SSE, **(headers or {})})

    async def call(self, tool: str, token: str | None = None, **headers: str) -> httpx2.Response:
        """Call a tool at the stateless revision."""
        standard = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool}
        message = request("tools/call", {"name": tool, "arguments": {}, "_meta": META})
        return await self.post(message, {**standard, **bearer(token), **headers})

    async def open(self, token: str | None = None, revision: str = "2025-11-25") -> dict[str, str]:
        """Start a session; gives the headers of its requests."""
        answer = await self.post(initialize(revision), bearer(token))
        assert answer.status_code == 200, answer.text
        headers = {"Mcp-Session-Id": answer.headers["mcp-session-id"]}
        told = await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, {**headers, **bearer(token)})
        assert told.status_code == 202
        return headers


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def serving(
    settings: Settings, surroundings: Surroundings | None = None, small: SmallServer | None = None
) -> AsyncIterator[MemoryClient]:
    """A client of the small server behind all layers."""
    around = surroundings or Surroundings(required_scopes=required_scopes)
    app = serve_over_http((small or SmallServer()).server, settings, around)
    async with lifespan(app):
        client = MemoryClient(app)
        async with client.http:
            yield client
