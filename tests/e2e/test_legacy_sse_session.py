"""Sessions over the legacy HTTP+SSE transport, against a small application and against the Python SDK."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.model import Exchange, HttpTarget, Outcome, Revision
from mcp_audit_harness.session.bounds import Bounds
from mcp_audit_harness.session.sse import SseConnector
from mcp_audit_harness.session.transcript import Transcript

from tests.servers import serving
from tests.toy import no_schema

pytestmark = pytest.mark.e2e

OLDEST = Revision.V2024_11_05


def talk(url: str, conversation: Callable[[SseConnector], Awaitable[None]]) -> tuple[Exchange, ...]:
    """Hold a conversation; return everything that was recorded."""
    transcript = Transcript(tap=no_schema)

    async def run() -> None:
        connector = SseConnector(HttpTarget(url), transcript, Bounds(probe_timeout_s=5.0))
        try:
            await conversation(connector)
        finally:
            await connector.aclose()

    asyncio.run(run())
    return transcript.exchanges


class Legacy:
    """One stream, one endpoint; what it does with a POSTed message is for `methods` to say."""

    def __init__(self, endpoint: str | None = "/messages?id=1", **methods: Any) -> None:
        self.endpoint = endpoint
        self.methods = methods
        self.posted: list[Any] = []
        self.outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self.held: asyncio.Queue[Any] = asyncio.Queue()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            await self.stream(send)
            return
        message = json.loads((await receive())["body"])
        self.posted.append(message)
        status = await self.methods.get(message.get("method", "reply"), answer)(self, message) or 202
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"Accepted"})

    async def stream(self, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        opening = f"event: endpoint\ndata: {self.endpoint}\n\n" if self.endpoint is not None else ": nothing\n\n"
        await send({"type": "http.response.body", "body": opening.encode(), "more_body": True})
        while (value := await self.outgoing.get()) is not None:
            text = f"event: message\ndata: {json.dumps(value)}\n\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def say(self, value: Any) -> None:
        self.outgoing.put_nowait(value)


async def answer(legacy: Legacy, message: Any) -> None:
    """Answer a request with what a small server would."""
    if "method" in message and "id" in message:
        result = {"protocolVersion": "2024-11-05", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}
        legacy.say(
            {"jsonrpc": "2.0", "id": message["id"], "result": result if message["method"] == "initialize" else {}}
        )


def test_an_exchange_joins_the_status_of_the_post_and_the_message_on_the_stream() -> None:
    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        assert (session.usable, session.session_id) == (True, None)
        exchange = await session.request("ping")
        assert (exchange.status, exchange.ok, exchange.body) == (202, True, "Accepted")
        assert [event.event for event in exchange.events] == ["message"]
        assert await session.close() is None
        assert not session.usable

    legacy = Legacy()
    with serving(legacy) as url:
        exchanges = talk(url + "/sse", conversation)
    assert [exchange.sent.path for exchange in exchanges] == ["/sse", *["/messages?id=1"] * 3]
    assert [message["method"] for message in legacy.posted] == ["initialize", "notifications/initialized", "ping"]
    assert exchanges[0].events[0].event == "endpoint"


def test_two_requests_in_flight_each_get_their_own_response() -> None:
    async def hold(legacy: Legacy, message: Any) -> None:
        legacy.held.put_nowait(message)

    async def release(legacy: Legacy, message: Any) -> None:
        await answer(legacy, message)
        await answer(legacy, await legacy.held.get())

    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")

        async def later() -> Exchange:
            return await session.request("release", rpc_id="second")

        first, second = await asyncio.gather(session.request("hold", rpc_id="first"), later())
        assert [item["id"] for item in first.responses] == ["first"]
        assert [item["id"] for item in second.responses] == ["second"]

    with serving(Legacy(hold=hold, release=release)) as url:
        talk(url, conversation)


def test_an_answer_that_comes_late_is_nobody_elses() -> None:
    async def hold(legacy: Legacy, message: Any) -> None:
        legacy.held.put_nowait(message)

    async def release(legacy: Legacy, message: Any) -> None:
        await answer(legacy, await legacy.held.get())
        await answer(legacy, message)

    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        overdue = await session.request("hold", rpc_id="first", timeout=0.2)
        assert overdue.outcome is Outcome.SILENT
        second = await session.request("release", rpc_id="second")
        assert [item["id"] for item in second.responses] == ["second"]

    with serving(Legacy(hold=hold, release=release)) as url:
        talk(url, conversation)


def test_a_request_of_the_server_is_answered_by_a_post() -> None:
    async def ask(legacy: Legacy, message: Any) -> None:
        legacy.held.put_nowait(message)
        legacy.say({"jsonrpc": "2.0", "id": "srv", "method": "ping"})

    async def replied(legacy: Legacy, message: Any) -> None:
        assert message == {"jsonrpc": "2.0", "id": "srv", "result": {}}
        await answer(legacy, await legacy.held.get())

    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        exchange = await session.request("ask")
        assert exchange.ok
        assert len(exchange.server_requests) == 1
        await session.close()

    with serving(Legacy(ask=ask, reply=replied)) as url:
        talk(url, conversation)


def test_a_scenario_says_what_the_server_is_told_when_it_asks() -> None:
    async def ask(legacy: Legacy, message: Any) -> None:
        legacy.held.put_nowait(message)
        legacy.say({"jsonrpc": "2.0", "id": "srv", "method": "ping"})

    async def replied(legacy: Legacy, message: Any) -> None:
        assert message == {"jsonrpc": "2.0", "id": "srv", "error": {"code": -1, "message": "no"}}
        await answer(legacy, await legacy.held.get())

    async def conversation(connector: SseConnector) -> None:
        refusal = {"error": {"code": -1, "message": "no"}}
        session = await connector.open(OLDEST, "s", answers=lambda _: refusal)
        assert (await session.request("ask")).ok
        await session.close()

    with serving(Legacy(ask=ask, reply=replied)) as url:
        talk(url, conversation)


def test_what_a_server_says_to_a_notification_is_caught_by_the_control_request() -> None:
    async def complain(legacy: Legacy, message: Any) -> None:
        legacy.say({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no"}})

    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        exchange = await session.notify("odd")
        assert exchange.error_code == -32600
        assert len(exchange.messages) == 1

    legacy = Legacy(odd=complain)
    with serving(legacy) as url:
        talk(url, conversation)
    assert legacy.posted[-1]["method"] == "ping"


def test_a_control_request_that_is_answered_late_is_no_answer_to_anything_else() -> None:
    async def complain(legacy: Legacy, message: Any) -> None:
        legacy.say({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no"}})

    async def answer_later(legacy: Legacy, message: Any) -> None:
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": {}}
        asyncio.get_running_loop().call_later(0.05, legacy.say, reply)

    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        for _ in range(2):
            exchange = await session.notify("odd")
            assert [message.get("error", {}).get("code") for message in exchange.messages] == [-32600]

    with serving(Legacy(odd=complain, ping=answer_later)) as url:
        talk(url, conversation)


def test_a_stream_that_ends_before_the_response_is_closed_not_silent() -> None:
    async def hang_up(legacy: Legacy, message: Any) -> None:
        legacy.say(None)

    async def ignore(legacy: Legacy, message: Any) -> None:
        return None

    async def refuse(legacy: Legacy, message: Any) -> int:
        return 400

    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        refused = await session.request("refuse")
        assert (refused.outcome, refused.status) == (Outcome.ANSWERED, 400)
        silent = await session.request("ignore", timeout=0.2)
        assert (silent.outcome, silent.status) == (Outcome.SILENT, 202)
        closed = await session.request("hang_up")
        assert closed.outcome is Outcome.CLOSED
        assert not session.usable

    with serving(Legacy(hang_up=hang_up, ignore=ignore, refuse=refuse)) as url:
        talk(url, conversation)


@pytest.mark.parametrize("endpoint", ["http://attacker.example/m", "//attacker.example/m", "javascript:x", "http://["])
def test_an_endpoint_on_another_origin_is_refused(endpoint: str) -> None:
    async def conversation(connector: SseConnector) -> None:
        session = await connector.open(OLDEST, "s")
        assert not session.usable
        assert session.opening is not None
        assert session.opening.outcome is Outcome.MALFORMED
        assert "endpoint event" in session.opening.note
        await session.close()

    legacy = Legacy(endpoint)
    with serving(legacy) as url:
        assert len(talk(url, conversation)) == 1
    assert legacy.posted == []


def test_a_stream_without_an_endpoint_is_silent_and_another_page_is_what_it_is() -> None:
    async def conversation(connector: SseConnector) -> None:
        session = await connector.unopened(OLDEST, "s")
        assert session.opening is not None
        assert (session.opening.outcome, session.opening.status) == (Outcome.SILENT, 200)
        assert (await session.http("POST", body=b"{}", timeout=1.0)).status == 202
        with pytest.raises(HarnessError):
            session.stream()
        with pytest.raises(HarnessError):
            session.listen({})
        await session.close()

    with serving(Legacy(None)) as url:
        transcript = Transcript(tap=no_schema)

        async def run() -> None:
            connector = SseConnector(HttpTarget(url), transcript, Bounds(probe_timeout_s=0.3))
            await conversation(connector)
            await connector.aclose()

        asyncio.run(run())


def test_the_sdk_answers_over_the_legacy_transport() -> None:
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("two tools")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    def greet(name: str) -> str:
        return f"Hello, {name}"

    async def conversation(connector: SseConnector) -> None:
        for revision in (OLDEST, Revision.V2025_11_25):
            session = await connector.open(revision, "s")
            assert session.usable
            called = await session.request("tools/call", {"name": "add", "arguments": {"a": 1, "b": 2}})
            assert called.result is not None
            assert called.result["content"][0]["text"] == "3"
            assert (await session.request("no/such")).error_code == -32601
            await session.close()

    with serving(server.sse_app()) as url:
        talk(url + "/sse", conversation)
