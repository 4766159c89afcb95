"""Answers that come as server-sent events (page `basic/transports`, Streamable HTTP; WHATWG HTML, section 9.2)."""

from collections import Counter
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Outcome,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .streamable_http import STREAMABLE, STREAMABLE_SESSIONS
from .trials import how, plain_method

_LEFT_OPEN = "stream still open after the response"
_NO_STREAM = "the server answers requests without event streams"
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class RequestStreams:
    """Plain requests of one session, one after another; `streams` are those that were answered by a stream."""

    control: Exchange
    streams: tuple[Exchange, ...]


@scenario(spec=STREAMABLE, transports=HTTP_ONLY)
async def request_streams(probe: Probe) -> RequestStreams:
    method = plain_method(probe)
    control = await probe.request(method)
    if not control.ok:
        raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
    answers = [await probe.request(method, rpc_id=f"stream-{number}") for number in range(_ENOUGH)]
    return RequestStreams(control, tuple(answer for answer in answers if answer.media_type == "text/event-stream"))


@check(
    request_streams,
    id="http/stream-left-open",
    title="The stream stays open after the response",
    requirements=("transports/close-stream-after-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Close the stream of a request once its response has been sent.",
)
def stream_left_open(seen: RequestStreams) -> Verdict:
    """Every open stream holds a connection of the client, the server and each proxy between them."""
    if not seen.streams:
        return not_applicable(_NO_STREAM, seen.control)
    answered = [exchange for exchange in seen.streams if exchange.reply is not None]
    open_ones = [exchange for exchange in answered if _LEFT_OPEN in exchange.note]
    if len(answered) < _ENOUGH:
        return not_observed(f"only {len(answered)} streams carried a response", *seen.streams, seen.control)
    if len(open_ones) == len(answered):
        return failed("The server left every stream open after the response.", *open_ones, seen.control)
    return passed(*answered, seen.control)


@check(
    request_streams,
    id="http/malformed-event",
    title="An event of the stream is no message",
    requirements=("derived/sse-framing",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send one JSON-RPC message as the data of each event; use comment lines to keep a stream alive.",
)
def malformed_event(seen: RequestStreams) -> Verdict:
    """Clients parse the data of each event as JSON; text between the messages is an error in many of them."""
    if not seen.streams:
        return not_applicable(_NO_STREAM, seen.control)
    for exchange in seen.streams:
        if exchange.strays:
            return failed(
                f"The server sent an event with the data {exchange.strays[0][:60]!r}.", exchange, seen.control
            )
        if "in the middle of an event" in exchange.note:
            return failed("The server ended a stream in the middle of an event.", exchange, seen.control)
    return _passed(seen)


@dataclass(frozen=True, slots=True)
class SessionStreams:
    """As `RequestStreams`, for duties that sessions alone have."""

    control: Exchange
    streams: tuple[Exchange, ...]


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY)
async def session_streams(probe: Probe) -> SessionStreams:
    control = await probe.request("ping")
    if not control.ok:
        raise Unobservable(f"ping was answered with {how(control)}, so there is no control", control)
    answers = [control, *[await probe.request("ping", rpc_id=f"reply-{number}") for number in range(_ENOUGH)]]
    return SessionStreams(control, tuple(answer for answer in answers if answer.media_type == "text/event-stream"))


@check(
    session_streams,
    id="http/stream-without-response",
    title="The stream of a request ends without the response",
    requirements=("transports/sse-has-response", "transports/no-close-before-response"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Keep the stream of a request open until its response has been sent.",
)
def stream_without_response(seen: SessionStreams) -> Verdict:
    """The client waits for a response that cannot come any more; without a time limit it waits for ever. A stream
    whose events have ids may be resumed, and is not judged.
    """
    if not seen.streams:
        return not_applicable(_NO_STREAM, seen.control)
    for exchange in seen.streams:
        resumable = any(event.id for event in exchange.events)
        if exchange.outcome is Outcome.CLOSED and exchange.reply is None and not resumable:
            return failed("The server ended the stream of a ping without a response.", exchange, seen.control)
    answered = [exchange for exchange in seen.streams if exchange.reply is not None]
    if len(answered) < len(seen.streams):
        return not_observed("not every stream ended, with or without a response", *seen.streams)
    return passed(*answered, seen.control)


@check(
    session_streams,
    id="http/repeats-event-id",
    title="Two events of a session have the same id",
    requirements=("transports/sse-event-id-unique",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Give every event an id that is unique over all streams of its session, or none at all.",
)
def repeats_event_id(seen: SessionStreams) -> Verdicts:
    """A client resumes from an id. When several streams know the same one, it gets the messages of another stream,
    or none.
    """
    answered = [exchange for exchange in seen.streams if exchange.answered]
    known = Counter(event.id for exchange in answered for event in exchange.events if event.id)
    if not known:
        return not_applicable("the server gives its events no ids", seen.control)
    repeated = [name for name, times in known.items() if times > 1]
    if repeated:
        shown = [exchange for exchange in answered if any(event.id == repeated[0] for event in exchange.events)]
        return failed(f"The server used the event id {repeated[0]!r} {known[repeated[0]]} times.", *shown)
    return passed(*answered)


def _passed(seen: RequestStreams) -> Verdict:
    answered = [exchange for exchange in seen.streams if exchange.answered]
    return passed(*answered, seen.control) if answered else not_observed("no stream carried anything", seen.control)
