"""Runs a plan: concurrently, within deadlines and a budget, with a liveness control after every probing group.

Scenarios that generate their requests or produce load come last of those that act, one at a time; only the budget
ends them.

A record that would fail a check by silence alone is made once more (`verdicts`).

A scenario's crash costs its own checks, never the run. A target that stops answering ends the run; the control that
went unanswered is in the transcript, where a check can judge it.
"""

import itertools
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio

from ..declare import Unobservable
from ..model import Blame, Impact, Revision, Verdict, errored, not_observed
from ..probe import Probe
from .events import Died, Emit, Finished, Planned, Started
from .saved import Record
from .select import Plan, Step
from .verdicts import rests_on_silence, settles

OpenProbe: TypeAlias = Callable[[Step], AbstractAsyncContextManager[Probe]]
Control: TypeAlias = Callable[[str], Awaitable[bool]]
"""Asks the target for an ordinary answer, recorded under `liveness.<group>`; says whether it came."""


@dataclass(slots=True)
class Runner:
    """Runs the steps of one plan and keeps their records in the order of the plan."""

    plan: Plan
    open_probe: OpenProbe
    control: Control
    emit: Emit
    silent: Set[str]
    """The ids of exchanges to which nothing came in time; grows as the run goes on."""
    concurrency: int
    lanes: bool = False
    """Whether steps of one revision run one after another, because they share a conversation."""
    patience: float = 1.0
    """Factor for the deadlines of scenarios."""
    groups_per_control: int = 1
    """How many groups of probing scenarios share one liveness control: more is faster, one names the culprit."""
    _records: dict[Step, Record] = field(default_factory=dict)
    _dead_after: str = ""

    async def run(self) -> None:
        """Run every step: passive ones, probing ones group by group, unhurried ones, those that read the transcript."""
        unhurried = [step for step in self.plan.steps if step.scenario.unhurried]
        self.emit(Planned(len(self.plan.steps), sum(step.scenario.deep for step in unhurried)))
        acting = [step for step in self.plan.steps if not (step.scenario.observes or step.scenario.unhurried)]
        await self._together([step for step in acting if step.scenario.impact is Impact.PASSIVE])
        probing = sorted((step for step in acting if step.scenario.impact is not Impact.PASSIVE), key=_impact)
        for _, steps in itertools.groupby(probing, key=lambda step: step.scenario.impact):
            by_group = [list(group) for _, group in itertools.groupby(steps, key=lambda step: step.group)]
            for groups in _batches(by_group, self.groups_per_control):
                await self._group(_named(groups), list(itertools.chain.from_iterable(groups)))
        for step in unhurried:
            await self._group(step.group, [step])
        await self._together([step for step in self.plan.steps if step.scenario.observes])

    def records(self, why_unfinished: str) -> tuple[Record, ...]:
        """Return one record for each step; steps that did not run are NOT_OBSERVED for the reason given."""
        unseen = not_observed(why_unfinished)
        return tuple(
            self._records.get(step, Record(step.scenario.name, step.revision, 0.0, verdict=unseen))
            for step in self.plan.steps
        )

    async def _group(self, group: str, steps: list[Step]) -> None:
        if self._dead_after:
            verdict = not_observed(f"the target stopped answering after the group {self._dead_after}")
            self._records.update({step: _unseen(step, verdict) for step in steps})
            return
        await self._together([step for step in steps if not step.scenario.alone])
        for step in steps:
            if step.scenario.alone:
                await self._step(step)
        if not await self.control(group):
            self._dead_after = group
            self.emit(Died(group))

    async def _together(self, steps: Iterable[Step]) -> None:
        limiter = anyio.CapacityLimiter(self.concurrency)

        async def in_turn(lane: list[Step]) -> None:
            async with limiter:
                for step in lane:
                    await self._step(step)

        async with anyio.create_task_group() as tasks:
            for lane in self._in_lanes(steps):
                tasks.start_soon(in_turn, lane)

    def _in_lanes(self, steps: Iterable[Step]) -> list[list[Step]]:
        if not self.lanes:
            return [[step] for step in steps]
        by_revision: dict[Revision, list[Step]] = {}
        for step in steps:
            by_revision.setdefault(step.revision, []).append(step)
        return list(by_revision.values())

    async def _step(self, step: Step) -> None:
        self.emit(Started(step.scenario.name, step.revision))
        begun = time.monotonic()
        record = await self._observe(step, begun)
        if rests_on_silence(step, record, self.silent):
            second = await self._observe(step, begun)
            record = second if settles(step, record, second, self.silent) else record
        self._records[step] = record
        trouble = record.verdict.message if record.verdict else ""
        self.emit(Finished(step.scenario.name, step.revision, record.duration_ms, trouble))

    async def _observe(self, step: Step, begun: float) -> Record:
        """Run one scenario; this is the one place that catches everything, and puts it on record."""
        verdict: Verdict | None
        facts = None
        deadline = None if step.scenario.unhurried else step.scenario.timeout_s * self.patience
        try:
            with anyio.fail_after(deadline):
                async with self.open_probe(step) as probe:
                    verdict = next(filter(None, (need(probe) for need in step.scenario.needs)), None)
                    if verdict is None:
                        facts = await step.scenario.run(probe)
        except Unobservable as reason:
            verdict = not_observed(str(reason), *reason.evidence)
        except TimeoutError:
            verdict = not_observed(f"no end after {deadline:g} s")
        except Exception as error:  # noqa: BLE001 - a bug of ours costs this scenario, and is reported as ours
            where = traceback.extract_tb(error.__traceback__)[-1]
            summary = f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"
            verdict = errored(Blame.HARNESS, summary)
        return Record(step.scenario.name, step.revision, (time.monotonic() - begun) * 1000, facts, verdict)


def _unseen(step: Step, verdict: Verdict) -> Record:
    return Record(step.scenario.name, step.revision, 0.0, verdict=verdict)


def _batches(groups: list[list[Step]], size: int) -> Iterator[list[list[Step]]]:
    for start in range(0, len(groups), size):
        yield groups[start : start + size]


def _named(groups: list[list[Step]]) -> str:
    names = [steps[0].group for steps in groups]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _impact(step: Step) -> tuple[Impact, str]:
    return step.scenario.impact, step.group
