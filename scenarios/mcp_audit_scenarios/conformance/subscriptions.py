"""subscriptions/listen: acknowledgement, ids and filters (2026-07-28, basic/patterns/subscriptions)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId"
_FILTERS = {
    "tools.listChanged": "toolsListChanged",
    "prompts.listChanged": "promptsListChanged",
    "resources.listChanged": "resourcesListChanged",
}


def can_notify(probe: Probe) -> Verdict | None:
    """Need a capability whose changes can be listened to."""
    if any(probe.offer.declares(name) for name in (*_FILTERS, "resources.subscribe")):
        return None
    return not_applicable("the server declares nothing that changes: no listChanged, no resources.subscribe")


@dataclass(frozen=True, slots=True)
class Listening:
    """One listen request for everything that the server declares, and one for nothing."""

    declared: tuple[str, ...]
    """The filters that the declared capabilities allow."""
    everything: Exchange
    everything_opening: Exchange
    nothing: Exchange
    nothing_opening: Exchange


@scenario(spec=STATELESS, impact=Impact.PROBING, needs=(can_notify,))
async def listening(probe: Probe) -> Listening:
    declared = tuple(name for capability, name in _FILTERS.items() if probe.offer.declares(capability))
    async with probe.session() as session:
        # A process that has just been started gets the time that it needs before its silence counts.
        await session.request("server/discover")
        asked = dict.fromkeys(_FILTERS.values(), True)
        async with session.listen({"notifications": asked}) as stream:
            everything_opening = stream.opening
            everything = await stream.collect(until=_ACKNOWLEDGED)
        async with session.listen({"notifications": {}}) as stream:
            nothing_opening = stream.opening
            nothing = await stream.collect(until=_ACKNOWLEDGED)
    return Listening(declared, everything, everything_opening, nothing, nothing_opening)


def _messages(seen: Listening) -> list[JsonObject]:
    """Return what arrived on the first stream, in order, each message once."""
    unique: list[JsonObject] = []
    for message in (*seen.everything_opening.objects, *seen.everything.objects):
        if message not in unique:
            unique.append(message)
    return unique


def _acknowledgement(seen: Listening) -> JsonObject | None:
    return next((message for message in _messages(seen) if message.get("method") == _ACKNOWLEDGED), None)


def _params(message: JsonObject) -> JsonObject:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


@check(
    listening,
    id="subscriptions/not-acknowledged-first",
    title="Listening does not begin with an acknowledgement",
    requirements=("subscriptions/ack-first", "subscriptions/nothing-before-ack"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation=f"Send {_ACKNOWLEDGED} before anything else on the stream.",
)
def not_acknowledged_first(seen: Listening) -> Verdict:
    """Until the acknowledgement a client does not know which of its wishes will be honoured."""
    messages = _messages(seen)
    if not messages:
        return not_observed("nothing arrived on the stream", seen.everything)
    if messages[0].get("error") is not None:
        return not_observed("subscriptions/listen was refused", seen.everything_opening)
    if messages[0].get("method") != _ACKNOWLEDGED:
        first = messages[0].get("method", "a response")
        return failed(f"the first message is {first!r}", seen.everything, seen.everything_opening)
    return passed(seen.everything, seen.everything_opening)


@check(
    listening,
    id="subscriptions/wrong-subscription-id",
    title="Acknowledgement does not carry the id of the listen request",
    requirements=("basic/subscription-id-in-meta", "derived/subscription-id-type"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation=f"Put the id of the listen request, with its type, into _meta as {_SUBSCRIPTION_ID}.",
)
def wrong_subscription_id(seen: Listening) -> Verdict:
    """A client with several subscriptions on one connection sorts notifications by this id alone."""
    message = _acknowledgement(seen)
    if message is None:
        return not_observed("no acknowledgement was seen", seen.everything)
    meta = _params(message).get("_meta")
    given = meta.get(_SUBSCRIPTION_ID) if isinstance(meta, dict) else None
    wanted = seen.everything_opening.sent.rpc_id
    if type(given) is type(wanted) and given == wanted:
        return passed(seen.everything, seen.everything_opening)
    return failed(f"the subscription id is {given!r}, the listen request has {wanted!r}", seen.everything)


@check(
    listening,
    id="subscriptions/acknowledges-more-than-declared",
    title="Acknowledgement promises more than was asked for and declared",
    requirements=("derived/ack-filter-subset",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Acknowledge only what the client asked for and your capabilities declare.",
)
def acknowledges_more_than_declared(seen: Listening) -> Verdicts:
    """A client that was promised notifications stops polling for changes that it will never hear of."""
    message = _acknowledgement(seen)
    if message is None:
        return not_observed("no acknowledgement was seen", seen.everything)
    granted = _params(message).get("notifications")
    promised = [name for name in _FILTERS.values() if isinstance(granted, dict) and granted.get(name) is True]
    beyond = [name for name in promised if name not in seen.declared]
    if beyond:
        return failed(f"it promises {', '.join(beyond)} without the capability", seen.everything)
    return passed(seen.everything, seen.everything_opening)


@check(
    listening,
    id="subscriptions/acknowledges-unrequested",
    title="Acknowledgement promises what nobody asked for",
    requirements=("subscriptions/only-requested-types",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send, and promise, only the notification types that the filter names.",
)
def acknowledges_unrequested(seen: Listening) -> Verdict:
    """The filter is how a client keeps a busy server quiet."""
    answers = (*seen.nothing_opening.objects, *seen.nothing.objects)
    acknowledged = [message for message in answers if message.get("method") == _ACKNOWLEDGED]
    if not acknowledged:
        return not_observed("a listen request with an empty filter was not acknowledged", seen.nothing)
    granted = _params(acknowledged[0]).get("notifications")
    promised = [name for name, value in granted.items() if value] if isinstance(granted, dict) else []
    if promised:
        return failed(f"an empty filter was acknowledged with {', '.join(sorted(promised))}", seen.nothing)
    return passed(seen.nothing, seen.nothing_opening)
