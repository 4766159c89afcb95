"""What it means when no answer comes: by what the session, and then the target, answers afterwards."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Exchange, Outcome, Revision, Transport
from mcp_audit_harness.probe import Probe
from mcp_audit_scenarios.fuzz import conversations
from mcp_audit_scenarios.fuzz.argument_cases import ArgumentCase
from mcp_audit_scenarios.fuzz.conversations import Conversation
from mcp_audit_scenarios.fuzz.operations import Operation, tool_operation
from mcp_audit_scenarios.fuzz.playing import Ended, Player

from tests.exchanges import exchange

pytestmark = pytest.mark.anyio

DONE = {"content": [{"type": "text", "text": "Done."}]}


@dataclass
class Target:
    """A target in memory: `deadly` says which arguments are not answered, and how; it may die of that."""

    outcome: Outcome = Outcome.CLOSED
    ends_session: bool = False
    ends_all: bool = False
    transport: Transport = Transport.HTTP
    revision: Revision = Revision.V2025_11_25
    opened: int = 0
    dead: bool = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator["Talk"]:
        if self.dead:
            raise Unobservable("nothing answers")
        self.opened += 1
        yield Talk(self)


@dataclass
class Talk:
    """One session of it."""

    target: Target
    session_id: str | None = None
    usable: bool = True
    stuck: bool = False
    asked: list[str] = field(default_factory=list)

    async def request(self, method: str, params: Any = None, **_: Any) -> Exchange:
        self.asked.append(method)
        about: dict[str, Any] = {"method": method, "transport": self.target.transport}
        deadly = method == "tools/call" and params["arguments"].get("n", 0) > 5
        if self.stuck or self.target.dead or deadly:
            self.stuck = self.stuck or (deadly and self.target.ends_session)
            self.usable = not (self.stuck and self.target.transport is Transport.STDIO)
            self.target.dead = self.target.dead or self.target.ends_all
            return exchange(outcome=self.target.outcome, messages=(), **about)
        return exchange(result=DONE if method == "tools/call" else {}, **about)


def player(target: Target) -> Player:
    listed = {"name": "add", "inputSchema": {"type": "object"}}
    operation = cast("Operation", tool_operation(listed))
    probe = cast("Probe", target)
    return Player(probe, operation, Conversation(probe), Ended())


def case(n: int, *, valid: bool = True) -> ArgumentCase:
    return ArgumentCase({"n": n}, valid)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "_RETURNS_S", (0.0, 0.0))


async def test_a_call_that_is_answered_is_no_flaw() -> None:
    assert await player(Target()).play(case(1)) == []


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        (lambda: Target(Outcome.CLOSED), "closes"),
        (lambda: Target(Outcome.RESET), "closes"),
        (lambda: Target(Outcome.CLOSED, ends_session=True, transport=Transport.STDIO), "exits"),
        (lambda: Target(Outcome.SILENT, ends_session=True), "hangs"),
        (lambda: Target(Outcome.CLOSED, ends_all=True), "gone"),
        (lambda: Target(Outcome.SILENT, ends_all=True), "gone"),
    ],
)
async def test_a_call_that_ends_something_is_a_flaw(target: Callable[[], Target], cause: str) -> None:
    found = await player(target()).play(case(6))
    assert [(flaw.oracle, flaw.cause) for flaw in found] == [("fuzz/stops-answering", cause)]


async def test_a_call_that_takes_its_time_is_no_flaw() -> None:
    assert await player(Target(Outcome.SILENT)).play(case(6)) == []


async def test_a_process_that_takes_one_call_after_another_may_take_its_time() -> None:
    target = Target(Outcome.SILENT, ends_session=True, transport=Transport.STDIO)
    assert await player(target).play(case(6)) == []


async def test_after_a_target_has_gone_nothing_more_is_played_by_anybody() -> None:
    target = Target(Outcome.CLOSED, ends_all=True)
    one, other = player(target), player(target)
    other.ended = one.ended
    await one.play(case(6))
    assert one.ended.case == "tool:add"
    for each in (one, other):
        with pytest.raises(SearchEnds):
            await each.play(case(1))


async def test_the_generator_hears_of_what_takes_long_once() -> None:
    one = player(Target(Outcome.CLOSED))
    assert len(await one.play(case(6))) == 1
    assert await one.play(case(7)) == []
    found, _ = await one.examine(case(7))
    assert len(found) == 1


async def test_all_calls_of_an_operation_are_made_in_one_session() -> None:
    target = Target()
    one = player(target)
    for _ in range(60):
        await one.play(case(1))
    assert target.opened == 1


async def test_a_search_ends_if_silence_becomes_a_habit() -> None:
    one = player(Target(Outcome.SILENT))
    while not one.note:
        await one.play(case(6))
    assert one.cases < 10
    with pytest.raises(SearchEnds):
        await one.play(case(1))
    assert "not answered" in one.note


async def test_too_many_requests_are_no_flaw_and_end_the_search() -> None:
    target = Target()

    async def limited(_: Talk, method: str, params: Any = None, **__: Any) -> Exchange:
        del params
        return exchange(messages=(), status=429, method=method)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Talk, "request", limited)
        one = player(target)
        assert await one.play(case(1)) == []
        with pytest.raises(SearchEnds):
            await one.play(case(1))
