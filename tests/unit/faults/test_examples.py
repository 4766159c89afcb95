"""Three faults around a server built on the SDK: over HTTP with JSON and with events, in both eras, and over stdio."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import oraclepack_faults
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.mcpserver import MCPServer
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from oraclepack_faults.fault import ASGIApp, LineReader, LineStreams, LineWriter
from oraclepack_faults.messages import META_VERSION
from oraclepack_faults.serve import choose, wrap_http
from oraclepack_faults.stdio_layer import serve_lines

from tests.unit.faults.driving import HANG, Reply, ask

pytestmark = pytest.mark.anyio

ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
MODERN = "2026-07-28"
CLIENT = {"name": "test", "version": "1"}


def initialize(version: str) -> dict[str, Any]:
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


def discover() -> dict[str, Any]:
    prefix = META_VERSION.rpartition("/")[0]
    meta = {META_VERSION: MODERN, f"{prefix}/clientInfo": CLIENT, f"{prefix}/clientCapabilities": {}}
    return {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}


@asynccontextmanager
async def served(*names: str, json_response: bool) -> AsyncIterator[ASGIApp]:
    server = MCPServer("sample")
    security = TransportSecuritySettings(allowed_hosts=["127.0.0.1"], allowed_origins=["http://127.0.0.1"])
    app = server.streamable_http_app(json_response=json_response, transport_security=security)
    async with server.session_manager.run():
        yield wrap_http(app, choose(names, oraclepack_faults.FAULTS))


async def post(app: ASGIApp, message: object, **headers: str) -> Reply:
    return await ask(app, "POST", message, ACCEPT | {name.replace("_", "-"): value for name, value in headers.items()})


async def discovered(app: ASGIApp, **headers: str) -> Reply:
    return await post(app, discover(), mcp_protocol_version=MODERN, mcp_method="server/discover", **headers)


both_shapes = pytest.mark.parametrize("json_response", [True, False], ids=["json", "events"])


@both_shapes
async def test_the_clean_server_offers_a_version_of_its_own(json_response: bool) -> None:
    async with served(json_response=json_response) as app:
        reply = await post(app, initialize("1999-01-01"))
    assert reply.messages[0]["result"]["protocolVersion"] == "2025-11-25"


@both_shapes
async def test_the_faulty_server_echoes_the_unknown_version(json_response: bool) -> None:
    async with served("lifecycle/echoes-unknown-version", json_response=json_response) as app:
        unknown = await post(app, initialize("1999-01-01"))
        known = await post(app, initialize("2025-06-18"))
        session = {"mcp_session_id": unknown.headers["mcp-session-id"]}
        ping = await post(app, {"jsonrpc": "2.0", "id": 2, "method": "ping"}, **session)
    assert unknown.messages[0]["result"]["protocolVersion"] == "1999-01-01"
    assert unknown.messages[0]["result"]["serverInfo"]["name"] == "sample"
    assert known.messages[0]["result"]["protocolVersion"] == "2025-06-18"
    assert ping.messages == [{"jsonrpc": "2.0", "id": 2, "result": {}}]


@both_shapes
async def test_the_stateless_era_knows_no_echo(json_response: bool) -> None:
    async with served(json_response=json_response) as clean:
        before = await discovered(clean)
    async with served("lifecycle/echoes-unknown-version", json_response=json_response) as faulty:
        after = await discovered(faulty)
    assert before.messages[0]["result"]["supportedVersions"]
    assert (after.status, after.messages) == (before.status, before.messages)


@both_shapes
async def test_only_the_faulty_server_accepts_a_foreign_origin(json_response: bool) -> None:
    foreign = {"origin": "http://evil.example"}
    async with served(json_response=json_response) as clean:
        refused = [await post(clean, initialize("2025-06-18"), **foreign), await discovered(clean, **foreign)]
        control = [await post(clean, initialize("2025-06-18")), await discovered(clean)]
    async with served("rebinding/accepts-foreign-origin", json_response=json_response) as faulty:
        accepted = [await post(faulty, initialize("2025-06-18"), **foreign), await discovered(faulty, **foreign)]
        foreign_host = await post(faulty, initialize("2025-06-18"), host="evil.example")
    assert [reply.status for reply in refused] == [403, 403]
    assert [reply.status for reply in control] == [200, 200]
    assert [reply.status for reply in accepted] == [200, 200]
    assert foreign_host.status == 421


async def test_faults_of_several_kinds_work_together() -> None:
    names = ("lifecycle/echoes-unknown-version", "rebinding/accepts-foreign-origin")
    async with served(*names, json_response=True) as app:
        reply = await post(app, initialize("1999-01-01"), origin="http://evil.example")
    assert reply.json["result"]["protocolVersion"] == "1999-01-01"


class Pipe:
    """A stdin whose lines the test sends, and a stdout whose lines it reads."""

    def __init__(self) -> None:
        self.send_line, self._lines = anyio.create_memory_object_stream[str](100)
        self._out: MemoryObjectSendStream[str]
        self.written: MemoryObjectReceiveStream[str]
        self._out, self.written = anyio.create_memory_object_stream[str](100)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines.__aiter__()

    async def write(self, text: str, /) -> None:
        for line in text.splitlines():
            await self._out.send(line)

    async def flush(self) -> None:
        """Lines are handed over as they are written."""

    async def ask(self, message: object, lines: int) -> list[str]:
        await self.send_line.send(json.dumps(message) + "\n")
        with anyio.fail_after(HANG):
            return [await self.written.receive() for _ in range(lines)]

    def close(self) -> None:
        for stream in (self.send_line, self._lines, self._out, self.written):
            stream.close()


async def sdk_stdio(stdin: LineReader, stdout: LineWriter) -> None:
    server = MCPServer("sample")._lowlevel_server
    async with stdio_server(stdin, stdout) as (read, write):  # type: ignore[arg-type]
        await server.run(read, write, server.create_initialization_options())


@asynccontextmanager
async def stdio(*names: str) -> AsyncIterator[Pipe]:
    pipe = Pipe()
    faults = choose(names, oraclepack_faults.FAULTS)
    async with anyio.create_task_group() as group:
        group.start_soon(serve_lines, sdk_stdio, faults, LineStreams(pipe, pipe))
        yield pipe
        await pipe.send_line.aclose()
    pipe.close()


async def test_the_echo_is_heard_on_stdio() -> None:
    async with stdio() as clean:
        (before,) = await clean.ask(initialize("1999-01-01"), 1)
    async with stdio("lifecycle/echoes-unknown-version") as faulty:
        (after,) = await faulty.ask(initialize("1999-01-01"), 1)
    assert json.loads(before)["result"]["protocolVersion"] == "2025-11-25"
    assert json.loads(after)["result"]["protocolVersion"] == "1999-01-01"


@pytest.mark.parametrize("first", [initialize("2025-06-18"), discover()], ids=["handshake", "stateless"])
async def test_noise_comes_before_each_message_on_stdout(first: dict[str, Any]) -> None:
    async with stdio("stdio/writes-noise-to-stdout") as pipe:
        noise, answer = await pipe.ask(first, 2)
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(noise)
    assert json.loads(answer)["result"]
