"""Two routers in memory, the second behind a real UNIX socket."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
import uvicorn
from oraclepack_mcp.http.forwarding import SessionRouter, socket_of
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

pytestmark = pytest.mark.anyio
ID = b"0123456789abcdef"


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="op-") as found:  # short: a socket's path has an end
        yield Path(found)


@asynccontextmanager
async def owner(app: ASGIApp, directory: Path) -> AsyncIterator[None]:
    """Worker 1, which has the session."""
    router = SessionRouter(app, 1, 2, directory)
    config = uvicorn.Config(
        router.arrivals, uds=str(socket_of(directory, 1)), lifespan="off", log_config=None, interface="asgi3"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await anyio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def scope_of(session: bytes, method: str = "POST", extra: tuple[tuple[bytes, bytes], ...] = ()) -> Scope:
    length = () if method == "GET" else ((b"transfer-encoding", b"chunked"),)
    return {
        "type": "http",
        "method": method,
        "scheme": "https",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"a=b",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.9", 4000),
        "headers": [(b"host", b"here:8000"), (b"mcp-session-id", session), *length, *extra],
    }


class Caller:
    """A client of worker 0: it sends what it is given, and leaves when told."""

    def __init__(self, *body: bytes) -> None:
        self.body = list(body) or [b""]
        self.left, self.told = anyio.Event(), anyio.Event()
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.body:
            return {"type": "http.request", "body": self.body.pop(0), "more_body": bool(self.body)}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message.get("body"):
            self.told.set()

    async def ask(self, directory: Path, scope: Scope, app: ASGIApp | None = None) -> Any:
        await SessionRouter(app or Response(status_code=418), 0, 2, directory)(scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        found: int = self.sent[0]["status"]
        return found

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def text(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


async def test_the_owner_sees_the_request_as_its_client_sent_it(directory: Path) -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        seen = {
            "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
            "from": [scope["scheme"], list(scope["server"]), list(scope["client"])],
            "target": [scope["method"], scope["path"], scope["query_string"].decode()],
            "body": (await request.body()).decode(),
        }
        await Response(json.dumps(seen), 201, {"Mcp-Session-Id": ID.decode(), "x-two": "2"})(scope, receive, send)

    forged = ((b"x-oraclepack-origin", b'{"client": ["6.6.6.6", 1]}'), (b"connection", b"keep-alive"))
    async with owner(echo, directory):
        answer = await Caller(b"one ", b"two").ask(directory, scope_of(b"1." + ID, extra=forged))

    seen = json.loads(answer.text)
    assert answer.status == 201
    assert (answer.headers[b"mcp-session-id"], answer.headers[b"x-two"]) == (b"1." + ID, b"2")
    assert not {b"date", b"connection", b"transfer-encoding"} & answer.headers.keys()
    assert seen["body"] == "one two"
    assert seen["from"] == ["https", ["127.0.0.1", 8000], ["127.0.0.9", 4000]]
    assert seen["target"] == ["POST", "/mcp", "a=b"]
    assert seen["headers"]["mcp-session-id"] == ID.decode()
    assert seen["headers"]["host"] == "here:8000"
    assert "x-oraclepack-origin" not in seen["headers"]


async def test_an_answer_comes_back_as_it_is_made_and_a_client_that_leaves_is_gone_there(directory: Path) -> None:
    gone = anyio.Event()

    async def ticking(scope: Scope, receive: Receive, send: Send) -> None:
        async def ticks() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                await anyio.sleep_forever()
            finally:
                gone.set()

        await StreamingResponse(ticks())(scope, receive, send)

    caller = Caller()
    async with owner(ticking, directory):
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(caller.ask, directory, scope_of(b"1." + ID, "GET"))
                await caller.told.wait()
                caller.left.set()
            await gone.wait()
        assert caller.text == b"first"


async def test_a_client_that_leaves_while_it_sends_is_gone_there(directory: Path) -> None:
    gone = anyio.Event()

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "http.disconnect":
            assert message["more_body"]
        gone.set()

    class Leaver(Caller):
        async def receive(self) -> Message:
            if self.body:
                return {"type": "http.request", "body": self.body.pop(0), "more_body": True}
            return {"type": "http.disconnect"}

    async with owner(reading, directory):
        with anyio.fail_after(10):
            await Leaver(b"half").ask(directory, scope_of(b"1." + ID))
            await gone.wait()


async def test_an_owner_that_is_gone_took_its_sessions_with_it(directory: Path) -> None:
    answer = await Caller().ask(directory, scope_of(b"1." + ID))

    assert (answer.status, json.loads(answer.text)["error"]["code"]) == (404, -32600)


async def test_an_owner_that_dies_before_it_answers_is_a_bad_gateway(directory: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_unix_server(die, socket_of(directory, 1))
    answer = await Caller().ask(directory, scope_of(b"1." + ID))
    server.close()

    assert answer.status == 502


async def test_an_owner_that_dies_while_it_answers_tears_the_answer(directory: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(die, socket_of(directory, 1))
    with pytest.raises(ExceptionGroup) as torn:
        await Caller().ask(directory, scope_of(b"1." + ID))
    server.close()

    assert torn.group_contains(httpx2.TransportError)


@pytest.mark.parametrize("session", [b"0." + ID, b"7." + ID, b"plain", b"1.", b"x." + ID, b"01234." + ID])
async def test_what_names_no_other_worker_is_served_here(directory: Path, session: bytes) -> None:
    answer = await Caller().ask(directory, scope_of(session))

    assert answer.status == 418


async def test_a_session_of_its_own_is_numbered_on_the_way_out_and_bare_on_the_way_in(directory: Path) -> None:
    seen: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"])[b"mcp-session-id"])
        await Response(headers={"Mcp-Session-Id": seen[0].decode()})(scope, receive, send)

    answer = await Caller().ask(directory, scope_of(b"0." + ID), app)

    assert seen == [ID]
    assert answer.headers[b"mcp-session-id"] == b"0." + ID
