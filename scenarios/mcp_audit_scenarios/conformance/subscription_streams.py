"""Several subscriptions, and what each of them hears (2026-07-28, basic/patterns/subscriptions)."""

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, callable_tool, capability, check, feature, scenario
from mcp_audit_harness.model import (
    STATELESS,
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
    missing,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from .subscriptions import can_notify

_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_UPDATED = "notifications/resources/updated"
_EVERYTHING = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}
_CHANGES = re.compile(r"updat|chang|touch|writ|edit|modif|trigger", re.IGNORECASE)
_SEVERAL = 3
_MAX_TRIGGERS = 4
_PATIENCE_S = 2.0


def _params(message: JsonObject) -> JsonObject:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def _acknowledged(*answers: Exchange) -> bool:
    return any(answer.notifications(_ACKNOWLEDGED) for answer in answers)


@dataclass(frozen=True, slots=True)
class Streams:
    """Subscriptions that were open at once, in the order in which they were asked for."""

    answers: tuple[Exchange, ...]


@scenario(spec=STATELESS, impact=Impact.PROBING, needs=(can_notify,))
async def streams(probe: Probe) -> Streams:
    async with probe.session() as session, AsyncExitStack() as stack:
        await session.request("server/discover")
        opened = [
            await stack.enter_async_context(session.listen({"notifications": _EVERYTHING})) for _ in range(_SEVERAL)
        ]
        answers = [await stream.collect(until=_ACKNOWLEDGED) for stream in opened]
        # What arrived with the opening may be all that came.
        pairs = zip(opened, answers, strict=True)
        whole = [stream.opening if _acknowledged(stream.opening) else answer for stream, answer in pairs]
    return Streams(tuple(whole))


@feature(
    streams,
    id="subscriptions/listening",
    title="Subscription to changes",
    since="2026-07-28",
    page="basic/patterns/subscriptions",
    priority=Priority.MEDIUM,
    effort=Effort.MEDIUM,
    remediation="Serve subscriptions/listen for every list and resource whose changes you declare.",
)
def listening(seen: Streams) -> Sighting:
    """Clients hear of a change when it happens, and do not have to ask again and again."""
    first = seen.answers[:1]
    if _acknowledged(*first):
        return implemented("subscriptions/listen is acknowledged", *first)
    refused = [answer for answer in first if answer.answered and answer.refused]
    return missing("subscriptions/listen is refused", *refused) if refused else unseen("no answer")


@feature(
    streams,
    id="subscriptions/several",
    title="Several subscriptions at once",
    since="2026-07-28",
    page="basic/patterns/subscriptions#multiple-concurrent-subscriptions",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Keep each subscription by the id of its request.",
    requirements=("subscriptions/many-subscriptions",),
)
def several(seen: Streams) -> Sighting:
    """Behind a gateway many windows listen over one connection, each for something else."""
    if not _acknowledged(*seen.answers[:1]):
        return unseen("no subscription was acknowledged")
    if all(_acknowledged(answer) for answer in seen.answers):
        return implemented(f"{len(seen.answers)} subscriptions were open at once", *seen.answers)
    refused = [answer for answer in seen.answers if answer.answered and answer.refused]
    return missing("a second subscription is refused", *refused) if refused else unseen("a subscription got no answer")


@dataclass(frozen=True, slots=True)
class Updates:
    """Two subscriptions, each to another resource, and a call that changed the resource of the first."""

    changed: str
    call: Exchange
    subscribed: Exchange
    """What the first heard."""
    other: Exchange
    """What the second heard meanwhile."""


@scenario(
    spec=STATELESS,
    impact=Impact.PROBING,
    needs=(capability("resources.subscribe"), callable_tool),
    alone=True,
    timeout_s=30.0,
    bench=Bench.DIAGNOSTICS,
)
async def updates(probe: Probe) -> Updates:
    """Call tools that name a listed resource and speak of change, until a subscription hears of it."""
    uris = [resource["uri"] for resource in probe.offer.resources if isinstance(resource.get("uri"), str)]
    for tool in [tool for tool in probe.callable_tools() if _CHANGES.search(_words(tool))][:_MAX_TRIGGERS]:
        named = next((uri for uri in uris if uri in _words(tool)), None)
        other = next((uri for uri in uris if uri != named), None)
        if named is None or other is None:
            continue
        found = await _updated(probe, tool, named, other)
        if found.subscribed.notifications(_UPDATED):
            return found
    raise Unobservable("no tool that may be called names a listed resource and changes it; allow more with --call all")


def _words(tool: JsonObject) -> str:
    return f"{tool.get('name')} {tool.get('description')}"


async def _updated(probe: Probe, tool: JsonObject, named: str, other: str) -> Updates:
    def listen(uri: str) -> JsonObject:
        return {"notifications": {"resourceSubscriptions": [uri]}}

    async with probe.session() as session:
        await session.request("server/discover")
        async with session.listen(listen(named)) as first, session.listen(listen(other)) as second:
            for stream in (first, second):
                if not _acknowledged(stream.opening):
                    await stream.collect(until=_ACKNOWLEDGED)
            params = {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}
            call = await session.request("tools/call", params, timeout=_PATIENCE_S)
            heard = await first.collect(until=_UPDATED, timeout=_PATIENCE_S)
            # A second change of the same resource would be heard by now, too: what is sent is sent to all at once.
            return Updates(named, call, heard, await second.collect(timeout=0.2))


@check(
    updates,
    id="subscriptions/updates-of-unsubscribed",
    title="Subscription hears of a resource that it did not name",
    requirements=("derived/unsubscribed-resource-updates",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send notifications/resources/updated to the subscriptions that name the resource alone.",
)
def updates_of_unsubscribed(seen: Updates) -> Verdict:
    """A client that watches one file of thousands would be woken by each of them, and learn what others work on."""
    if not seen.subscribed.notifications(_UPDATED):
        return not_observed("the subscription to the changed resource heard nothing", seen.call, seen.subscribed)
    if any(_params(message).get("uri") == seen.changed for message in seen.other.notifications(_UPDATED)):
        text = f"a subscription to another resource was told of {seen.changed}"
        return failed(text, seen.other, seen.subscribed, seen.call)
    return passed(seen.subscribed, seen.call)
