"""While one client waits for something slow, the others are served."""

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
from mcp_audit_harness.probe import Probe

from ..conformance.slow_tools import slow_call, succeeded
from ..conformance.trials import how
from .evidence import passed_if_answered
from .floods import REFERENCES, plainly
from .occasions import newest_of_era

_REQUIREMENTS = ("exhaustion/serves-others-under-load",)


@dataclass(frozen=True, slots=True)
class Stall:
    """A plain request of another client: alone, and while a slow call ran; all of it twice if it had to wait."""

    control: Exchange
    slow: tuple[Exchange, ...]
    meanwhile: tuple[Exchange, ...]


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
    calls: list[Exchange] = []
    pings: list[Exchange] = []
    async with probe.session() as other:
        control = await plainly(other, probe)

        async def call() -> None:
            calls.append(await probe.request("tools/call", slow.params, timeout=slow.lasts_s * 3 + 1))

        while len(pings) < 2 and all(_waited(ping, slow.lasts_s) for ping in pings):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call)
                await anyio.sleep(slow.lasts_s * 0.15)
                pings.append(await plainly(other, probe))
    return Stall(control, tuple(calls), tuple(pings))


def _waited(ping: Exchange, lasts_s: float) -> bool:
    """Whether a request took about as long as what was left of the call."""
    return ping.elapsed_ms > lasts_s * 600


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
    evidence = (*seen.meanwhile, *seen.slow, seen.control)
    if not (seen.control.ok and seen.slow and all(succeeded(call) for call in seen.slow)):
        return not_observed("the slow call, or the plain request beside it, did not succeed", *evidence)
    lasts_s = min(call.elapsed_ms for call in seen.slow) / 1000
    if len(seen.meanwhile) > 1 and all(_waited(ping, lasts_s) for ping in seen.meanwhile):
        waited = min(ping.elapsed_ms for ping in seen.meanwhile)
        text = (
            f"While a call of {lasts_s * 1000:.0f} ms ran, a plain request of another client took {waited:.0f} ms, "
            f"twice; alone it takes {seen.control.elapsed_ms:.0f} ms."
        )
        return failed(text, *evidence)
    if not seen.meanwhile[0].ok:
        return not_observed(f"the plain request meanwhile got {how(seen.meanwhile[0])}", *evidence)
    return passed_if_answered(*evidence)
