"""Streams that are taken up again after a broken connection (page `basic/transports`, Resumability and Redelivery)."""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, check, feature, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    missing,
    not_applicable,
    not_observed,
    partial,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from .streamable_http import STREAMABLE_SESSIONS
from .trials import how

_TALKATIVE = "test_tool_with_progress"
_LEAVING = "test_reconnection"
"""A tool that ends its stream in the middle of the work."""
_REPLAY_S = 0.3
_STEPS, _STEP_S = 8, 0.3
_NO_IDS = "the server gives its events no ids, so that no stream can be taken up again"
_NO_STREAM = "the server answers requests without event streams"


@dataclass(frozen=True, slots=True)
class Resumption:
    """Requests of one session, and what came when the stream of one of them was taken up at its first event."""

    control: Exchange
    taken: Exchange | None = None
    """The request whose stream was taken up again; None where events have no ids."""
    others: tuple[Exchange, ...] = ()
    """Other requests of the session."""
    replay: Exchange | None = None
    left: Exchange | None = None
    """A request whose connection the server ended before its response."""
    rest: tuple[Exchange, ...] = ()
    """What came on its stream when it was taken up."""


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, timeout_s=20.0, bench=Bench.DIAGNOSTICS)
async def resumption(probe: Probe) -> Resumption:
    """Ask for several things, and take up the stream of one as if its connection had broken after the first event."""
    async with probe.session() as session:
        control = await session.request("ping")
        if not control.ok:
            raise Unobservable(f"ping was answered with {how(control)}, so there is no control", control)
        if not _ids(control):
            return Resumption(control)
        taken = await _talk(probe, session)
        later = await session.request("ping")
        if taken is None or len(_ids(taken)) < 2:
            taken = control
        others = (later,) if taken is control else (control, later)
        async with session.stream(last_event_id=_ids(taken)[0]) as stream:
            replay = await stream.collect(timeout=_REPLAY_S)
        left = await _call(session, _LEAVING) if _may_call(probe, _LEAVING) else None
        is_left = left is not None and left.reply is None and bool(_ids(left))
        rest = await _come_back(session, left) if is_left and left is not None else ()
        return Resumption(control, taken, others, replay, left if is_left else None, rest)


async def _talk(probe: Probe, session: Session) -> Exchange | None:
    """Call a tool that says something before its result, or else any."""
    tools = sorted(probe.callable_tools(), key=lambda tool: tool.get("name") != _TALKATIVE)
    return await _call(session, str(tools[0].get("name")), tools[0]) if tools else None


async def _call(session: Session, name: str, tool: JsonObject | None = None) -> Exchange:
    arguments = valid_arguments((tool or {}).get("inputSchema"))
    token = {"progressToken": f"resumed-{name}"}
    return await session.request("tools/call", {"name": name, "arguments": arguments}, meta=token, timeout=3.0)


async def _come_back(session: Session, left: Exchange) -> tuple[Exchange, ...]:
    parts: list[Exchange] = []
    async with session.stream(last_event_id=_ids(left)[-1]) as stream:
        while len(parts) < _STEPS and not _responds(parts, left):
            parts.append(await stream.collect(timeout=_STEP_S))
            if "stream still open" not in parts[-1].note:
                break
    return tuple(parts)


def _may_call(probe: Probe, name: str) -> bool:
    return any(tool.get("name") == name for tool in probe.callable_tools())


def _ids(exchange: Exchange) -> list[str]:
    return [event.id for event in exchange.events if event.id]


def _responds(parts: Sequence[Exchange], request: Exchange) -> bool:
    return any(item.get("id") == request.sent.rpc_id for part in parts for item in part.responses)


def _unresumable(seen: Resumption) -> Verdict | None:
    """Return why nothing can be said, or None."""
    if not seen.control.events:
        return not_applicable(_NO_STREAM, seen.control)
    if seen.taken is None or seen.replay is None:
        return not_applicable(_NO_IDS, seen.control)
    return None


@check(
    resumption,
    id="http/replays-another-stream",
    title="Taking up a stream brings messages of another one",
    requirements=("transports/no-cross-stream-replay", "transports/event-id-identifies-stream"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Keep with each event id the stream on which it was sent, and send again what followed on that alone.",
    effort=Effort.MEDIUM,
)
def replays_another_stream(seen: Resumption) -> Verdict:
    """The client has had the other messages already, or will get them where they belong; here they come twice, as
    answers to a request that did not ask for them.
    """
    reason = _unresumable(seen)
    if reason is not None or seen.taken is None or seen.replay is None:
        return reason or not_applicable(_NO_IDS, seen.control)
    evidence = (seen.replay, seen.taken, *seen.others)
    own, foreign = (
        set(_ids(seen.taken)),
        {name for other in seen.others for name in _ids(other)} - set(_ids(seen.taken)),
    )
    if foreign & set(_ids(seen.replay)) or any(_responds((seen.replay,), other) for other in seen.others):
        return failed("Taken up after its first event, a stream brought what had come on another one.", *evidence)
    if not seen.replay.messages or not own:
        return not_observed("nothing was sent again on the stream that was taken up", *evidence)
    return passed(*evidence)


@check(
    resumption,
    id="http/stream-not-primed",
    title="The stream of a request does not begin with an event id",
    requirements=("transports/prime-event-id",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Begin each stream with an event that has an id and empty data.",
)
def stream_not_primed(seen: Resumption) -> Verdict:
    """Until the first id has arrived a client has nothing to come back with. When the connection breaks before, or the
    server closes it, all that the stream would have brought is lost.
    """
    reason = _unresumable(seen)
    if reason is not None or seen.taken is None:
        return reason or not_applicable(_NO_IDS, seen.control)
    first = seen.control.events[0]
    if first.id and not first.data:
        return passed(seen.control, seen.taken)
    what = "an event without an id" if not first.id else "a message"
    return failed(f"The server gives its events ids, and begins the stream of a ping with {what}.", seen.control)


@check(
    resumption,
    id="http/closes-without-retry",
    title="A connection is closed early without a word on when to come back",
    requirements=("transports/retry-before-close",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Send a retry field, in milliseconds, before you close the connection of a running request.",
)
def closes_without_retry(seen: Resumption) -> Verdict:
    """The client comes back after a time of its own choice: too soon, and it polls in vain; too late, and the user
    waits.
    """
    reason = _unresumable(seen)
    if reason is not None:
        return reason
    if seen.left is None:
        return not_observed("no connection of a request was closed early", seen.control)
    if any(event.retry is not None for event in seen.left.events):
        return passed(seen.left, *seen.rest)
    return failed("The server closed the connection of a running request without a retry field.", seen.left, *seen.rest)


@feature(
    resumption,
    id="http/resumability",
    title="Broken streams can be taken up again",
    since="2025-03-26",
    until="2026-07-28",
    page="basic/transports#resumability-and-redelivery",
    priority=Priority.LOW,
    effort=Effort.LARGE,
    remediation="Give events ids, keep the last ones of each stream, and send them again after a Last-Event-ID.",
    requirements=(
        "transports/may-replay",
        "transports/may-resume",
        "transports/sse-event-ids-allowed",
        "transports/may-close-connection",
    ),
)
def resumability(seen: Resumption) -> Sighting:
    """Long calls survive a change of network, a proxy's time limit, a sleeping laptop: the client comes back and hears
    what it has missed.
    """
    if not seen.control.events:
        return unseen("requests are answered without event streams, so there is nothing to take up")
    if seen.taken is None or seen.replay is None:
        return missing("events have no ids", seen.control)
    if _responds((seen.replay,), seen.taken):
        return implemented("a stream was taken up after its first event", seen.replay, seen.taken)
    if seen.left is not None and _responds(seen.rest, seen.left):
        return implemented("a stream that the server had closed early was taken up", *seen.rest, seen.left)
    if len(_ids(seen.taken)) < 2:
        return unseen("no request was answered with more than one event; tools that may be called could cause some")
    return partial("events have ids, and nothing was sent again after one", seen.replay, seen.taken)
