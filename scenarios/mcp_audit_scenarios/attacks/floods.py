"""Much at once: sessions, streams, calls; whether a client that does none of it is still served.

What is counted is bounded here, and everything that was opened is closed again. That nothing refused so many is no
finding; that somebody else was not served meanwhile, or afterwards, is.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import callable_tool, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from ..conformance.trials import how, plain_method
from .evidence import passed_if_answered
from .liveness import TOO_MANY_REQUESTS
from .occasions import newest_of_era

_SESSIONS, _STREAMS, _CALLS, _AT_ONCE = 200, 60, 150, 15
_PATIENCE_S = 8.0
_SLOW_MS, _TIMES_SLOWER = 2000.0, 20.0
_BUSY = frozenset({TOO_MANY_REQUESTS, 503})
_REQUIREMENTS = ("exhaustion/serves-others-under-load",)
REFERENCES = (
    "https://cwe.mitre.org/data/definitions/770.html",
    "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
)


@dataclass(frozen=True, slots=True)
class Flood:
    """What a client that takes no part got before, during (twice) and after."""

    what: str
    before: Exchange
    during: tuple[Exchange, ...]
    after: Exchange
    count: int
    """How many were let in."""
    refused: int


def suffers(exchange: Exchange, control: Exchange) -> bool:
    """Whether a request was not served, or much more slowly than the control, and not because it was asked to wait."""
    if exchange.status in _BUSY and exchange.header("retry-after") is not None:
        return False
    slowly = exchange.elapsed_ms > max(_SLOW_MS, _TIMES_SLOWER * control.elapsed_ms)
    return slowly or not exchange.ok


def judge_flood(seen: Flood) -> Verdict:
    """Judge whether the client that took no part was served all the time."""
    evidence = (*seen.during, seen.before, seen.after)
    if not seen.before.ok:
        return not_observed(f"before the load a plain request got {how(seen.before)}", seen.before)
    if seen.during and all(suffers(exchange, seen.before) for exchange in seen.during):
        text = f"With {seen.count} {seen.what} the server served no other client: {fate(seen.during[-1])}."
        return failed(text, *evidence)
    if suffers(seen.after, seen.before):
        return failed(f"After {seen.count} {seen.what} had gone, a client got: {fate(seen.after)}.", *evidence)
    message = f"{seen.count} {seen.what} let in, {seen.refused} refused; another client was served all the time"
    return passed_if_answered(*evidence, message=message)


def fate(exchange: Exchange) -> str:
    """Say what came, and when."""
    return f"{how(exchange)} after {exchange.elapsed_ms:.0f} ms"


async def plainly(session: Session, probe: Probe) -> Exchange:
    """Send what every server answers, with patience."""
    return await session.request(plain_method(probe), timeout=_PATIENCE_S)


async def _twice(session: Session, probe: Probe) -> tuple[Exchange, ...]:
    first = await plainly(session, probe)
    return (first,) if first.ok and first.elapsed_ms < _SLOW_MS else (first, await plainly(session, probe))


@scenario(
    spec=HANDSHAKE,
    transports=HTTP_ONLY,
    impact=Impact.INTRUSIVE,
    needs=(newest_of_era,),
    alone=True,
    timeout_s=90.0,
)
async def many_sessions(probe: Probe) -> Flood:
    """Open sessions and leave them open; then end them all."""
    async with probe.session() as owner:
        before = await plainly(owner, probe)
        async with AsyncExitStack() as stack:
            opened = 0
            with probe.off_the_record(), anyio.move_on_after(30.0):
                for _ in range(_SESSIONS):
                    session = await stack.enter_async_context(probe.session(initialized=False))
                    opened += session.usable
                    if not session.usable:
                        break
            during = await _twice(owner, probe)
            await stack.aclose()
    async with probe.session() as newcomer:
        if not newcomer.usable and newcomer.opening is not None:
            return Flood("open sessions", before, during, newcomer.opening, opened, _SESSIONS - opened)
        return Flood("open sessions", before, during, await plainly(newcomer, probe), opened, _SESSIONS - opened)


@check(
    many_sessions,
    id="exhaustion/session-flood",
    title="Open sessions keep the server from serving others",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Bound the sessions of one client, end idle ones, and free what an ended one held.",
    references=(
        *REFERENCES,
        "https://nvd.nist.gov/vuln/detail/CVE-2026-59951",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-67430",
    ),
)
def session_flood(seen: Flood) -> Verdict:
    """Opening a session costs a client one request. Two hundred of them are a small office; they may cost the server
    nothing that others would miss, and must be gone when they have ended.
    """
    return judge_flood(seen)


@scenario(transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=90.0)
async def many_streams(probe: Probe) -> Flood:
    """Open streams and leave them open: GET streams of sessions, or subscriptions of the stateless era."""
    async with probe.session() as owner:
        before = await plainly(owner, probe)
        opened = 0
        async with AsyncExitStack() as stack:
            with probe.off_the_record(), anyio.move_on_after(30.0):
                for _ in range(_STREAMS):
                    opened += await _one_stream(probe, stack)
            during = await _twice(owner, probe)
            await stack.aclose()
        await anyio.sleep(0.1)
        return Flood("open streams", before, during, await plainly(owner, probe), opened, _STREAMS - opened)


async def _one_stream(probe: Probe, stack: AsyncExitStack) -> bool:
    session = await stack.enter_async_context(probe.session())
    if probe.revision.era is Era.HANDSHAKE:
        stream = await stack.enter_async_context(session.stream())
    else:
        listening = {"notifications": {"toolsListChanged": True}}
        stream = await stack.enter_async_context(session.listen(listening))
    return stream.opening.status == 200


@check(
    many_streams,
    id="exhaustion/stream-flood",
    title="Open streams keep the server from serving others",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Give streams places of their own, bounded in number, so that requests always find a free one.",
    references=REFERENCES,
)
def stream_flood(seen: Flood) -> Verdict:
    """A stream stays open as long as its client likes. A server that spends a worker or a thread on each is full when
    there are as many streams as workers, and answers nobody.
    """
    return judge_flood(seen)


@scenario(
    transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era, callable_tool), alone=True, timeout_s=90.0
)
async def many_calls(probe: Probe) -> Flood:
    """Call a tool as fast as several clients can, and see how another client fares."""
    tool = probe.callable_tools()[0]
    params = {"name": tool.get("name"), "arguments": valid_arguments(tool.get("inputSchema"))}
    ended: list[Exchange] = []
    async with probe.session() as owner, probe.session() as busy:
        before = await plainly(owner, probe)

        async def hurry() -> None:
            ended.extend(
                [await busy.request("tools/call", params, timeout=_PATIENCE_S) for _ in range(_CALLS // _AT_ONCE)]
            )

        with probe.off_the_record():
            async with anyio.create_task_group() as tasks:
                for _ in range(_AT_ONCE):
                    tasks.start_soon(hurry)
        during = await _twice(owner, probe)
        held = sum(exchange.status in _BUSY for exchange in ended)
        what = f"calls of {tool.get('name')} in a row"
        return Flood(what, before, during, await plainly(owner, probe), len(ended) - held, held)


@check(
    many_calls,
    id="exhaustion/call-flood",
    title="A burst of calls keeps the server from serving others",
    requirements=_REQUIREMENTS,
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Bound the calls of one client in a minute and at once; answer more with 429 and Retry-After.",
    references=REFERENCES,
)
def call_flood(seen: Flood) -> Verdict:
    """Agents that run in circles call by the hundred. That no call was held back is told here and is no finding: a
    limit may be higher than what an audit sends. That another client had to suffer is one.
    """
    return judge_flood(seen)
