"""Streams that end with the server, over an app in memory."""

import anyio
import pytest
from oraclepack_mcp.http.streams import EndingStreams
from starlette.types import Message, Receive, Scope, Send

pytestmark = pytest.mark.anyio


class Exchange:
    """A client that stays."""

    def __init__(self, method: str, *headers: tuple[bytes, bytes]) -> None:
        self.scope = {"type": "http", "method": method, "headers": list(headers)}
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(self, message: Message) -> None:
        self.sent.append(message)


def app_that(*, starts: bool, completes: bool = False) -> EndingStreams:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if starts:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello", "more_body": True})
        message = await receive()
        assert message["type"] == "http.disconnect"
        if completes:
            await send({"type": "http.response.body", "body": b"bye"})

    return EndingStreams(app)


async def end(streams: EndingStreams, exchange: Exchange) -> list[Message]:
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(streams, exchange.scope, exchange.receive, exchange.send)
            await anyio.wait_all_tasks_blocked()
            streams.end()
    return exchange.sent


@pytest.mark.parametrize("exchange", [Exchange("GET"), Exchange("POST", (b"mcp-method", b"subscriptions/listen"))])
async def test_an_open_stream_is_completed(exchange: Exchange) -> None:
    sent = await end(app_that(starts=True), exchange)

    assert [message.get("body") for message in sent] == [None, b"hello", b""]
    assert sent[-1]["more_body"] is False


async def test_a_stream_that_ends_itself_is_left_to_it() -> None:
    sent = await end(app_that(starts=True, completes=True), Exchange("GET"))

    assert [message.get("body") for message in sent] == [None, b"hello", b"bye"]


async def test_a_stream_that_had_not_begun_is_refused_for_now() -> None:
    sent = await end(app_that(starts=False), Exchange("GET"))

    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]


async def test_a_request_that_is_being_worked_on_is_not_touched() -> None:
    finish = anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await finish.wait()
        await send({"type": "http.response.body", "body": b"done"})

    streams, exchange = EndingStreams(app), Exchange("POST")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(streams, exchange.scope, exchange.receive, exchange.send)
        await anyio.wait_all_tasks_blocked()
        streams.end()
        await anyio.wait_all_tasks_blocked()
        assert exchange.sent == []
        finish.set()

    assert exchange.sent == [{"type": "http.response.body", "body": b"done"}]
