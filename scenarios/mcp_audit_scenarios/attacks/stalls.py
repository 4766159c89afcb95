"""While one client waits for something slow, the others are served."""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Bench, callable_tool, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Probe, Session

from ..conformance.slow_tools import SlowCall, slow_call, succeeded
from .evidence import passed_if_answered
from .floods import REFERENCES, plainly
from .occasions import newest_of_era

_REQUIREMENTS = ("exhaustion/serves-others-under-load",)


_DELAY = 0.15
"""When the plain request is sent, as a part of how long the slow call lasts."""
_MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Beside:
    """A slow call, and a plain request of another client `after_ms` later."""

    call: Exchange
    after_ms: float
    plain: Exchange

    @property
    def waited(self) -> bool:
        """Whether the plain request took about as long as what was left of the call."""
        return self.plain.elapsed_ms > self.call.elapsed_ms * 0.6

    @property
    def overtook(self) -> bool:
        """Whether the plain request was served long before the call had ended."""
        return not self.waited and self.after_ms + self.plain.elapsed_ms < self.call.elapsed_ms


@dataclass(frozen=True, slots=True)
class Stall:
    """A plain request alone, and beside slow calls until it overtook one, or had to wait twice."""

    control: Exchange
    rounds: tuple[Beside, ...]


@scenario(
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(newest_of_era, callable_tool),
    timeout_s=40.0,
    bench=Bench.DIAGNOSTICS,
    thorough=True,
)
async def slow_call_beside(probe: Probe) -> Stall:
    slow = await slow_call(probe)
    rounds: list[Beside] = []
    lasts_s = slow.lasts_s
    async with probe.session() as other:
        control = await plainly(other, probe)
        while len(rounds) < _MOST_ROUNDS and not _is_settled(rounds):
            rounds.append(await _beside(probe, other, slow, lasts_s * _DELAY))
            lasts_s = rounds[-1].call.elapsed_ms / 1000  # what was known may be of a busier moment
    return Stall(control, tuple(rounds))


def _is_settled(rounds: Sequence[Beside]) -> bool:
    return any(one.overtook for one in rounds) or sum(one.waited for one in rounds) > 1


async def _beside(probe: Probe, other: Session, slow: SlowCall, after_s: float) -> Beside:
    calls: list[Exchange] = []

    async def call() -> None:
        calls.append(await probe.request("tools/call", slow.params, timeout=slow.lasts_s * 3 + 1))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.sleep(after_s)
        plain = await plainly(other, probe)
    return Beside(calls[0], after_s * 1000, plain)


@check(
    slow_call_beside,
    id="exhaustion/slow-call-stalls-others",
    title="While one call runs, nobody else is served",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Run what blocks in a thread or process of its own; never sleep, wait or compute in the event loop.",
    references=("https://cwe.mitre.org/data/definitions/834.html", *REFERENCES),
)
def slow_call_stalls_others(seen: Stall) -> Verdict:
    """A handler that blocks the event loop stops the whole server: other clients, pings, cancellations, health checks.
    One slow page to fetch is enough.
    """
    evidence = (*(one.plain for one in seen.rounds), *(one.call for one in seen.rounds), seen.control)
    if not (seen.control.ok and seen.rounds and all(succeeded(one.call) for one in seen.rounds)):
        return not_observed("the slow call, or the plain request beside it, did not succeed", *evidence)
    if any(one.overtook and one.plain.ok for one in seen.rounds):
        return passed_if_answered(*evidence)
    waiting = [one for one in seen.rounds if one.waited]
    if len(waiting) > 1:
        last = waiting[-1]
        text = (
            f"While a call of {last.call.elapsed_ms:.0f} ms ran, a plain request of another client took "
            f"{last.plain.elapsed_ms:.0f} ms, twice; alone it takes {seen.control.elapsed_ms:.0f} ms."
        )
        return failed(text, *evidence)
    return not_observed("no plain request was answered while the slow call ran", *evidence)
