"""Whether the level of log messages is honoured, and where they arrive (server/utilities/logging).

A tool that logs is found by what it does: tools that have logged already are called, then those whose name or
description speaks of logs, then a few others, until one logs.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, capability, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Exchange,
    JsonObject,
    Revision,
    Severity,
    Transport,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe, Session, Stream

from ..arguments import valid_arguments
from .asking import called_name
from .log_messages import METHOD
from .subscriptions import can_notify

LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
"""From the least to the most severe (RFC 5424)."""
_HIGH = "error"
_META_LEVEL = "io.modelcontextprotocol/logLevel"
_LIKELY = re.compile(r"\blog(s|ged|ger|ging)?\b", re.IGNORECASE)
_MOST_TOOLS = 6
_PATIENCE_S = 2.0
_LISTEN_S, _DRAIN_S = 0.2, 0.05
_EVERYTHING = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}


@dataclass(frozen=True, slots=True)
class LogTrial:
    """One tool that logs, called at the lowest level, and again where only errors are wanted."""

    tool: str
    everything: tuple[Exchange, ...]
    """The call at the level debug, and what came beside it on the GET stream."""
    raised: Exchange | None
    """How the level was raised; None in the stateless era, where it goes with the call."""
    errors: tuple[Exchange, ...]
    """As `everything`, at the level error."""
    beside: Exchange | None = None
    """What came on a stream of subscriptions during another call at the level debug."""
    called: Exchange | None = None
    """That other call."""

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Calls tools at a level, in one session."""

    caller: Probe | Session
    era: Era
    stream: Stream | None = field(default=None)

    async def set_level(self, level: str) -> Exchange | None:
        """Set the level of the session; None where there is none."""
        if self.era is Era.STATELESS:
            return None
        answer = await self.caller.request("logging/setLevel", {"level": level})
        if self.stream is not None:
            # What was logged before the level changed may arrive after the answer: another connection carries it.
            await self.stream.collect(timeout=_DRAIN_S)
        return answer

    async def call(self, tool: JsonObject, level: str, *, wait: bool = True) -> tuple[Exchange, ...]:
        """Call a tool with plain arguments; return the call and what came beside it."""
        params = {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}
        meta = {_META_LEVEL: level} if self.era is Era.STATELESS else None
        call = await self.caller.request("tools/call", params, meta=meta, timeout=_PATIENCE_S)
        if self.stream is None or call.notifications(METHOD):
            return (call,)
        return (call, await self.stream.collect(until=METHOD, timeout=_LISTEN_S if wait else 0))


@asynccontextmanager
async def _desk(probe: Probe) -> AsyncIterator[Desk]:
    """Open a session of its own where its level would change what others hear, and listen where servers may log."""
    era = probe.revision.era
    if era is Era.STATELESS or probe.transport is not Transport.HTTP:
        yield Desk(probe, era)
        return
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(probe.session())
        if not session.usable:
            raise Unobservable("no session could be opened", *([session.opening] if session.opening else []))
        streams = probe.revision > Revision.V2024_11_05
        yield Desk(session, era, await stack.enter_async_context(session.stream()) if streams else None)


@scenario(needs=(capability("logging"), callable_tool), timeout_s=45.0, bench=Bench.DIAGNOSTICS)
async def log_trial(probe: Probe) -> LogTrial:
    """Find a tool that logs, and call it at the lowest level, at `error`, and while a stream of subscriptions is open.

    On stdio the session is shared, so that the level is lowered again.
    """
    async with _desk(probe) as desk:
        await desk.set_level(LEVELS[0])
        tool, everything = await logging_tool(probe, desk)
        raised = await desk.set_level(_HIGH)
        errors = await desk.call(tool, _HIGH, wait=len(everything) > 1)
        await desk.set_level(LEVELS[0])
    beside, called = await _beside(probe, tool)
    return LogTrial(str(tool["name"]), everything, raised, errors, beside, called)


async def logging_tool(probe: Probe, desk: Desk) -> tuple[JsonObject, tuple[Exchange, ...]]:
    """Return a tool that logs, and what a call of it at the lowest level brought.

    Raises:
        Unobservable: none of those that may be called does.
    """
    for tool in _candidates(probe):
        heard = await desk.call(tool, LEVELS[0])
        if any(exchange.notifications(METHOD) for exchange in heard):
            return tool, heard
    raise Unobservable("no tool that may be called logged anything; allow more with --call all or --tool NAME")


def _candidates(probe: Probe) -> list[JsonObject]:
    have = {called_name(seen) for seen in probe.transcript if seen.notifications(METHOD)}

    def rank(tool: JsonObject) -> int:
        words = f"{tool.get('name')} {tool.get('description')}".replace("_", " ").replace("-", " ")
        return 0 if tool.get("name") in have else 1 if _LIKELY.search(words) else 2

    return sorted(probe.callable_tools(), key=rank)[:_MOST_TOOLS]


async def _beside(probe: Probe, tool: JsonObject) -> tuple[Exchange | None, Exchange | None]:
    """Call the tool while a stream of subscriptions is open; nothing where there are none, or all share one stream."""
    if probe.revision.era is not Era.STATELESS or probe.transport is not Transport.HTTP or can_notify(probe):
        return None, None
    asked = {"notifications": _EVERYTHING, "_meta": {_META_LEVEL: LEVELS[0]}}
    async with probe.session() as session, session.listen(asked) as stream:
        (called,) = await Desk(session, Era.STATELESS).call(tool, LEVELS[0])
        return await stream.collect(until=METHOD, timeout=_LISTEN_S), called


@check(
    log_trial,
    id="logging/ignores-level",
    title="Log messages below the level that was asked for",
    requirements=("derived/log-level-enum",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send nothing below the level of logging/setLevel, or of the request's _meta from 2026-07-28 on.",
)
def ignores_level(seen: LogTrial) -> Verdicts:
    """Whoever asks for errors alone has nobody who reads the rest. Messages that come all the same cost bandwidth,
    and hide the ones that matter.
    """
    if seen.raised is not None and not seen.raised.ok:
        return not_observed("the level could not be set", seen.raised)
    if not _below(seen.everything):
        return not_observed(f"the tool logs nothing below {_HIGH}, so that no level tells", *seen.everything)
    if not seen.errors[0].answered:
        return not_observed("the call at a higher level was not answered", *seen.errors)
    steps = [seen.raised] if seen.raised else []
    below = _below(seen.errors)
    if below:
        text = f"The server sent a message of level {below[0]}, when asked for {_HIGH} and above."
        return failed(text, *seen.errors, *steps, *seen.everything, subject=seen.subject)
    return passed(*seen.errors, *steps, *seen.everything)


@check(
    log_trial,
    id="logging/message-on-other-stream",
    title="Log messages of a request arrive on a stream of subscriptions",
    requirements=("logging/log-request-scoped",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send the messages of a request on the stream of that request, and nowhere else.",
)
def message_on_other_stream(seen: LogTrial) -> Verdicts:
    """The request asked for messages, the stream of subscriptions did not: there they can be matched to no request,
    and where the stream is somebody else's they tell that one what this caller does.
    """
    if seen.beside is None or seen.called is None:
        return not_applicable("the server has no streams of subscriptions, or all share one channel")
    if seen.beside.notifications(METHOD):
        text = "A log message of a call arrived on a stream of subscriptions."
        return failed(text, seen.beside, seen.called, subject=seen.subject)
    if not seen.called.answered or not seen.called.notifications(METHOD):
        return not_observed("the call beside the stream logged nothing", seen.called, seen.beside)
    return passed(seen.called, seen.beside)


def _below(exchanges: tuple[Exchange, ...]) -> list[str]:
    """Return the levels of messages below `_HIGH`."""
    levels = [
        params.get("level")
        for exchange in exchanges
        for message in exchange.notifications(METHOD)
        if isinstance(params := message.get("params"), dict)
    ]
    return [level for level in levels if level in LEVELS and LEVELS.index(level) < LEVELS.index(_HIGH)]
