"""Requests of the stateless era: answered in the task that they came in, and just as the SDK's own transport would."""

import gc
import json
import weakref
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import pytest
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool
from oraclepack_mcp.http.patience import Patience
from oraclepack_mcp.protocol import exchange as module
from oraclepack_mcp.protocol import reply
from oraclepack_mcp.protocol.exchange import Exchanges
from oraclepack_mcp.protocol.http_gate import HttpGate
from starlette.types import ASGIApp, Message

pytestmark = pytest.mark.anyio

REVISION = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": REVISION, "io.modelcontextprotocol/clientCapabilities": {}}
SECURITY = TransportSecuritySettings(allowed_hosts=["here"])
PLACE = {"type": "string", "x-mcp-header": "place"}
Context = ServerRequestContext[Any, Any]
Handler = Callable[[Context, CallToolRequestParams], Awaitable[CallToolResult]]
App = Callable[[ASGIApp, Server[Any], StreamableHTTPSessionManager], ASGIApp]


async def echo(_: Context, params: CallToolRequestParams) -> CallToolResult:
    if params.name != "echo":
        raise MCPError(-32602, "Unknown tool.", {"name": params.name})
    text = f"{params.arguments} é ✓"
    return CallToolResult(content=[TextContent(text=text)], structured_content={"nothing": None, "text": text})


def a_server(call: Handler = echo) -> Server[Any]:
    schema = {"type": "object", "properties": {"place": PLACE}}

    async def lists(_: Context, __: object) -> ListToolsResult:
        return ListToolsResult(tools=[Tool(name="echo", input_schema=schema)])

    return Server(
        "a server",
        version="1",
        on_call_tool=call,
        on_list_tools=lists,
        get_tool_input_schema=lambda name: schema if name == "echo" else None,
    )


def with_exchanges(sdk: ASGIApp, server: Server[Any], manager: StreamableHTTPSessionManager) -> ASGIApp:
    exchanges = Exchanges(server, SECURITY, lambda: manager._lifespan_state)
    return HttpGate(sdk, max_message_bytes=10_000, exchanges=exchanges)


def without(sdk: ASGIApp, _: Server[Any], __: StreamableHTTPSessionManager) -> ASGIApp:
    return HttpGate(sdk, max_message_bytes=10_000)


class Client:
    """One request; it leaves when `left` is set."""

    def __init__(self, method: str = "tools/call", headers: Mapping[str, str | None] | None = None, **params: Any):
        body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": params.get("_meta", META)}}
        self._body = json.dumps(body).encode()
        named = {
            "host": "here",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": REVISION,
            "mcp-method": method,
            "mcp-name": str(params["name"]) if "name" in params else None,
            **(headers or {}),
        }
        self.fields = [(name.encode(), value.encode()) for name, value in named.items() if value is not None]
        self.left = anyio.Event()
        self.heard: list[Message] = []
        self.hears = anyio.Event()

    async def ask(self, make: App, server: Server[Any]) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer; no status where there is none."""
        manager = StreamableHTTPSessionManager(app=server, security_settings=SECURITY)
        async with manager.run():
            app = make(StreamableHTTPASGIApp(manager), server, manager)
            scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": self.fields}
            await app(scope, self._receive, self._send)
        start = next((event for event in self.heard if event["type"] == "http.response.start"), None)
        body = b"".join(event.get("body", b"") for event in self.heard)
        kind = dict(start["headers"]).get(b"content-type", b"").decode() if start else ""
        return start["status"] if start else 0, kind, body

    async def _receive(self) -> Message:
        if self._body:
            body, self._body = self._body, b""
            return {"type": "http.request", "body": body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: Message) -> None:
        self.heard.append(event)
        self.hears.set()


@pytest.mark.parametrize(
    ("method", "headers", "params"),
    [
        ("tools/call", {}, {"name": "echo", "arguments": {}}),
        ("tools/call", {"mcp-param-place": "here"}, {"name": "echo", "arguments": {"place": "here"}}),
        ("tools/call", {"mcp-param-place": "there"}, {"name": "echo", "arguments": {"place": "here"}}),
        ("tools/call", {}, {"name": "echo", "arguments": {"place": "here"}}),
        ("tools/call", {}, {"name": "other", "arguments": {"place": "here"}}),
        ("tools/call", {}, {"name": 5}),
        ("tools/call", {}, {"name": "echo", "arguments": [1]}),
        ("tools/call", {"mcp-name": "other"}, {"name": "echo"}),
        ("tools/call", {"mcp-name": None}, {"name": "echo"}),
        ("tools/call", {"mcp-method": "tools/list"}, {"name": "echo"}),
        ("tools/call", {"host": "elsewhere"}, {"name": "echo"}),
        ("tools/call", {}, {"name": "echo", "_meta": {}}),
        ("tools/list", {}, {}),
        ("tools/list", {}, {"cursor": 5}),
        ("server/discover", {}, {}),
        ("resources/list", {}, {}),
        ("made/up", {}, {}),
        ("subscriptions/listen", {}, {"notifications": {}}),
    ],
)
async def test_the_answer_is_that_of_the_sdk(
    method: str, headers: dict[str, str | None], params: dict[str, Any]
) -> None:
    status, kind, body = await Client(method, headers, **params).ask(with_exchanges, a_server())
    expected_status, expected_kind, expected = await Client(method, headers, **params).ask(without, a_server())
    assert (status, kind) == (expected_status, expected_kind)
    assert body == expected or json.loads(body) == json.loads(expected)


async def test_what_a_request_made_goes_with_its_answer() -> None:
    made: list[weakref.ref[object]] = []

    async def answers(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
        made.append(weakref.ref(ctx.session._connection))
        return CallToolResult(content=[])

    def patient(*parts: Any) -> ASGIApp:
        return Patience(with_exchanges(*parts), 5.0)

    client = Client(name="echo")
    made.append(weakref.ref(client))
    gc.disable()
    try:
        await client.ask(patient, a_server(answers))
        del client
        left = [one() for one in made]
    finally:
        gc.enable()
    assert left == [None, None]


async def test_a_routing_header_that_is_there_twice_is_left_to_the_sdk() -> None:
    client = Client(name="echo")
    client.fields.append((b"mcp-name", b"echo"))
    status, _, body = await client.ask(with_exchanges, a_server())
    assert status == 400
    assert "more than once" in json.loads(body)["error"]["message"]


async def test_progress_begins_a_stream_that_the_answer_ends() -> None:
    async def works(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
        await ctx.session.report_progress(1, 2, "half")
        await ctx.session.report_progress(2)
        return CallToolResult(content=[])

    client = Client(name="echo", _meta={**META, "progressToken": "t"})
    status, kind, body = await client.ask(with_exchanges, a_server(works))
    assert (status, kind) == (200, "text/event-stream")
    first, second, last = [json.loads(event.partition("data: ")[2]) for event in body.decode().split("\r\n\r\n")[:-1]]
    assert first["params"] == {"progressToken": "t", "progress": 1, "total": 2, "message": "half"}
    assert second["params"] == {"progressToken": "t", "progress": 2}
    assert (last["id"], last["result"]["resultType"]) == (7, "complete")
    assert [event.get("more_body") for event in client.heard] == [None, True, True, False]


async def test_a_client_without_a_token_for_progress_hears_of_none() -> None:
    async def works(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
        await ctx.session.report_progress(1)
        return CallToolResult(content=[])

    assert (await Client(name="echo").ask(with_exchanges, a_server(works)))[:2] == (200, "application/json")


async def test_a_client_that_leaves_ends_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTENDED_AFTER_S", 0.001)
    ended = anyio.Event()

    async def waits(_: Context, __: CallToolRequestParams) -> CallToolResult:
        client.left.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()
        raise AssertionError

    client = Client(name="echo")
    with anyio.fail_after(10):
        assert await client.ask(with_exchanges, a_server(waits)) == (0, "", b"")
    assert ended.is_set()


async def test_a_handler_that_is_silent_for_long_has_its_stream_kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTENDED_AFTER_S", 0.001)
    monkeypatch.setattr(reply, "PING_SECONDS", 0.001)

    async def waits(_: Context, __: CallToolRequestParams) -> CallToolResult:
        await client.hears.wait()
        return CallToolResult(content=[])

    client = Client(name="echo")
    with anyio.fail_after(10):
        status, kind, body = await client.ask(with_exchanges, a_server(waits))
    assert (status, kind) == (200, "text/event-stream")
    assert body.startswith(b": ping\r\n\r\n")
    assert body.endswith(b"\r\n\r\n")


async def test_nothing_is_said_after_the_answer() -> None:
    heard: list[Message] = []

    async def send(event: Message) -> None:
        heard.append(event)

    answer = reply.Reply(1, send)
    await answer.complete({"a": 1})
    await answer.notify("notifications/message", None)
    assert [event["type"] for event in heard] == ["http.response.start", "http.response.body"]


async def test_a_list_that_knows_its_json_is_written_as_any_other() -> None:
    bodies: list[bytes] = []

    async def send(event: Message) -> None:
        bodies.append(event.get("body", b""))

    items = [{"name": "é", "none": None}, 1]
    for tools in (items, reply.WholeList(items)):
        await reply.Reply("x", send).complete({"tools": tools, "ttlMs": 5})
    assert bodies[1] == bodies[3]
    assert json.loads(bodies[1]) == {"jsonrpc": "2.0", "id": "x", "result": {"tools": items, "ttlMs": 5}}
