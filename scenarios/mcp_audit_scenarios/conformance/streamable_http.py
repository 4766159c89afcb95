"""What is POSTed to the endpoint, and how it is answered (page `basic/transports`, Streamable HTTP)."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

from .trials import (
    Trial,
    Trials,
    control_and_template,
    error_of,
    fresh_id,
    how,
    never_served,
    plain_method,
    refused_by_status,
)

STREAMABLE = since("2025-03-26")
STREAMABLE_SESSIONS = STREAMABLE.before("2026-07-28")
_MEDIA_TYPES = frozenset({"application/json", "text/event-stream"})


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`notifications/initialized`, and a request that shows that the session lives."""

    notification: Exchange
    control: Exchange


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY)
async def confirmation(probe: Probe) -> Confirmation:
    async with probe.session(initialized=False) as session:
        if not session.usable:
            evidence = (session.opening,) if session.opening is not None else ()
            raise Unobservable("no session could be opened", *evidence)
        return Confirmation(
            notification=await session.notify("notifications/initialized"), control=await session.request("ping")
        )


@check(
    confirmation,
    id="http/notification-not-202",
    title="An accepted notification is answered with another status than 202",
    requirements=("transports/notification-202",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer a POST that holds a notification or a response with 202 Accepted and an empty body.",
)
def notification_not_202(seen: Confirmation) -> Verdict:
    """Status 202 says that nothing will follow. After 200 some clients wait for a body or a stream, and then fail."""
    notification = seen.notification
    if notification.status is None or not notification.answered or refused_by_status(notification):
        return not_observed(f"the notification was answered with {how(notification)}", notification, seen.control)
    if notification.status != 202:
        return failed(f"The server answered an accepted notification with HTTP {notification.status}.", notification)
    return passed(notification, seen.control)


@check(
    confirmation,
    id="http/notification-answered-with-body",
    title="The 202 to a notification has a body",
    requirements=("transports/notification-202",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Leave the body of a 202 empty.",
)
def notification_answered_with_body(seen: Confirmation) -> Verdict:
    """Nothing answers a notification. Text in its place is read by strict clients as a broken message."""
    notification = seen.notification
    if not notification.answered or notification.status != 202:
        return not_observed(f"the notification was answered with {how(notification)}, not with 202", notification)
    if notification.body:
        return failed(f"The server sent a body of {len(notification.body)} characters with a 202.", notification)
    return passed(notification, seen.control)


@scenario(spec=STREAMABLE, transports=HTTP_ONLY)
async def plain_answer(probe: Probe) -> Trials:
    control, _ = await control_and_template(probe)
    trials = [Trial(plain_method(probe), control)]
    if probe.offer.declares("tools"):
        trials.append(Trial("tools/list", await probe.request("tools/list")))
    return Trials(control, tuple(trials))


@check(
    plain_answer,
    id="http/answer-of-other-media-type",
    title="A request is answered neither as JSON nor as an event stream",
    requirements=("transports/response-content-type",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send responses with Content-Type application/json, or as a stream with text/event-stream.",
)
def answer_of_other_media_type(seen: Trials) -> Verdicts:
    """Clients choose their parser by the Content-Type and give up on any other."""
    served = [trial for trial in seen.trials if trial.exchange.status == 200 and trial.exchange.answered]
    failures = [
        failed(
            f"The server answered {trial.name} with Content-Type {trial.exchange.header('content-type')!r}.",
            trial.exchange,
            subject=f"method:{trial.name}",
        )
        for trial in served
        if trial.exchange.media_type not in _MEDIA_TYPES
    ]
    evidence = [trial.exchange for trial in served]
    return failures or (passed(*evidence) if evidence else not_observed("no request was answered with 200"))


@dataclass(frozen=True, slots=True)
class OddPosts:
    """POSTs that a server has to refuse, beside the control without their defect."""

    control: Exchange
    simple_types: tuple[Trial, ...]
    odd_accepts: tuple[Trial, ...]
    damaged: Exchange
    no_message: Exchange


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, thorough=True)
async def odd_posts(probe: Probe) -> OddPosts:
    """Send the plain request as another type, under an Accept header with one type only, and damaged."""
    control, template = await control_and_template(probe)
    mirrored = {"mcp-method": plain_method(probe)} if probe.revision.era is Era.STATELESS else {}

    async def plain(**headers: str) -> Exchange:
        message = {**template, "id": fresh_id(probe)}
        return await probe.send(message, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return OddPosts(
        control=control,
        simple_types=(
            Trial("text/plain", await plain(content_type="text/plain")),
            Trial("a web form", await plain(content_type="application/x-www-form-urlencoded")),
        ),
        odd_accepts=tuple([Trial(name, await plain(accept=name)) for name in sorted(_MEDIA_TYPES)]),
        damaged=await probe.send_bytes(json.dumps(template).encode()[:-1], headers=mirrored),
        no_message=await probe.send({"jsonrpc": "2.0", "method": 7}, headers=mirrored),
    )


@check(
    odd_posts,
    id="http/serves-simple-content-type",
    title="A request that a web page can send without asking is served",
    requirements=("derived/content-type-415",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse bodies that are not application/json with 415, before they are parsed.",
    references=("https://fetch.spec.whatwg.org/#simple-header", "https://cwe.mitre.org/data/definitions/352.html"),
)
def serves_simple_content_type(seen: OddPosts) -> Verdicts:
    """Browsers let every page send text/plain and forms to every server without a preflight request. A server that
    takes JSON under these types lets any page that its user visits call tools, unless it checks the Origin.
    """
    trials = [Trial(f"a body declared as {trial.name}", trial.exchange) for trial in seen.simple_types]
    return never_served(seen.control, trials)


@check(
    odd_posts,
    id="http/answers-with-unaccepted-type",
    title="The answer has a type that the client does not accept",
    requirements=("derived/accept-not-acceptable",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Answer in the type that Accept allows, or refuse with 406.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1",),
)
def answers_with_unaccepted_type(seen: OddPosts) -> Verdicts:
    """Clients have to accept both types, so this shows with incomplete clients only. HTTP permits to ignore Accept;
    a refusal tells the author of the client what is missing.
    """
    failures = [
        failed(
            f"The server answered a client that accepts {trial.name} only with {trial.exchange.media_type}.",
            trial.exchange,
            seen.control,
            subject=f"accept:{trial.name}",
        )
        for trial in seen.odd_accepts
        if trial.exchange.ok and trial.exchange.media_type != trial.name
    ]
    answered = [trial.exchange for trial in seen.odd_accepts if trial.exchange.answered]
    if failures:
        return failures
    return passed(*answered, seen.control) if answered else not_observed("no answer came", seen.control)


@check(
    odd_posts,
    id="http/server-error-for-damaged-body",
    title="A damaged body causes a server error",
    requirements=("derived/parse-error-32700",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Catch what the JSON parser raises and answer 400 with the error -32700.",
)
def server_error_for_damaged_body(seen: OddPosts) -> Verdict:
    """Status 5xx says that the server failed and that the same request may work later; clients and proxies repeat
    it, and operators are alarmed by what any caller can cause.
    """
    if not seen.damaged.answered or seen.damaged.status is None:
        return not_observed("no answer came to the damaged body", seen.damaged, seen.control)
    if seen.damaged.status >= 500:
        return failed(
            f"The server answered truncated JSON with HTTP {seen.damaged.status}.", seen.damaged, seen.control
        )
    return passed(seen.damaged, seen.control)


@check(
    odd_posts,
    id="http/refuses-notification-with-200",
    title="Input that is not accepted is refused with a status of success",
    requirements=("transports/notification-reject-4xx",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer input without an id that you cannot accept with HTTP 400.",
)
def refuses_notification_with_200(seen: OddPosts) -> Verdict:
    """The sender of a notification looks at nothing but the status. An error under status 200 never reaches it."""
    refusal = seen.no_message
    if not refusal.answered or refusal.status is None:
        return not_observed("no answer came to the malformed notification", refusal, seen.control)
    if error_of(refusal) is not None and refusal.status < 400:
        return failed(f"The server refused a notification under HTTP {refusal.status}.", refusal, seen.control)
    if not refused_by_status(refusal):
        return not_observed(f"the malformed notification was answered with {how(refusal)}", refusal, seen.control)
    return passed(refusal, seen.control)
