"""Notifications: never answered, whatever they say. Cancellations among them (page `basic/utilities/cancellation`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Exchange,
    Impact,
    JsonObject,
    Outcome,
    Revision,
    Severity,
    Transport,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import (
    Trial,
    control_and_template,
    error_of,
    fresh_id,
    how,
    patience,
    plain_method,
    refused_by_status,
    served,
    try_messages,
)


@dataclass(frozen=True, slots=True)
class Notifications:
    """Notifications, with an ordinary request before and after them."""

    control: Exchange
    unknown: tuple[Trial, ...]
    without_id: Trial
    afterwards: Exchange


@scenario(impact=Impact.PROBING)
async def notifications(probe: Probe) -> Notifications:
    """Send notifications that no revision knows, and the plain request without its id."""
    control, template = await control_and_template(probe)
    method = f"notifications/audit-{fresh_id(probe)}"
    message = {"jsonrpc": "2.0", "method": method}
    unknown = (
        ("an unknown notification", message),
        ("an unknown notification with params", {**message, "params": {"note": "nobody knows this"}}),
    )
    named = {name: value for name, value in template.items() if name != "id"}
    return Notifications(
        control,
        await try_messages(probe, control, unknown, method),
        (await try_messages(probe, control, [("a request without an id", named)]))[0],
        await probe.request(plain_method(probe)),
    )


@check(
    notifications,
    id="jsonrpc/answers-unknown-notification",
    title="An unknown notification is answered",
    requirements=("derived/unknown-notification-ignored", "basic/no-response-to-notification"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Drop notifications that you do not know; over HTTP answer 202 without a body.",
)
def answers_unknown_notification(seen: Notifications) -> Verdicts:
    """Later revisions and extensions add notifications. An old server that answers them with an error confuses
    clients, which have no request to match it to.
    """
    return _unanswered(seen.unknown, seen.control, seen.afterwards)


@check(
    notifications,
    id="jsonrpc/answers-request-without-id",
    title="A message without an id gets a result",
    requirements=("basic/no-response-to-notification", "derived/unknown-notification-ignored"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Treat every message without an id as a notification: never send a result for it.",
)
def answers_request_without_id(seen: Notifications) -> Verdicts:
    """What has no id asks for no answer. A result that is sent all the same has no id to go by, and may be taken for
    the answer to something else.
    """
    return _unanswered([seen.without_id], seen.control, seen.afterwards)


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Cancellations of what cannot be cancelled, in a session of their own."""

    control: Exchange
    unknown: Trial
    finished: Trial
    malformed: Trial
    afterwards: Exchange


@scenario(impact=Impact.PROBING, thorough=True)
async def cancellations(probe: Probe) -> Cancellations:
    """Cancel a request that never was, one that is finished, and nothing at all; then ask for something.

    The session is its own, on stdio too: a server that breaks here would be blamed for it by every later check.
    """
    method = plain_method(probe)
    async with probe.session() as session:
        if not session.usable:
            raise Unobservable("no session could be opened", *([session.opening] if session.opening else []))
        control = await session.request(method)
        if not control.ok:
            raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)

        async def cancel(name: str, params: JsonObject) -> Trial:
            return Trial(name, await session.notify("notifications/cancelled", params))

        number, finished = fresh_id(probe), control.sent.rpc_id
        return Cancellations(
            control,
            await cancel("the cancellation of an unknown request", {"requestId": number, "reason": "never sent"}),
            await cancel("the cancellation of a finished request", {"requestId": finished, "reason": "late"}),
            await cancel("a cancellation without a requestId", {"reason": "malformed"}),
            await session.request(method, timeout=patience(control)),
        )


@check(
    cancellations,
    id="cancellation/answers-unknown-cancellation",
    title="The cancellation of an unknown or finished request is answered",
    requirements=("cancellation/invalid-cancel-ignored",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Ignore cancellations of requests that you do not know or have answered already.",
)
def answers_unknown_cancellation(seen: Cancellations) -> Verdicts:
    """A cancellation races with the response it wants to stop, so late ones are normal. Clients are not prepared for
    an answer to them.
    """
    return _unanswered([seen.unknown, seen.finished], seen.control, seen.afterwards)


@check(
    cancellations,
    id="cancellation/answers-malformed-cancellation",
    title="A malformed cancellation is answered",
    requirements=("cancellation/invalid-cancel-ignored",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Drop cancellations without a usable requestId; over HTTP a status of 400 may say so.",
)
def answers_malformed_cancellation(seen: Cancellations) -> Verdicts:
    """A notification has no answer, also when it makes no sense."""
    return _unanswered([seen.malformed], seen.control, seen.afterwards)


@check(
    cancellations,
    id="cancellation/breaks-session",
    title="After a cancellation that cancels nothing the session serves no more",
    requirements=(
        "cancellation/cancel-race-handled",
        "cancellation/invalid-cancel-ignored",
        "schema/cancel-may-arrive-late",
    ),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Look up the request that a cancellation names; where there is none, do nothing.",
)
def breaks_session(seen: Cancellations) -> Verdicts:
    """Every client that cancels loses the race now and then. A server that trips over it takes the session, and all
    that is in flight, with it.
    """
    if seen.control.transport is not Transport.STDIO and Revision(seen.control.revision).era is Era.STATELESS:
        return not_applicable("over HTTP there is no session at this revision", seen.control)
    if seen.afterwards.ok:
        return passed(seen.afterwards, seen.control)
    trials = (seen.unknown.exchange, seen.finished.exchange, seen.malformed.exchange)
    if seen.afterwards.outcome is Outcome.SILENT:
        return not_observed("no answer came to the request after the cancellations", *trials, seen.afterwards)
    message = f"After cancellations that cancel nothing, the server answered a request with {how(seen.afterwards)}."
    return failed(message, *trials, seen.afterwards, seen.control)


def _unanswered(trials: Sequence[Trial], control: Exchange, afterwards: Exchange) -> Verdicts:
    """Judge that no notification got a response; refusing it by HTTP status is allowed, error body included."""
    failures = [
        failed(f"The server answered {trial.name} with {how(trial.exchange)}.", trial.exchange, control, subject=name)
        for trial in trials
        for name in [f"message:{trial.name}"]
        if served(trial.exchange) or (error_of(trial.exchange) is not None and not refused_by_status(trial.exchange))
    ]
    if failures:
        return failures
    if not afterwards.ok:
        return not_observed(f"the request after the notifications got {how(afterwards)}", afterwards, control)
    return passed(*(trial.exchange for trial in trials), afterwards)
