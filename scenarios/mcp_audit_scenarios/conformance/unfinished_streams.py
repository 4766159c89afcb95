"""Calls whose connection breaks while they run (page `basic/transports`): no cancellation, until 2026-07-28.

What became of such a call shows where its stream can be taken up again, or in a record of cancelled calls.
"""

from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Bench, callable_tool, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Effort,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe, Session

from .slow_tools import Record, SlowCall, record_of, slow_call
from .streamable_http import STREAMABLE_SESSIONS
from .trials import fresh_id, how

_PART = 0.4
"""After which part of its time the connection of a call is closed."""
_REST = 1.4
"""How long it is watched from then on, as a multiple of its time."""
_NO_VIEW = (
    "what became of the call after the disconnect cannot be seen: its stream cannot be taken up again, and there is no "
    "record of cancelled calls"
)


@dataclass(frozen=True, slots=True)
class LeftCall:
    """A call whose connection was closed before its response, beside the same call left alone."""

    control: Exchange
    call: Exchange
    resumed: tuple[Exchange, ...] = ()
    """What came on the stream when it was taken up again."""
    record: Record | None = None
    """What the target's own record of cancelled calls says."""

    @property
    def cancelled(self) -> bool | None:
        """Whether the call was cancelled as the record says; None without a record."""
        return self.record.cancelled if self.record is not None else None

    @property
    def response(self) -> Exchange | None:
        """The part of the resumed stream that holds the response to the call."""
        wanted = self.call.sent.rpc_id
        parts = (part for part in self.resumed if any(item.get("id") == wanted for item in part.responses))
        return next(parts, None)

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """What a verdict rests on."""
        records = [self.record.exchange] if self.record is not None else []
        return (self.call, self.control, *self.resumed, *records)


@scenario(
    spec=STREAMABLE_SESSIONS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(callable_tool,),
    timeout_s=30.0,
    bench=Bench.DIAGNOSTICS,
)
async def left_call(probe: Probe) -> LeftCall:
    """Close the connection of a call, and take its stream up again when the call should have ended."""
    slow = await slow_call(probe)
    async with probe.session() as session:
        call = await _leave(session, slow, fresh_id(probe))
        await anyio.sleep(slow.lasts_s * (_REST - _PART))
        resumed = await _resume(session, call)
        return LeftCall(slow.control, call, resumed, await record_of(probe, slow))


async def _leave(session: Session, slow: SlowCall, number: int) -> Exchange:
    token = {"progressToken": f"left-{number}"}
    return await session.request("tools/call", slow.params, rpc_id=number, meta=token, timeout=slow.lasts_s * _PART)


async def _resume(session: Session, call: Exchange) -> tuple[Exchange, ...]:
    last = [event.id for event in call.events if event.id]
    if not last:
        return ()
    async with session.stream(last_event_id=last[-1]) as stream:
        return (stream.opening, await stream.collect(timeout=0.3))


@check(
    left_call,
    id="http/cancels-on-disconnect",
    title="A request is cancelled when its connection breaks",
    requirements=("transports/disconnect-not-cancel",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Let a request run on when its connection ends, and cancel it for notifications/cancelled alone.",
    effort=Effort.MEDIUM,
)
def cancels_on_disconnect(seen: LeftCall) -> Verdict:
    """Connections break: a network changes, a proxy has its limits, a laptop sleeps. A client that comes back expects
    its request to have gone on.
    """
    response = seen.response
    if seen.call.reply is not None:
        return not_observed("the call was answered before its connection could be closed", *seen.evidence)
    if response is not None and any("error" in item for item in response.responses):
        message = "When the client came back, the call whose connection had been closed had ended with an error."
        return failed(message, *seen.evidence)
    if seen.cancelled:
        return failed("The server recorded a call as cancelled when its connection was closed.", *seen.evidence)
    if response is None and seen.cancelled is None:
        return not_observed(_NO_VIEW, *seen.evidence)
    return passed(*seen.evidence)


@dataclass(frozen=True, slots=True)
class AbandonedCall:
    """As `LeftCall`, where closing the connection cancels."""

    left: LeftCall


@scenario(
    spec=STATELESS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(callable_tool,),
    timeout_s=30.0,
    bench=Bench.DIAGNOSTICS,
)
async def abandoned_call(probe: Probe) -> AbandonedCall:
    """Close the connection of a call, and look into the record of cancelled calls when it should have ended.

    Where the record does not know of it, it is done once more: on a busy machine the call may not have begun.
    """
    slow = await slow_call(probe)
    seen = await _abandon(probe, slow)
    return AbandonedCall(seen if seen.cancelled is not False else await _abandon(probe, slow))


async def _abandon(probe: Probe, slow: SlowCall) -> LeftCall:
    async with probe.session() as session:
        call = await _leave(session, slow, fresh_id(probe))
    if slow.recorded:
        await anyio.sleep(slow.lasts_s * (_REST - _PART))
    return LeftCall(slow.control, call, (), await record_of(probe, slow))


@check(
    abandoned_call,
    id="http/goes-on-after-disconnect",
    title="A request goes on when its client has closed the connection",
    requirements=("streamable-http/disconnect-is-cancel", "streamable-http/stop-on-close"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Take the end of a request's connection for its cancellation, and interrupt the work.",
    effort=Effort.MEDIUM,
)
def goes_on_after_disconnect(seen: AbandonedCall) -> Verdict:
    """In this revision a client has no other way to cancel over HTTP: nothing can be taken up again, so nobody will
    ever see the result.
    """
    left = seen.left
    if left.call.reply is not None:
        return not_observed("the call was answered before its connection could be closed", *left.evidence)
    if left.cancelled is None:
        return not_observed(f"{_NO_VIEW} ({how(left.call)} came back)", *left.evidence)
    if not left.cancelled:
        message = "The server's record of cancelled calls does not know of the one whose connection was closed."
        return failed(message, *left.evidence)
    return passed(*left.evidence)
