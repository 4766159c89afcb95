import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import anyio
import pytest
from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.model import JsonObject, StdioTarget
from mcp_audit_harness.probe import Session
from mcp_audit_harness.session.live import LiveProbe
from mcp_audit_harness.session.pool import SessionPool
from mcp_audit_harness.transport.memory import MemoryTarget, SendLine

from tests.line_servers import (
    CLEAN_CHILD,
    HANDSHAKE,
    STATELESS,
    child,
    connector,
    error,
    probe,
    server,
    untapped,
)

pytestmark = pytest.mark.anyio


class Counting:
    """A clean server that counts how often it is initialized; `die` makes it fall silent."""

    def __init__(self) -> None:
        self.opened = 0

    async def __call__(self, message: JsonObject, send: SendLine) -> bool:
        self.opened += message.get("method") == "initialize"
        return False


def counted() -> tuple[MemoryTarget, Counting]:
    count = Counting()
    return server(count), count


async def refuse(message: JsonObject, send: SendLine) -> bool:
    await send(error(message.get("id"), -32602))
    return True


async def test_scenarios_share_one_conversation_one_after_the_other() -> None:
    target, count = counted()
    transcript = untapped()
    way = connector(target, transcript=transcript)
    async with SessionPool(way) as pool:
        for scenario in ("a.first", "a.second"):
            async with probe(way, pool, transcript, scenario=scenario) as live:
                assert (await live.request("echo")).ok
                assert (await live.request("echo")).scenario == scenario
    assert count.opened == 1
    assert all(session.closed for session in way._sessions)


async def test_a_conversation_is_opened_only_when_it_is_used() -> None:
    target, count = counted()
    transcript = untapped()
    way = connector(target, transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript):
        pass
    assert count.opened == 0
    assert transcript.exchanges == ()


async def test_a_conversation_that_has_ended_is_opened_anew() -> None:
    way = connector(child(CLEAN_CHILD))
    async with SessionPool(way) as pool:
        async with pool.acquire(HANDSHAKE, "a.first") as first:
            await first.close()
        async with pool.acquire(HANDSHAKE, "a.second") as second:
            assert second is not first
            assert second.usable


async def test_a_conversation_that_died_while_idle_is_opened_anew() -> None:
    way = connector(child(CLEAN_CHILD))
    async with SessionPool(way) as pool:
        async with pool.acquire(HANDSHAKE, "a.first") as first:
            pass
        os.kill(first._channel.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        await asyncio.wait([first._reader])  # type: ignore[attr-defined]
        async with pool.acquire(HANDSHAKE, "a.second") as second:
            assert (await second.request("ping")).ok


async def test_an_interrupted_conversation_is_not_used_again() -> None:
    target, count = counted()
    way = connector(target)
    async with SessionPool(way) as pool:
        with anyio.move_on_after(60) as scope:
            async with pool.acquire(HANDSHAKE, "a.first") as first:
                scope.cancel()
                await anyio.Event().wait()
        assert not first.usable
        async with pool.acquire(HANDSHAKE, "a.second"):
            assert count.opened == 2


async def test_who_would_wait_too_long_gets_a_conversation_of_its_own() -> None:
    way = connector(server())
    async with SessionPool(way, patience=0) as pool:
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(pool.acquire(HANDSHAKE, "a.first"))
            second = await stack.enter_async_context(pool.acquire(HANDSHAKE, "a.second"))
            assert first is not second
        assert first.usable
        assert not second.usable


async def test_each_revision_has_a_conversation_of_its_own() -> None:
    way = connector(server())
    async with (
        SessionPool(way) as pool,
        pool.acquire(HANDSHAKE, "a.first") as one,
        pool.acquire(STATELESS, "a.first") as other,
    ):
        assert (one.revision, other.revision) == (HANDSHAKE, STATELESS)


async def test_a_refusal_makes_the_scenario_unobservable_with_the_opening_as_evidence() -> None:
    transcript = untapped()
    way = connector(server(refuse), transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live:
        with pytest.raises(Unobservable, match=r"refuses initialize \(error -32602\)") as caught:
            await live.request("echo")
    assert caught.value.evidence == (transcript.exchanges[0],)


async def test_a_target_that_ends_at_once_makes_the_scenario_unobservable() -> None:
    transcript = untapped()
    way = connector(child("import sys; sys.exit('needs a key')"), transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live:
        with pytest.raises(Unobservable, match=r"closed: exit code 1; stderr: needs a key"):
            await live.request("echo")


async def enter(context: AbstractAsyncContextManager[Session]) -> None:
    async with context:
        pass


@pytest.mark.parametrize(
    "use",
    [
        lambda live: live.request("echo"),
        lambda live: live.initialize(),
        lambda live: enter(live.session()),
        lambda live: enter(live.unopened()),
    ],
)
async def test_a_command_that_cannot_be_started_makes_the_scenario_unobservable(
    use: Callable[[LiveProbe], Awaitable[object]],
) -> None:
    transcript = untapped()
    way = connector(StdioTarget(("no-such-command-here",)), transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live:
        with pytest.raises(Unobservable, match="not found"):
            await use(live)


async def test_initialize_takes_a_fresh_connection_and_drops_it() -> None:
    target, count = counted()
    transcript = untapped()
    way = connector(target, transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live:
        offered = await live.initialize(protocol_version="1999-01-01")
        bare = await live.initialize(params={"protocolVersion": "x"})
        assert all(session.closed for session in way._sessions)
    assert count.opened == 2
    assert offered.result is not None
    assert offered.result["protocolVersion"] == "1999-01-01"
    assert '"params":{"protocolVersion":"x"}' in bare.sent.body


async def test_a_session_of_its_own_can_leave_out_initialized() -> None:
    seen: list[object] = []

    async def note(message: JsonObject, send: SendLine) -> bool:
        seen.append(message.get("method"))
        return False

    transcript = untapped()
    way = connector(server(note), transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live:
        async with live.session(initialized=False, capabilities={}) as session:
            usable = [session.usable]
        usable.append(session.usable)
    assert usable == [True, False]
    assert seen == ["initialize"]


async def test_a_refused_session_is_handed_out_unusable() -> None:
    transcript = untapped()
    way = connector(server(refuse), transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live, live.session() as session:
        assert not session.usable
        assert session.opening is not None


async def test_an_unopened_session_has_no_handshake() -> None:
    target, count = counted()
    transcript = untapped()
    way = connector(target, transcript=transcript)
    async with SessionPool(way) as pool, probe(way, pool, transcript) as live, live.unopened() as session:
        assert (await session.request("echo")).ok
        assert session.opening is None
        assert not session.usable
    assert count.opened == 0


async def test_cancelling_a_scenario_ends_the_processes_that_it_started() -> None:
    transcript = untapped()
    way = connector(child(CLEAN_CHILD), transcript=transcript)
    async with SessionPool(way) as pool:
        with anyio.move_on_after(60) as scope:
            async with probe(way, pool, transcript) as live, live.session():
                await live.request("ping")
                scope.cancel()
                await anyio.Event().wait()
        codes = [session._channel.exit_code for session in way._sessions]
        assert codes == [0, 0]


async def test_the_transcript_is_what_was_recorded_before_the_scenario() -> None:
    transcript = untapped()
    way = connector(server(), transcript=transcript)
    async with SessionPool(way) as pool:
        async with probe(way, pool, transcript) as live:
            await live.request("echo")
            assert live.transcript == ()
        async with probe(way, pool, transcript, revision=STATELESS) as other:
            assert other.transcript == ()
        async with probe(way, pool, transcript) as later:
            assert later.transcript == transcript.exchanges[:3]


async def test_only_tools_with_consent_are_callable() -> None:
    transcript = untapped()
    way = connector(server(), transcript=transcript)
    tools: tuple[JsonObject, ...] = ({"name": "allowed"}, {"name": "other"})
    async with SessionPool(way) as pool, probe(way, pool, transcript, *tools) as live:
        assert live.offer.tools == tools
        assert live.callable_tools() == ({"name": "allowed"},)


async def test_random_numbers_follow_from_seed_scenario_and_revision() -> None:
    transcript = untapped()
    way = connector(server(), transcript=transcript)
    pool = SessionPool(way)

    def number(**options: object) -> float:
        return probe(way, pool, transcript, **options).rng.random()  # type: ignore[arg-type]

    assert number() == number()
    others = [number(), number(seed=8), number(scenario="a.b"), number(revision=STATELESS)]
    assert len(set(others)) == 4
