"""The bounds of a connection, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from oraclepack_mcp.http import connection
from oraclepack_mcp.http.connection import MAX_HEAD_BYTES, BoundedConnection
from starlette.responses import Response
from uvicorn.server import ServerState

pytestmark = pytest.mark.anyio
OK = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(Response(b"ok"), log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedConnection(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


async def answer_to(*parts: bytes) -> bytes:
    async with connected() as (reader, writer):
        for part in parts:
            writer.write(part)
        return await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)


class Kept(asyncio.Transport):
    """The transport of a client that never reads; what is written to it is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def resume_reading(self) -> None:
        pass


async def test_headers_up_to_the_bound_are_served() -> None:
    large = b"GET / HTTP/1.1\r\nhost: x\r\nx-large: " + b"a" * (MAX_HEAD_BYTES - 100) + b"\r\n\r\n"

    assert b" 200 " in await answer_to(large)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: abcdefgh\r\n" * 8000,
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 3 * MAX_HEAD_BYTES,
        b"GET /" + b"a" * 3 * MAX_HEAD_BYTES,
    ],
    ids=["one header", "many headers", "a header without end", "a path without end"],
)
async def test_more_is_refused_before_it_is_kept(head: bytes) -> None:
    config = uvicorn.Config(Response(b"ok"), log_config=None, lifespan="off")
    config.load()
    transport, bounded = Kept(), BoundedConnection(config, ServerState(), {})
    bounded.connection_made(transport)
    fed = 0
    while not transport.closing and fed < len(head):
        bounded.data_received(head[fed : fed + 10_000])
        fed += 10_000
    bounded.connection_lost(None)

    assert transport.written.startswith(b"HTTP/1.1 431 ")
    assert fed <= MAX_HEAD_BYTES + 20_000


async def test_a_large_body_is_no_large_head() -> None:
    body = b"b" * 4 * MAX_HEAD_BYTES
    request = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)

    assert b" 200 " in await answer_to(request + body)


async def test_many_requests_on_one_connection_are_not_added_up() -> None:
    head = b"GET / HTTP/1.1\r\nhost: x\r\nx-large: " + b"a" * 40_000 + b"\r\n\r\n"
    async with connected() as (reader, writer):
        for _ in range(4):
            writer.write(head)
            assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert await reader.readexactly(2) == b"ok"


@pytest.mark.parametrize("begun", [b"", b"GET / HT", OK + b"GET / HTTP/1.1\r\nhost:"])
async def test_a_request_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    async with connected() as (reader, writer):
        writer.write(begun)
        rest = await asyncio.wait_for(reader.read(), 10)

    assert rest.count(b"HTTP/1.1") == begun.count(OK)


async def test_what_cannot_be_parsed_is_a_bad_request(caplog: pytest.LogCaptureFixture) -> None:
    assert b" 400 " in await answer_to(b"\x00\x01 nonsense\r\n\r\n")
