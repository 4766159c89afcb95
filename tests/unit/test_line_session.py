import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_audit_harness.errors import HarnessError, TargetError
from mcp_audit_harness.model import JsonObject, Outcome, Revision, StdioTarget
from mcp_audit_harness.session.line_session import LineSession
from mcp_audit_harness.transport.memory import MemoryTarget, ReceiveLine, SendLine

from tests.line_servers import (
    CLEAN_CHILD,
    HANDSHAKE,
    STATELESS,
    child,
    connector,
    encode,
    error,
    reply_to,
    result,
    server,
    silent_but,
    untapped,
)

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(
    target: MemoryTarget | StdioTarget, revision: Revision = HANDSHAKE, **bounds: Any
) -> AsyncIterator[LineSession]:
    way = connector(target, **bounds)
    try:
        yield await way.open(revision, "toy.scenario")
    finally:
        await way.aclose()


async def test_a_conversation_is_opened_by_the_handshake() -> None:
    async with opened(server()) as session:
        assert session.opening is not None
        assert session.opening.result is not None
        assert session.opening.result["serverInfo"]["name"] == "toy"
        assert session.usable


async def test_a_stateless_conversation_opens_nothing_and_carries_its_context() -> None:
    async with opened(server(), STATELESS) as session:
        assert session.opening is None
        assert session.usable
        exchange = await session.request("echo", {"a": 1})
        assert exchange.result is not None
        assert exchange.result["echo"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"


async def test_a_refused_handshake_leaves_a_session_that_is_not_usable() -> None:
    async def refuse(message: JsonObject, send: SendLine) -> bool:
        await send(error(message["id"], -32602))
        return True

    async with opened(server(refuse)) as session:
        assert not session.usable
        assert session.opening is not None
        assert session.opening.error_code == -32602


async def test_a_request_is_answered_and_recorded() -> None:
    transcript = untapped()
    way = connector(server(), transcript=transcript)
    session = await way.open(HANDSHAKE, "first")
    session.scenario = "second"
    exchange = await session.request("echo", {"a": 1}, rpc_id="mine")
    await way.aclose()
    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.result == {"echo": {"a": 1}}
    assert (exchange.sent.verb, exchange.sent.method, exchange.sent.rpc_id) == ("LINE", "echo", "mine")
    assert json.loads(exchange.body) == exchange.messages[0]
    assert exchange in transcript.exchanges
    assert [item.scenario for item in transcript.exchanges] == ["first", "first", "second", "second"]


async def test_concurrent_requests_get_their_own_answers_out_of_order() -> None:
    waiting: list[JsonObject] = []

    async def reverse(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") != "echo":
            return False
        waiting.append(message)
        if len(waiting) == 5:
            for held in reversed(waiting):
                await send(reply_to(held) or b"")
        return True

    found: dict[int, object] = {}

    async def ask(session: LineSession, number: int) -> None:
        found[number] = (await session.request("echo", {"n": number})).result

    async with opened(server(reverse)) as session, anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(ask, session, number)
    assert found == {number: {"echo": {"n": number}} for number in range(5)}


async def test_a_notification_is_followed_by_a_control_that_stays_out_of_the_messages() -> None:
    async with opened(server()) as session:
        exchange = await session.notify("notifications/anything")
        assert (exchange.outcome, exchange.note, exchange.messages) == (Outcome.ANSWERED, "control answered", ())


@pytest.mark.parametrize(("revision", "control"), [(HANDSHAKE, "ping"), (STATELESS, "server/discover")])
async def test_the_control_is_what_the_era_allows(revision: Revision, control: str) -> None:
    asked: list[str] = []

    async def note(message: JsonObject, send: SendLine) -> bool:
        asked.append(message["method"])
        return False

    way = connector(server(note))
    session = await way.unopened(revision, "toy.scenario")
    await session.notify("notifications/anything")
    await way.aclose()
    assert asked == ["notifications/anything", control]


async def test_the_error_for_malformed_bytes_belongs_to_their_exchange() -> None:
    async with opened(server()) as session:
        exchange = await session.send_bytes(b"{nonsense")
        assert exchange.error_code == -32700
        assert exchange.note == "control answered"


async def test_an_error_without_id_may_come_just_after_the_answer_to_the_control() -> None:
    async def late(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "ping":
            await send(result(message, {}))
            await send(error(None, -32600))
            return True
        return message.get("method") == 5

    async with opened(server(late), settle_s=5.0) as session:
        exchange = await session.send({"jsonrpc": "2.0", "id": None, "method": 5})
        assert exchange.error_code == -32600


async def test_a_message_without_method_gets_the_answer_that_names_its_id() -> None:
    async def name(message: JsonObject, send: SendLine) -> bool:
        if message.get("id") != 7:
            return False
        await send(error(7, -32600))
        return True

    async with opened(server(name)) as session:
        assert (await session.send({"jsonrpc": "2.0", "id": 7})).error_code == -32600


async def test_an_error_without_id_ends_the_wait_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_audit_harness.session.line_session._LATE_S", 0.01)

    async def confused(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            await send(error(None, -32600))
        return message.get("method") == "echo"

    async with opened(server(confused), probe_timeout_s=60) as session:
        exchange = await session.request("echo")
        assert (exchange.outcome, exchange.error_code) == (Outcome.ANSWERED, -32600)


async def test_an_error_without_id_does_not_hide_the_answer_that_follows() -> None:
    async def both(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            await send(error(None, -32600))
        return False

    async with opened(server(both)) as session:
        assert (await session.request("echo")).ok


async def test_an_answer_whose_id_changed_its_type_ends_the_wait_but_is_no_reply() -> None:
    async def stringly(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            await send(result({"id": str(message["id"])}, {}))
        return message.get("method") == "echo"

    async with opened(server(stringly), probe_timeout_s=60) as session:
        exchange = await session.request("echo")
        assert exchange.outcome is Outcome.ANSWERED
        assert exchange.reply is None
        assert exchange.answered


async def test_silence_is_an_outcome() -> None:
    async def deaf(message: JsonObject, send: SendLine) -> bool:
        return message.get("method") == "echo"

    async with opened(server(deaf)) as session:
        exchange = await session.request("echo", timeout=0.05)
        assert (exchange.outcome, exchange.answered) == (Outcome.SILENT, False)


async def test_without_a_control_the_deadline_ends_the_exchange() -> None:
    async with opened(server()) as session:
        exchange = await session.send({"jsonrpc": "2.0", "method": "notifications/x"}, timeout=0.05, control=False)
        assert (exchange.outcome, exchange.note) == (Outcome.SILENT, "")


async def test_a_late_answer_is_not_taken_for_the_answer_to_the_next_request() -> None:
    held: list[JsonObject] = []

    async def tardy(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "slow":
            held.append(message)
            return True
        if held:
            await send(result(held.pop(), {"late": True}))
        return False

    transcript = untapped()
    way = connector(server(tardy), transcript=transcript)
    session = await way.open(HANDSHAKE, "toy.scenario")
    assert (await session.request("slow", timeout=0.05)).outcome is Outcome.SILENT
    exchange = await session.request("echo")
    await session.request("echo")
    await way.aclose()
    assert len(exchange.messages) == 1
    late = [item for item in transcript.exchanges if item.note == "arrived when nothing was asked"]
    assert [item.messages[0]["result"] for item in late] == [{"late": True}]


async def test_requests_of_the_server_are_answered_at_once_and_kept() -> None:
    async def curious(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            await send(encode({"jsonrpc": "2.0", "id": "q", "method": "roots/list"}))
            curious_about.append(message)
            return True
        if message.get("id") == "q":
            await send(result(curious_about.pop(), {"roots": message["result"]["roots"]}))
            return True
        return False

    curious_about: list[JsonObject] = []
    async with opened(server(curious)) as session:
        exchange = await session.request("echo")
        assert exchange.result is not None
        assert exchange.result["roots"][0]["uri"].startswith("file://")
        assert [item["method"] for item in exchange.server_requests] == ["roots/list"]


async def test_a_scenario_says_what_the_server_is_told_when_it_asks() -> None:
    async def curious(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            held.append(message)
            await send(
                encode({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": {"message": "?"}})
            )
            return True
        if message.get("id") == "q":
            await send(result(held.pop(), message["result"]))
            return True
        return False

    def accept(asked: JsonObject) -> JsonObject:
        return {"action": "accept", "content": {"echo": asked["params"]["message"]}}

    held: list[JsonObject] = []
    way = connector(server(curious))
    try:
        session = await way.open(HANDSHAKE, "toy.scenario", answers=accept)
        assert (await session.request("echo")).result == {"action": "accept", "content": {"echo": "?"}}
    finally:
        await way.aclose()


async def test_a_stateless_server_that_asks_is_recorded_and_gets_no_answer() -> None:
    replies: list[JsonObject] = []

    async def curious(message: JsonObject, send: SendLine) -> bool:
        if "method" not in message:
            replies.append(message)
        elif message["method"] == "echo":
            await send(encode({"jsonrpc": "2.0", "id": "q", "method": "roots/list"}))
        return False

    async with opened(server(curious), STATELESS) as session:
        exchange = await session.request("echo")
        await session.request("echo")
        assert "server sends a request while the connection is ready" in exchange.note
    assert replies == []


async def test_progress_lands_on_the_request_that_asked_for_it() -> None:
    async def progress(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "slow":
            return True
        if message.get("method") == "echo":
            note = {"progressToken": "t", "progress": 1}
            await send(encode({"jsonrpc": "2.0", "method": "notifications/progress", "params": note}))
            await send(result(message, {}))
            await send(result({"id": "s"}, {}))
            return True
        return False

    seen: dict[str, int] = {}

    async def ask(session: LineSession, method: str, rpc_id: str, meta: JsonObject) -> None:
        exchange = await session.request(method, rpc_id=rpc_id, meta=meta)
        seen[method] = len(exchange.notifications("notifications/progress"))

    async with opened(server(progress)) as session, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, session, "slow", "s", {"progressToken": "other"})
        tasks.start_soon(ask, session, "echo", "e", {"progressToken": "t"})
    assert seen == {"slow": 0, "echo": 1}


async def test_lines_that_are_no_json_are_strays_and_never_fatal() -> None:
    async def chatty(message: JsonObject, send: SendLine) -> bool:
        await send(b"Listening ...")
        await send(b"\xff\xfe")
        await send(b"")
        return False

    async with opened(server(chatty)) as session:
        exchange = await session.request("echo")
        assert exchange.ok
        assert exchange.strays == ("Listening ...", "\ufffd\ufffd", "")


async def test_a_banner_belongs_to_the_first_exchange() -> None:
    async def serve(receive: ReceiveLine, send: SendLine) -> None:
        await send(b"Welcome")
        while (line := await receive()) is not None:
            answer = reply_to(json.loads(line))
            if answer is not None:
                await send(answer)

    way = connector(MemoryTarget(serve))
    session = await way.unopened(STATELESS, "toy.scenario")
    while not session._board.backlog.strays:
        await anyio.lowlevel.checkpoint()
    exchange = await session.request("echo")
    await way.aclose()
    assert exchange.strays == ("Welcome",)


async def test_a_line_over_the_bound_ends_the_exchange_as_too_large() -> None:
    async def vast(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            await send(result(message, {"vast": "x" * 5000}))
        return message.get("method") == "echo"

    async with opened(server(vast), line_bytes=2000) as session:
        exchange = await session.request("echo")
        assert exchange.outcome is Outcome.TOO_LARGE
        assert "2000 bytes" in exchange.note
        assert (await session.request("ping")).ok


@pytest.mark.parametrize("bounds", [{"events": 10}, {"body_bytes": 1000}])
async def test_too_many_messages_end_the_exchange_as_too_large(bounds: dict[str, Any]) -> None:
    async def flood(message: JsonObject, send: SendLine) -> bool:
        if message.get("method") == "echo":
            for _ in range(50):
                await send(encode({"jsonrpc": "2.0", "method": "notifications/message"}))
        return False

    async with opened(server(flood), **bounds) as session:
        exchange = await session.request("echo")
        assert exchange.outcome is Outcome.TOO_LARGE
        assert len(exchange.messages) < 50
        assert (await session.request("ping")).ok


async def test_messages_nested_too_deeply_are_strays() -> None:
    async with opened(silent_but(b"[" * 100 + b"]" * 100), STATELESS) as session:
        exchange = await session.request("echo", timeout=0.05)
        assert len(exchange.strays) == 1


async def test_a_target_that_ends_gives_closed_with_its_exit_code() -> None:
    source = CLEAN_CHILD.replace('"id" not in message', 'message.get("method") == "die"').replace(
        "        continue", '        sys.stderr.write("Traceback\\nBoom: it broke\\n"); sys.exit(9)'
    )
    source = source.replace('"id": message["id"]', '"id": message.get("id")')
    async with opened(child(source)) as session:
        exchange = await session.request("die")
        assert exchange.outcome is Outcome.CLOSED
        assert exchange.note == "exit code 9; stderr: Boom: it broke"
        assert not session.usable
        again = await session.request("ping")
        assert (again.outcome, again.note) == (Outcome.CLOSED, exchange.note)


async def test_closing_says_how_the_target_ended_and_happens_once() -> None:
    async with opened(child(CLEAN_CHILD)) as session:
        closed = await session.close()
        assert closed is not None
        assert (closed.outcome, closed.sent.verb) == (Outcome.ANSWERED, "EOF")
        assert "exit code 0" in closed.note
        assert await session.close() is None
        assert (await session.request("ping")).outcome is Outcome.CLOSED


async def test_a_shutdown_tells_what_was_needed() -> None:
    async with opened(child(CLEAN_CHILD + "\nprint('bye', flush=True)\nimport time; time.sleep(600)")) as session:
        shutdown = await session.shutdown(grace=0.5)
        assert (shutdown.exited, shutdown.signal) == (False, "SIGTERM")
        assert shutdown.exchange.strays == ("bye",)
        assert shutdown.exchange.outcome is Outcome.SILENT


async def test_the_shutdown_of_a_target_that_had_ended_is_not_its_own_doing() -> None:
    async with opened(child("pass"), STATELESS) as session:
        assert (await session.request("ping")).outcome is Outcome.CLOSED
        shutdown = await session.shutdown()
        assert not shutdown.exited
        assert shutdown.exchange.outcome is Outcome.CLOSED


async def test_an_interrupted_probe_is_recorded_as_such() -> None:
    async def deaf(message: JsonObject, send: SendLine) -> bool:
        return message.get("method") == "echo"

    transcript = untapped()
    way = connector(server(deaf), transcript=transcript, probe_timeout_s=60)
    session = await way.open(HANDSHAKE, "toy.scenario")
    with anyio.move_on_after(0.02):
        await session.request("echo")
    await way.aclose()
    assert [item.note for item in transcript.exchanges if item.sent.method == "echo"] == ["the probe was interrupted"]


async def test_an_interrupted_handshake_leaves_no_session_behind() -> None:
    way = connector(child("import time; time.sleep(600)"), probe_timeout_s=60)
    with anyio.move_on_after(0.02):
        await way.open(HANDSHAKE, "toy.scenario")
    assert all(session.closed for session in way._sessions)
    await way.aclose()


async def test_a_subscription_yields_what_lands_for_it_and_is_cancelled() -> None:
    cancelled: list[object] = []

    async def subscribe(message: JsonObject, send: SendLine) -> bool:
        method = message.get("method")
        if method == "subscriptions/listen":
            subscribed.append(message["id"])
            await tell("notifications/subscriptions/acknowledged", send)
            return True
        if method == "notifications/cancelled":
            cancelled.append(message["params"]["requestId"])
        if method == "echo":
            await tell("notifications/tools/list_changed", send)
        return False

    async def tell(method: str, send: SendLine) -> None:
        meta = {"io.modelcontextprotocol/subscriptionId": subscribed[0]}
        await send(encode({"jsonrpc": "2.0", "method": method, "params": {"_meta": meta}}))

    subscribed: list[object] = []
    async with opened(server(subscribe), STATELESS) as session:
        async with session.listen({"notifications": {}}) as stream:
            assert [item["method"] for item in stream.opening.objects] == ["notifications/subscriptions/acknowledged"]
            assert (await session.request("echo")).notifications() == ()
            changed = await stream.collect(until="notifications/tools/list_changed", timeout=5)
            assert changed.outcome is Outcome.ANSWERED
            assert len(changed.notifications("notifications/tools/list_changed")) == 1
            nothing = await stream.collect(timeout=0)
            assert (nothing.outcome, nothing.messages) == (Outcome.SILENT, ())
        assert cancelled == subscribed


async def test_a_subscription_on_a_target_that_ends_is_closed() -> None:
    async with opened(child("pass"), STATELESS) as session, session.listen({}) as stream:
        assert stream.opening.outcome is Outcome.CLOSED
        assert (await stream.collect(until="x", timeout=60)).outcome is Outcome.CLOSED


async def test_http_is_not_to_be_had_over_lines() -> None:
    way = connector(server())
    session = await way.unopened(HANDSHAKE, "toy.scenario")
    with pytest.raises(HarnessError):
        await session.http("GET")
    with pytest.raises(HarnessError):
        session.stream()
    with pytest.raises(HarnessError):
        await way.http(HANDSHAKE, "toy.scenario", "GET")
    with pytest.raises(HarnessError):
        await way.raw(HANDSHAKE, "toy.scenario", b"")
    with pytest.raises(HarnessError):
        way.http_request_bytes({})
    with pytest.raises(HarnessError):
        _ = way.url
    await way.aclose()


async def test_a_command_that_is_not_there_cannot_be_opened() -> None:
    with pytest.raises(TargetError, match="not found"):
        await connector(StdioTarget(("no-such-command-here",))).open(HANDSHAKE, "toy.scenario")


NOISE = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "_meta", "progressToken"]),
                    inner,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(noise=NOISE, revision=st.sampled_from([HANDSHAKE, STATELESS]))
def test_nothing_that_a_target_writes_raises(noise: list[bytes], revision: Revision) -> None:
    async def noisy(message: JsonObject, send: SendLine) -> bool:
        for line in noise:
            await send(line)
        return False

    async def converse() -> None:
        async with opened(server(noisy), revision, settle_s=0.0, probe_timeout_s=0.2) as session:
            exchanges = [
                await session.request("echo"),
                await session.notify("notifications/x"),
                await session.send_bytes(b"\xff"),
            ]
            assert all(item.outcome in {Outcome.ANSWERED, Outcome.SILENT} for item in exchanges)
            closed = await session.close()
            assert closed is not None

    anyio.run(converse)
