"""Calls that are cancelled while they run (page `basic/utilities/cancellation`)."""

from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Bench, callable_tool, check, feature, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Era,
    Exchange,
    Impact,
    Priority,
    Severity,
    Sighting,
    Transport,
    Verdict,
    failed,
    implemented,
    missing,
    not_applicable,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

from .slow_tools import Record, SlowCall, record_of, slow_call, succeeded
from .trials import fresh_id, how, plain_method

_PART = 0.3
"""After which part of its time a call is cancelled."""
_LONGER = 1.5
"""How long it is waited for, as a multiple of its time."""
_CLEARLY_MS = 200.0
"""How much later than the cancellation a result has to come to show that the work went on."""


@dataclass(frozen=True, slots=True)
class CancelledCall:
    """A call that was cancelled while it ran, beside the same call left alone."""

    control: Exchange
    call: Exchange
    cancellation: Exchange
    cancelled_ms: float
    """After how many milliseconds of the call the cancellation had been taken."""
    afterwards: Exchange
    record: Record | None = None
    """What the target's own record of cancelled calls says."""
    by_leaving: bool = False
    """Whether the call was cancelled by closing its connection, as clients of 2026-07-28 do over HTTP."""

    @property
    def went_on(self) -> bool:
        """Whether a result came when the cancellation had long been taken."""
        return succeeded(self.call) and self.call.elapsed_ms - self.cancelled_ms >= _CLEARLY_MS

    @property
    def unrecorded(self) -> bool:
        """Whether a record of cancelled calls does not know of this one."""
        return self.record is not None and self.record.cancelled is False

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What a verdict rests on."""
        records = [self.record.exchange] if self.record is not None else []
        return (self.call, self.cancellation, self.control, self.afterwards, *records)


async def cancel_a_call(probe: Probe) -> CancelledCall:
    """Call a slow tool, cancel the call, and wait for longer than it would have taken."""
    slow = await slow_call(probe)
    if probe.revision.era is Era.STATELESS and probe.transport is Transport.HTTP:
        return await _leave_a_call(probe, slow)
    number = fresh_id(probe)
    calls: list[Exchange] = []

    async def call() -> None:
        token = {"progressToken": f"cancelled-{number}"}
        timeout = slow.lasts_s * _LONGER
        calls.append(await probe.request("tools/call", slow.params, rpc_id=number, meta=token, timeout=timeout))

    started = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.sleep(slow.lasts_s * _PART)
        params = {"requestId": number, "reason": "no longer needed"}
        cancellation = await probe.notify("notifications/cancelled", params)
        cancelled_ms = (anyio.current_time() - started) * 1000
    return CancelledCall(
        slow.control,
        calls[0],
        cancellation,
        cancelled_ms,
        await probe.request(plain_method(probe)),
        await record_of(probe, slow),
    )


async def _leave_a_call(probe: Probe, slow: SlowCall) -> CancelledCall:
    begun_s = slow.lasts_s * _PART
    token = {"progressToken": f"left-{fresh_id(probe)}"}
    call = await probe.request("tools/call", slow.params, meta=token, timeout=begun_s)
    if slow.recorded:
        await anyio.sleep(slow.lasts_s * _LONGER - begun_s)
    afterwards = await probe.request(plain_method(probe))
    record = await record_of(probe, slow)
    return CancelledCall(slow.control, call, call, begun_s * 1000, afterwards, record, by_leaving=True)


@scenario(impact=Impact.PROBING, needs=(callable_tool,), timeout_s=30.0, bench=Bench.DIAGNOSTICS)
async def cancelled_call(probe: Probe) -> CancelledCall:
    """Cancel a call, and another one where the first went on: on a busy machine a cancellation can come too early."""
    seen = await cancel_a_call(probe)
    return await cancel_a_call(probe) if seen.went_on or seen.unrecorded else seen


def _unsettled(seen: CancelledCall) -> Verdict | None:
    """Return why nothing can be said, or None."""
    if not seen.afterwards.ok:
        return not_observed(f"the request after the cancellation got {how(seen.afterwards)}", *seen.evidence)
    if seen.cancellation.refused:
        return not_observed(f"the cancellation was answered with {how(seen.cancellation)}", *seen.evidence)
    if succeeded(seen.call) and not seen.went_on:
        return not_observed("the call ended before the cancellation could take effect", *seen.evidence)
    return None


@check(
    cancelled_call,
    id="cancellation/goes-on-after-cancel",
    title="A cancelled request is worked on to its end",
    requirements=(
        "cancellation/stop-processing-on-cancel",
        "cancellation/free-resources-on-cancel",
        "schema/cancel-stops-processing",
    ),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Interrupt the work when notifications/cancelled names its request, and free what it holds.",
    effort=Effort.MEDIUM,
)
def goes_on_after_cancel(seen: CancelledCall) -> Verdict:
    """Nobody waits for the result any more, but the work still costs time, memory and whatever it calls. A user who
    stopped a tool expects that it stopped.
    """
    if seen.by_leaving:
        return not_applicable("over HTTP a client of this revision cancels by closing the stream", seen.call)
    reason = _unsettled(seen)
    if reason is not None:
        return reason
    lasts, part = seen.control.elapsed_ms, seen.cancelled_ms
    if seen.went_on:
        message = (
            f"The call was cancelled after {part:.0f} ms, and got its result after {seen.call.elapsed_ms:.0f} ms, "
            f"as if nothing had been said (left alone it takes {lasts:.0f} ms)."
        )
        return failed(message, *seen.evidence)
    if seen.unrecorded:
        return failed("The server's record of cancelled calls does not know of the one just cancelled.", *seen.evidence)
    return passed(*seen.evidence)


@feature(
    cancelled_call,
    id="cancellation/cancellation",
    title="Requests can be cancelled",
    since="2024-11-05",
    page="basic/utilities/cancellation",
    priority=Priority.MEDIUM,
    remediation="Keep the running task of each request, and cancel it when notifications/cancelled names its id.",
    requirements=("cancellation/may-ignore-cancel",),
)
def cancellation(seen: CancelledCall) -> Sighting:
    """Users stop what takes too long or was a mistake; without cancellation the server works on for nobody."""
    reason = _unsettled(seen)
    if seen.afterwards.ok and seen.cancellation.refused and seen.went_on:
        return missing(f"a cancellation got {how(seen.cancellation)}, and the call went on", *seen.evidence)
    if reason is not None:
        return unseen(reason.message)
    if seen.went_on or seen.unrecorded:
        return missing("a cancelled call went on to its end", *seen.evidence)
    if seen.by_leaving and (seen.record is None or not seen.record.cancelled):
        return unseen("what became of a call whose connection was closed cannot be seen")
    return implemented("a cancelled call ended without its result", *seen.evidence)


@dataclass(frozen=True, slots=True)
class QuietCall:
    """As `CancelledCall`, where a cancelled request needs no response to end a stream."""

    cancelled: CancelledCall


@scenario(
    transports=frozenset({Transport.STDIO, Transport.SSE}),
    impact=Impact.PROBING,
    needs=(callable_tool,),
    timeout_s=30.0,
    bench=Bench.DIAGNOSTICS,
)
async def quiet_call(probe: Probe) -> QuietCall:
    return QuietCall(await cancel_a_call(probe))


@check(
    quiet_call,
    id="cancellation/answers-cancelled-request",
    title="A cancelled request is answered",
    requirements=("cancellation/no-response-after-cancel", "stdio/stdio-cancel-silence"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send nothing more for a request once it was cancelled, neither a result nor an error.",
)
def answers_cancelled_request(seen: QuietCall) -> Verdict:
    """The client has forgotten the request. An answer to it belongs to nothing, and strict clients report it as an
    error of the server.

    Over Streamable HTTP one sentence wants no response, another one a response that ends the stream; there it is not
    judged.
    """
    cancelled = seen.cancelled
    reason = _unsettled(cancelled)
    if reason is not None:
        return reason
    if cancelled.went_on:
        return not_observed("the request was not cancelled: it got its result", *cancelled.evidence)
    reply = cancelled.call.reply
    if reply is not None and "result" not in reply:
        return failed(f"The server answered a cancelled call with {how(cancelled.call)}.", *cancelled.evidence)
    if reply is not None:
        return failed("The server answered a cancelled call with a result that is an error.", *cancelled.evidence)
    return passed(*cancelled.evidence)
