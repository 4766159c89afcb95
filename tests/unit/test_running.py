"""The runner: isolation, deadlines, liveness, and what is left when a run ends early."""

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from mcp_audit_harness.declare import Scenario, Unobservable, check, scenario
from mcp_audit_harness.engine.allotment import Allotment
from mcp_audit_harness.engine.events import Died, Event, Finished, Planned, Started
from mcp_audit_harness.engine.run import Runner
from mcp_audit_harness.engine.select import Plan, Step
from mcp_audit_harness.model import (
    Blame,
    Category,
    Exchange,
    Impact,
    Revision,
    Severity,
    Status,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.policy import Options
from mcp_audit_harness.probe import Probe

from tests.exchanges import exchange, refusal, silence

pytestmark = pytest.mark.anyio
REVISION = Revision.V2025_11_25


@dataclass(frozen=True, slots=True)
class Facts:
    words: str


@scenario()
async def calm(probe: Probe) -> Facts:
    return Facts("calm")


@scenario()
async def broken(probe: Probe) -> Facts:
    raise KeyError("nothing here")


@scenario()
async def unobservable(probe: Probe) -> Facts:
    raise Unobservable("there is nothing to see")


@scenario(timeout_s=0.01)
async def endless(probe: Probe) -> Facts:
    await anyio.sleep_forever()
    return Facts("never")


@scenario(needs=(lambda _: not_applicable("no tools"),))
async def needy(probe: Probe) -> Facts:
    raise AssertionError("a scenario whose need is not met is not run")


@scenario(impact=Impact.PROBING)
async def first_probing(probe: Probe) -> Facts:
    return Facts("first")


@scenario(impact=Impact.PROBING)
async def second_probing(probe: Probe) -> Facts:
    return Facts("second")


@scenario(observes=True)
async def observer(probe: Probe) -> Facts:
    return Facts("seen")


@scenario(impact=Impact.PROBING, deep=True, timeout_s=0.01)
async def generating(probe: Probe) -> Facts:
    await anyio.sleep(0.05)
    return Facts("generated")


@asynccontextmanager
async def open_probe(step: Step) -> AsyncIterator[Any]:
    yield step


async def alive(group: str) -> bool:
    return True


def runner_of(
    *scenarios: Scenario, control: Callable[[str], Any] = alive, emit: Callable[[Event], None] = lambda _: None
) -> Runner:
    steps = tuple(Step(one, REVISION, ()) for one in scenarios)
    return Runner(Plan((REVISION,), steps, ()), open_probe, control, emit, set(), concurrency=8)


async def test_a_crash_costs_its_own_checks_and_is_ours() -> None:
    runner = runner_of(broken, calm)
    await runner.run()
    crashed, fine = runner.records("")
    assert crashed.verdict is not None
    assert (crashed.verdict.status, crashed.verdict.blame) == (Status.ERROR, Blame.HARNESS)
    assert "KeyError" in crashed.verdict.message
    assert fine.facts == Facts("calm")


async def test_a_scenario_that_cannot_see_and_one_that_hangs_are_not_observed() -> None:
    runner = runner_of(unobservable, endless)
    await runner.run()
    verdicts = [record.verdict for record in runner.records("")]
    assert [verdict.status if verdict else None for verdict in verdicts] == [Status.NOT_OBSERVED] * 2
    assert [verdict.message if verdict else "" for verdict in verdicts] == [
        "there is nothing to see",
        "no end after 0.01 s",
    ]


async def test_a_need_that_is_not_met_gives_its_verdict_without_a_conversation() -> None:
    runner = runner_of(needy)
    await runner.run()
    assert runner.records("")[0].verdict == not_applicable("no tools")


async def test_groups_in_a_hurry_share_one_control_which_names_them_all() -> None:
    asked: list[str] = []

    async def control(group: str) -> bool:
        asked.append(group)
        return True

    others = [
        Scenario(f"{name}.other", second_probing.run, Facts, *_rest(second_probing)) for name in ("xx", "yy", "zz")
    ]
    runner = runner_of(*others, control=control)
    runner.groups_per_control = 2
    await runner.run()
    assert asked == ["xx to yy", "zz"]
    assert all(record.facts is not None for record in runner.records(""))


async def test_a_dead_target_ends_the_probing_and_names_the_group() -> None:
    events: list[Event] = []
    asked: list[str] = []

    async def control(group: str) -> bool:
        asked.append(group)
        return False

    elsewhere = Scenario("zz.other", second_probing.run, Facts, *_rest(second_probing))
    runner = runner_of(first_probing, elsewhere, observer, control=control, emit=events.append)
    await runner.run()
    first, second, seen = runner.records("")
    assert first.facts == Facts("first")
    assert second.verdict is not None
    assert second.verdict.message == f"the target stopped answering after the group {asked[0]}"
    assert seen.facts == Facts("seen")
    assert asked == ["test_running"]
    assert [event.group for event in events if isinstance(event, Died)] == ["test_running"]


def _rest(one: Scenario) -> tuple[Any, ...]:
    return one.spec, one.transports, one.impact, one.needs, one.timeout_s, one.observes, one.alone


async def test_what_did_not_run_is_not_observed_with_the_reason() -> None:
    records = runner_of(calm, broken).records("the run was interrupted")
    assert {record.verdict.message for record in records if record.verdict} == {"the run was interrupted"}


async def test_observers_run_after_all_others() -> None:
    order: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event, Finished):
            order.append(event.scenario)

    await runner_of(observer, first_probing, calm, emit=note).run()
    assert order == [calm.name, first_probing.name, observer.name]


async def test_eight_scenarios_are_in_flight_at_once() -> None:
    together = 0
    most = 0

    @scenario()
    async def counting(probe: Probe) -> Facts:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await anyio.wait_all_tasks_blocked()
        together -= 1
        return Facts("counted")

    names = [Scenario(f"m.s{number}", counting.run, Facts, *_rest(counting)) for number in range(20)]
    await runner_of(*names).run()
    assert most == 8


async def test_what_generates_its_requests_comes_after_all_that_act_and_takes_its_time() -> None:
    events: list[Event] = []
    runner = runner_of(generating, observer, second_probing, calm, emit=events.append)
    await runner.run()
    started = [event.scenario.partition(".")[2] for event in events if isinstance(event, Started)]
    assert started == ["calm", "second_probing", "generating", "observer"]
    assert events[0] == Planned(4, deep=1)
    assert runner.records("")[0].facts == Facts("generated")


def test_deep_scenarios_share_what_is_left_of_the_budget() -> None:
    first, second = (Step(one, REVISION, ()) for one in (generating, calm))
    other = Step(generating, Revision.V2026_07_28, ())
    made = Plan((REVISION,), (first, second, other), ())
    allotment = Allotment.of(made, Options(budget_s=100.0), time.monotonic())
    assert allotment.settings(second).until == math.inf
    assert allotment.settings(first).until - time.monotonic() == pytest.approx(45, abs=1)
    assert allotment.settings(other).until - time.monotonic() == pytest.approx(90, abs=1)


@dataclass(frozen=True, slots=True)
class Asked:
    plain: Exchange
    control: Exchange


@scenario()
async def asking(probe: Any) -> Asked:
    return Asked(next(probe.plain), next(probe.control))


@check(
    asking,
    id="asking/not-answered",
    title="Not answered",
    requirements=("ping/ping-empty-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer.",
)
def not_answered(seen: Asked) -> Verdict:
    """Answers are what clients wait for."""
    if not seen.control.ok:
        return not_observed("nothing is answered", seen.control)
    return passed(seen.plain) if seen.plain.ok else failed("no answer", seen.plain, seen.control)


@check(
    asking,
    id="asking/slow",
    title="Slow",
    requirements=("ping/ping-empty-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Hurry.",
)
def slow(seen: Asked) -> Verdict:
    """Whatever was answered, it was slow once."""
    return failed("slow", seen.control) if seen.control.elapsed_ms > 1000 else passed(seen.control)


ANSWER, SLOW, ERROR, SILENCE = (
    replace(made, id=name)
    for name, made in (
        ("a", exchange(result={})),
        ("b", replace(exchange(result={}), elapsed_ms=2000.0)),
        ("c", refusal(-32603)),
        ("d", silence()),
    )
)


async def _asked(*played: tuple[Exchange, Exchange]) -> tuple[tuple[Exchange, Exchange], int]:
    """Play a scenario whose probe gives such exchanges, in turn; return those of its record, and how often it ran."""
    plain, control = (iter(exchanges) for exchanges in zip(*played, strict=True))
    opened = 0

    @asynccontextmanager
    async def opening(step: Step) -> AsyncIterator[Any]:
        nonlocal opened
        opened += 1
        yield SimpleNamespace(plain=plain, control=control)

    step = Step(asking, REVISION, (not_answered, slow))
    runner = Runner(Plan((REVISION,), (step,), ()), opening, alive, lambda _: None, {SILENCE.id}, concurrency=8)
    await runner.run()
    facts = runner.records("")[0].facts
    return (facts.plain, facts.control), opened


async def test_what_fails_by_silence_alone_is_asked_again_and_the_second_answer_counts() -> None:
    assert await _asked((SILENCE, ANSWER), (ANSWER, ANSWER)) == ((ANSWER, ANSWER), 2)
    assert await _asked((SILENCE, ANSWER), (SILENCE, ANSWER)) == ((SILENCE, ANSWER), 2)
    assert await _asked((SILENCE, ANSWER), (ERROR, ANSWER)) == ((ERROR, ANSWER), 2)


async def test_what_was_answered_is_not_asked_again() -> None:
    assert await _asked((ANSWER, ANSWER)) == ((ANSWER, ANSWER), 1)
    assert await _asked((ERROR, ANSWER)) == ((ERROR, ANSWER), 1)


async def test_silence_stands_where_asking_again_shows_nothing_or_loses_another_failure() -> None:
    assert await _asked((SILENCE, ANSWER), (SILENCE, SILENCE)) == ((SILENCE, ANSWER), 2)
    assert await _asked((SILENCE, SLOW), (ANSWER, ANSWER)) == ((SILENCE, SLOW), 2)
    assert await _asked((SILENCE, SLOW), (ANSWER, SLOW)) == ((ANSWER, SLOW), 2)
