"""Which stream a message goes on (page `basic/transports`): that of its request, or the GET stream, and only one."""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Bench, Unobservable, callable_tool, check, feature, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Effort,
    Exchange,
    Impact,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    not_applicable,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe, Session

from .streamable_http import STREAMABLE_SESSIONS
from .talkative_tools import MOST, talkative

_PATIENCE_S = 3.0
_WATCHED_S = 0.2
_PROGRESS, _LOG = "notifications/progress", "notifications/message"


@dataclass(frozen=True, slots=True)
class ManyStreams:
    """Calls made at the same time in one session, while it had GET streams open."""

    calls: tuple[Exchange, ...]
    tokens: tuple[str, ...]
    """The progress token of each call."""
    gets: tuple[Exchange, ...]
    """What came on the GET streams that the target opened."""
    refused: tuple[Exchange, ...]
    """The other GETs."""

    def reports(self, exchange: Exchange) -> Iterator[tuple[str, JsonObject]]:
        """Yield the progress notifications in an exchange that carry one of the tokens."""
        for message in exchange.notifications(_PROGRESS):
            params = message.get("params")
            token = params.get("progressToken") if isinstance(params, dict) else None
            if isinstance(token, str) and token in self.tokens:
                yield token, message

    @property
    def reporting(self) -> tuple[Exchange, ...]:
        """The calls on whose own stream progress of theirs came."""
        both = zip(self.calls, self.tokens, strict=False)
        return tuple(call for call, token in both if any(found == token for found, _ in self.reports(call)))


@scenario(
    spec=STREAMABLE_SESSIONS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(callable_tool,),
    timeout_s=20.0,
    bench=Bench.DIAGNOSTICS,
    thorough=True,
)
async def many_streams(probe: Probe) -> ManyStreams:
    """Call tools that speak while they work, all at once, with two GET streams open, if the target lets us."""
    chosen = (talkative(probe) * 2)[:MOST]
    if not chosen:
        raise Unobservable(
            "no tool that may be called says anything while it works; allow more with --call all or --tool NAME"
        )
    tokens = tuple(f"call-{number}-{probe.rng.getrandbits(48):x}" for number in range(len(chosen)))
    async with probe.session() as session, AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(session.stream()) for _ in range(2)]
        calls = await _call_all(session, chosen, tokens)
        opened = [stream for stream in streams if stream.opening.status == 200]
        gets = [await stream.collect(timeout=_WATCHED_S) for stream in opened]
        refused = [stream.opening for stream in streams if stream not in opened]
        return ManyStreams(calls, tokens, tuple(gets), tuple(refused))


async def _call_all(session: Session, chosen: list[JsonObject], tokens: tuple[str, ...]) -> tuple[Exchange, ...]:
    calls: dict[str, Exchange] = {}

    async def call(params: JsonObject, token: str) -> None:
        meta = {"progressToken": token}
        calls[token] = await session.request("tools/call", params, meta=meta, timeout=_PATIENCE_S)

    async with anyio.create_task_group() as tasks:
        for params, token in zip(chosen, tokens, strict=True):
            tasks.start_soon(call, params, token)
    return tuple(calls[token] for token in tokens)


@check(
    many_streams,
    id="http/message-of-another-request",
    title="A message about one request comes on the stream of another",
    requirements=("transports/sse-messages-related",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send what concerns a request on the stream that answers it.",
)
def message_of_another_request(seen: ManyStreams) -> Verdict:
    """Clients end a stream when its response has come, and may hand out its messages to whoever waits for it. What
    concerns another request is lost, or reaches the wrong one.
    """
    for call, own in zip(seen.calls, seen.tokens, strict=False):
        if any(token != own for token, _ in seen.reports(call)):
            return failed("The server reported the progress of one call on the stream of another.", call, *seen.calls)
    if len(seen.calls) < 2 or not seen.reporting:
        return not_observed("no call reported progress on its own stream", *seen.calls)
    return passed(*seen.calls)


@check(
    many_streams,
    id="http/related-message-on-get-stream",
    title="A message about a running request comes on the GET stream",
    requirements=("transports/get-stream-unrelated",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send progress of a request, and what else concerns it, on the stream that answers it.",
)
def related_message_on_get_stream(seen: ManyStreams) -> Verdict:
    """Clients that do not open a GET stream, which is their choice, never hear it. Others get it without its order
    relative to the response.
    """
    if not seen.gets:
        return not_applicable("the server offers no GET stream", *seen.refused)
    for heard in seen.gets:
        if any(True for _ in seen.reports(heard)):
            return failed("The server reported the progress of a running call on the GET stream.", heard, *seen.calls)
    if not seen.reporting:
        return not_observed("no call reported progress", *seen.calls, *seen.gets)
    return passed(*seen.reporting, *seen.gets)


@check(
    many_streams,
    id="http/broadcasts-message",
    title="One message is sent on several streams",
    requirements=("transports/no-broadcast",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Choose one of a client's streams for each message.",
    effort=Effort.MEDIUM,
)
def broadcasts_message(seen: ManyStreams) -> Verdict:
    """The client takes both for messages of their own: it counts progress twice, shows a log line twice, and answers a
    request twice.
    """
    streams = (*seen.calls, *seen.gets)
    first: dict[str, Exchange] = {}
    for exchange in streams:
        for text, by_two in _said(seen, exchange):
            other = first.setdefault(text, exchange)
            if other is not exchange and not (by_two and exchange in seen.calls):
                return failed("The server sent the same message on two streams of one session.", other, exchange)
    if not first or len(streams) < 2:
        return not_observed("nothing was said on any of several streams", *streams, *seen.refused)
    return passed(*streams)


def _said(seen: ManyStreams, exchange: Exchange) -> Iterator[tuple[str, bool]]:
    """Yield each message that is sent once, and whether two calls of one tool may say it each."""
    own = [message for _, message in seen.reports(exchange)]
    for message in (*own, *exchange.server_requests):
        yield json.dumps(message, sort_keys=True), False
    for message in exchange.notifications(_LOG):
        yield json.dumps(message, sort_keys=True), True


@feature(
    many_streams,
    id="http/messages-before-response",
    title="Answers are streamed: messages come before the response",
    since="2025-03-26",
    until="2026-07-28",
    page="basic/transports#sending-messages-to-the-server",
    priority=Priority.MEDIUM,
    remediation="Answer requests whose handlers report, log or ask with a text/event-stream.",
    requirements=("transports/sse-server-messages-first", "transports/sse-responses-may-batch"),
)
def messages_before_response(seen: ManyStreams) -> Sighting:
    """Progress, log messages and questions reach the client while the work goes on, on the connection that it has."""
    streamed = [call for call in seen.calls if call.ok and len(call.messages) > 1]
    if streamed:
        return implemented("calls were answered with a stream of messages", *streamed)
    return unseen("no call said anything before its response")
