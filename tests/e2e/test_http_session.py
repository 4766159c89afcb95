"""Sessions over Streamable HTTP, against scripted endpoints."""

import asyncio
from typing import Any

import anyio
import pytest
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.model import Outcome, Revision
from mcp_audit_harness.session.http import HttpConnector

from tests.servers import serving
from tests.toy import Toy, result, talk

pytestmark = pytest.mark.e2e

LATEST = Revision.V2025_11_25
STATELESS = Revision.V2026_07_28


def test_a_session_is_opened_used_and_ended_with_the_headers_of_its_revision() -> None:
    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(LATEST, "s")
        assert (session.usable, session.session_id) == (True, "s-1")
        await session.request("ping")
        assert (await session.close()) is not None
        assert not session.usable
        assert (await session.close()) is None

    toy = Toy()
    with serving(toy) as url:
        exchanges = talk(url + "/mcp", conversation)
    assert [(verb, message and message["method"]) for verb, _, message in toy.requests] == [
        ("POST", "initialize"),
        ("POST", "notifications/initialized"),
        ("POST", "ping"),
        ("DELETE", None),
    ]
    first, *rest = [headers for _, headers, _ in toy.requests]
    assert "mcp-session-id" not in first
    assert "mcp-protocol-version" not in first
    assert {(h["mcp-session-id"], h["mcp-protocol-version"]) for h in rest} == {("s-1", "2025-11-25")}
    assert first["accept"] == "application/json, text/event-stream"
    assert first["content-type"] == "application/json"
    assert [exchange.sent.verb for exchange in exchanges] == ["POST", "POST", "POST", "DELETE"]
    assert exchanges[0].sent.path == "/mcp"


def test_the_version_header_is_not_sent_before_the_revision_that_introduced_it() -> None:
    async def conversation(connector: HttpConnector) -> None:
        await (await connector.open(Revision.V2025_03_26, "s")).request("ping")

    toy = Toy()
    with serving(toy) as url:
        talk(url, conversation)
    assert all("mcp-protocol-version" not in headers for _, headers, _ in toy.requests)


def test_a_refused_initialize_gives_a_session_that_is_not_usable_and_says_why() -> None:
    async def refuse(toy: Toy, message: Any) -> None:
        await toy.json({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32602, "message": "no"}}, status=400)

    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(LATEST, "s")
        assert not session.usable
        assert session.opening is not None
        assert session.opening.error_code == -32602
        assert await session.close() is None

    with serving(Toy(initialize=refuse)) as url:
        assert len(talk(url, conversation)) == 1


async def _asks_first(toy: Toy, message: Any) -> None:
    emit = await toy.events()
    await emit({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
    await emit({"jsonrpc": "2.0", "id": "srv-1", "method": "ping"})
    await asyncio.wait_for(toy.replied.wait(), 5)
    await emit("data: not json\n\n")
    await emit(result(message, {"done": True}))
    await emit(None)


def test_a_request_of_the_server_is_answered_while_its_stream_is_open() -> None:
    async def conversation(connector: HttpConnector) -> None:
        exchange = await (await connector.open(LATEST, "s")).request("tools/call", {"name": "x"})
        assert exchange.result == {"done": True}
        assert [item["method"] for item in exchange.server_requests] == ["ping"]
        assert len(exchange.notifications("notifications/message")) == 1
        assert exchange.strays == ("not json",)
        assert exchange.note == "stream closed by target"

    toy = Toy(tools_call=_asks_first)
    with serving(toy) as url:
        exchanges = talk(url, conversation)
    assert {"jsonrpc": "2.0", "id": "srv-1", "result": {}} in [message for _, _, message in toy.requests]
    assert any('"id":"srv-1","result":{}' in exchange.sent.body for exchange in exchanges)


def test_a_scenario_says_what_the_server_is_told_when_it_asks() -> None:
    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(LATEST, "s", answers=lambda asked: {"heard": asked["method"]})
        assert (await session.request("tools/call", {"name": "x"})).result == {"done": True}

    toy = Toy(tools_call=_asks_first)
    with serving(toy) as url:
        talk(url, conversation)
    assert {"jsonrpc": "2.0", "id": "srv-1", "result": {"heard": "ping"}} in [message for _, _, message in toy.requests]


def test_a_stream_left_open_after_the_response_costs_little_and_is_noted() -> None:
    async def keep_open(toy: Toy, message: Any) -> None:
        emit = await toy.events()
        await emit(result(message))
        await asyncio.sleep(5)

    async def conversation(connector: HttpConnector) -> None:
        exchange = await (await connector.unopened(LATEST, "s")).request("ping")
        assert (exchange.outcome, exchange.ok) == (Outcome.ANSWERED, True)
        assert exchange.note == "stream still open after the response"

    with serving(Toy(ping=keep_open)) as url:
        talk(url, conversation)


def test_a_stream_that_ends_or_stalls_without_the_response_is_no_answer() -> None:
    async def end(toy: Toy, message: Any) -> None:
        emit = await toy.events()
        await emit(None)

    async def stall(toy: Toy, message: Any) -> None:
        await toy.events()
        await asyncio.sleep(5)

    async def conversation(connector: HttpConnector) -> None:
        session = await connector.unopened(LATEST, "s")
        ended = await session.request("a")
        assert (ended.outcome, ended.status) == (Outcome.CLOSED, 200)
        stalled = await session.request("b", timeout=0.3)
        assert (stalled.outcome, stalled.status) == (Outcome.SILENT, 200)

    with serving(Toy(a=end, b=stall)) as url:
        talk(url, conversation)


def test_messages_on_the_get_stream_are_collected_and_each_is_handed_out_once() -> None:
    async def listen(toy: Toy, message: Any) -> None:
        emit = await toy.events()
        await emit("id: 1\nretry: 10\ndata:\n\n")
        await asyncio.wait_for(toy.poked.wait(), 5)
        for number in (1, 2):
            await emit({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {"n": number}})
        await asyncio.sleep(5)

    async def poke(toy: Toy, message: Any) -> None:
        toy.poked.set()
        await toy.json(result(message))

    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(LATEST, "s")
        async with session.stream(last_event_id="7") as stream:
            assert (stream.opening.status, stream.opening.media_type) == (200, "text/event-stream")
            await session.request("poke")
            found = await stream.collect(until="notifications/tools/list_changed", timeout=5)
            assert found.outcome is Outcome.ANSWERED
            again = await stream.collect(timeout=0.2)
            numbers = [item["params"]["n"] for exchange in (found, again) for item in exchange.notifications()]
            assert numbers == [1, 2]
            assert found.events[0].id == "1"
            nothing = await stream.collect(until="notifications/never", timeout=0.1)
            assert (nothing.outcome, nothing.messages) == (Outcome.SILENT, ())

    toy = Toy(get=listen, poke=poke)
    with serving(toy) as url:
        talk(url, conversation)
    headers = next(headers for verb, headers, _ in toy.requests if verb == "GET")
    assert (headers["accept"], headers["last-event-id"]) == ("text/event-stream", "7")
    assert headers["mcp-session-id"] == "s-1"


def test_a_get_that_is_refused_opens_no_stream() -> None:
    async def refuse(toy: Toy, message: Any) -> None:
        await toy.json({"error": "no"}, status=405)

    async def conversation(connector: HttpConnector) -> None:
        session = await connector.unopened(LATEST, "s")
        async with session.stream() as stream:
            assert (stream.opening.status, stream.opening.messages) == (405, ({"error": "no"},))
            assert (await stream.collect(until="x", timeout=5)).outcome is Outcome.CLOSED

    with serving(Toy(get=refuse)) as url:
        talk(url, conversation)


def test_headers_can_be_changed_added_and_removed() -> None:
    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(LATEST, "s")
        await session.request("ping", headers={"Accept": None, "Mcp-Session-Id": "other", "Host": "attacker.example"})
        await connector.http(
            LATEST, "s", "POST", headers={"Origin": "http://attacker.example"}, body=b"{}", path="/x?y"
        )

    toy = Toy()
    with serving(toy) as url:
        exchanges = talk(url, conversation, headers=(("X-Key", "secret-value"),))
    _, changed, _ = toy.requests[2]
    assert "accept" not in changed
    assert (changed["mcp-session-id"], changed["host"]) == ("other", "attacker.example")
    _, bare, _ = toy.requests[3]
    assert set(bare) == {"host", "user-agent", "accept-encoding", "content-length", "origin", "x-key"}
    assert exchanges[3].sent.path == "/x?y"
    assert all(headers["x-key"] == "secret-value" for _, headers, _ in toy.requests)
    assert "secret-value" not in repr(exchanges)


def test_credentials_in_the_url_become_a_header_and_are_not_recorded() -> None:
    async def conversation(connector: HttpConnector) -> None:
        assert "pa55" not in connector.url
        await (await connector.unopened(LATEST, "s")).request("ping")

    toy = Toy()
    with serving(toy) as url:
        exchanges = talk(url.replace("//", "//user:pa55@") + "/mcp?key=hidden", conversation)
    assert toy.requests[0][1]["authorization"] == "Basic dXNlcjpwYTU1"
    assert exchanges[0].sent.path == "/mcp?…"
    assert not any(secret in repr(exchanges) for secret in ("pa55", "dXNlcjpwYTU1", "hidden"))


@pytest.mark.parametrize(
    ("message", "rpc_id"), [({"jsonrpc": "2.0", "id": None, "method": "ping"}, None), ([1], None), ("text", None)]
)
def test_any_value_can_be_sent_and_an_error_without_id_answers_it(message: Any, rpc_id: None) -> None:
    async def complain(toy: Toy, _: Any) -> None:
        emit = await toy.events()
        await emit({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no"}})
        await asyncio.sleep(5)

    class Complainer(Toy):
        async def respond(self, verb: str, message: Any) -> None:
            await complain(self, message)

    async def conversation(connector: HttpConnector) -> None:
        exchange = await (await connector.unopened(LATEST, "s")).send(message)
        assert exchange.error_code == -32600
        assert exchange.sent.rpc_id is rpc_id

    toy = Complainer()
    with serving(toy) as url:
        talk(url, conversation)
    assert toy.requests[0][2] == message


def test_a_batch_is_answered_when_each_of_its_requests_is() -> None:
    class Batcher(Toy):
        async def respond(self, verb: str, message: Any) -> None:
            emit = await self.events()
            for item in message:
                await emit(result(item))
            await asyncio.sleep(5)

    async def conversation(connector: HttpConnector) -> None:
        batch = [{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in (1, "1")]
        exchange = await (await connector.unopened(LATEST, "s")).send(batch)
        assert [item["id"] for item in exchange.responses] == [1, "1"]

    with serving(Batcher()) as url:
        talk(url, conversation)


def test_the_stateless_era_sends_context_and_standard_headers_and_opens_nothing() -> None:
    schema = {
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "deep": {"type": "object", "properties": {"on": {"type": "boolean", "x-mcp-header": "On"}}},
        },
    }

    async def conversation(connector: HttpConnector) -> None:
        connector.learn_tools([{"name": "grün", "inputSchema": schema}])
        session = await connector.open(STATELESS, "s")
        assert (session.usable, session.opening, session.session_id) == (True, None, None)
        await session.request("tools/call", {"name": "grün", "arguments": {"region": " x", "deep": {"on": True}}})
        await session.request("resources/read", {"uri": "file:///a"}, meta={"a": 1})
        assert await session.close() is None

    toy = Toy()
    with serving(toy) as url:
        talk(url, conversation)
    (_, call, message), (_, read, second) = toy.requests
    assert call["mcp-protocol-version"] == "2026-07-28"
    assert (call["mcp-method"], call["mcp-name"]) == ("tools/call", "=?base64?Z3LDvG4=?=")
    assert (call["mcp-param-region"], call["mcp-param-on"]) == ("=?base64?IHg=?=", "true")
    assert message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert read["mcp-name"] == "file:///a"
    assert second["params"]["_meta"]["a"] == 1


def test_a_bare_request_reads_redirects_pages_and_legacy_streams() -> None:
    class Site(Toy):
        async def respond(self, verb: str, message: Any) -> None:
            if verb == "GET":
                emit = await self.events()
                await emit("event: endpoint\ndata: /messages?id=1\n\n")
                await asyncio.sleep(5)
            elif verb == "PUT":
                await self.start(307, (b"location", b"/loop"))
                await self.end()
            else:
                await self.start(200, (b"content-type", b"text/html"))
                await self.end(b"<html>\xff</html>")

    async def conversation(connector: HttpConnector) -> None:
        legacy = await connector.http(LATEST, "s", "GET")
        assert [event.event for event in legacy.events] == ["endpoint"]
        assert legacy.outcome is Outcome.ANSWERED
        assert (await connector.http(LATEST, "s", "PUT")).header("location") == "/loop"
        page = await connector.http(LATEST, "s", "POST", body=b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
        assert (page.media_type, page.messages, page.body) == ("text/html", (), "<html>\ufffd</html>")

    with serving(Site()) as url:
        talk(url, conversation)


def test_the_bytes_of_a_correct_request_are_accepted_when_sent_raw() -> None:
    async def pong(toy: Toy, message: Any) -> None:
        await toy.json(result(message))

    async def conversation(connector: HttpConnector) -> None:
        message = {"jsonrpc": "2.0", "id": 9, "method": "ping"}
        data = connector.http_request_bytes(message, headers={"X-A": "b", "User-Agent": None}, revision=STATELESS)
        exchange = await connector.raw(STATELESS, "s", data)
        assert (exchange.ok, exchange.sent.verb, exchange.sent.rpc_id) == (True, "BYTES", 9)
        assert (await connector.raw(STATELESS, "s", data.replace(b"HTTP/1.1", b"HTTP/9.9"))).status == 400

    toy = Toy(ping=pong)
    with serving(toy) as url:
        talk(url + "/mcp", conversation)
    _, headers, _ = toy.requests[0]
    assert set(headers) == {
        "host", "accept-encoding", "accept", "content-type", "content-length", "connection", "mcp-method",
        "mcp-protocol-version", "x-a",
    }  # fmt: skip


def test_a_response_that_never_comes_leaves_nothing_running_when_the_caller_gives_up() -> None:
    async def stall(toy: Toy, message: Any) -> None:
        emit = await toy.events()
        await emit({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        await asyncio.sleep(5)

    async def conversation(connector: HttpConnector) -> None:
        session = await connector.unopened(LATEST, "s")
        before = asyncio.all_tasks()
        with anyio.move_on_after(0.2):
            await session.request("stall")
        with anyio.move_on_after(0.2):
            async with session.stream() as stream:
                await stream.collect(timeout=60)
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == before

    with serving(Toy(stall=stall, get=stall)) as url:
        talk(url, conversation)


def test_what_http_cannot_do_is_our_fault() -> None:
    async def conversation(connector: HttpConnector) -> None:
        for path in ("", "x", "@attacker.example/", ".attacker.example", "/\n"):
            with pytest.raises(HarnessError):
                await connector.http(LATEST, "s", "GET", path=path)
        with pytest.raises(HarnessError):
            await (await connector.unopened(LATEST, "s")).shutdown()

    assert talk("http://127.0.0.1:1/", conversation) == ()


def test_a_deeply_nested_message_is_kept_as_text_only() -> None:
    class Deep(Toy):
        async def respond(self, verb: str, message: Any) -> None:
            await self.start(200, (b"content-type", b"application/json"))
            await self.end(b"[" * message + b"]" * message)

    async def conversation(connector: HttpConnector) -> None:
        session = await connector.unopened(LATEST, "s")
        assert len((await session.send(64)).messages) == 1
        assert (await session.send(65)).messages == ()
        assert (await session.send(90_000)).messages == ()

    with serving(Deep()) as url:
        talk(url, conversation)
