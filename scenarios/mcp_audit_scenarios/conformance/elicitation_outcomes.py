"""Elicitation: what becomes of the answers, who may be asked, and refusals until a page was opened."""

from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    Exchange,
    JsonObject,
    Severity,
    Transport,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from .asking import NOBODY_ASKED, URL_REQUIRED, Consultation, Question, judged, shown
from .client_replies import ACCEPT, CANCEL, DECLINE, WRONG, form_fields
from .elicitation import required_pages
from .exploration import COMPLETE, Asking, exploration

_NO_FORM: Final = NOBODY_ASKED.format("a form")
_NO_REFUSAL: Final = (
    "no tool that may be called was refused until a page is opened; allow more with --call all or --tool NAME"
)
_NO_COMPLETION: Final = "no page was announced as done with"


@check(
    exploration,
    id="elicitation/decline-counts-as-acceptance",
    title="A tool goes on as if nobody had declined",
    requirements=("elicitation/handle-decline", "derived/accept-decline-cancel"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Go on only where the action is accept; say so in the result where it is decline or cancel.",
)
def decline_counts_as_acceptance(seen: Asking) -> Verdicts:
    """Asking is how a person stays in control. A tool that gives the same result whatever they answered has not
    asked at all. Forms that can be left as they are do not count: there, declining may mean the same.
    """
    looked: list[Consultation] = []
    failures = []
    for control, call in _repeated(seen, DECLINE, CANCEL):
        if not all(map(_needs_answer, call.asked("form"))):
            continue
        looked.append(call)
        if call.succeeded and call.outcome == control.outcome:
            message = f"After {call.manner} the tool gave the result that it gives after accept."
            failures.append(failed(message, *call.evidence, *control.evidence, subject=call.subject))
    return judged(failures, looked, _NO_FORM)


@check(
    exploration,
    id="elicitation/takes-unfit-content",
    title="Content that does not fit the form is taken",
    requirements=("elicitation/server-validates-content", "elicitation/validate-elicitation-content"),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Validate the content against the requested schema; where it does not fit, ask again or give an error.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def takes_unfit_content(seen: Asking) -> Verdicts:
    """What comes back is input like any other, and a client may be careless, or hostile. The content had values of
    other types than the form asks for; a result that repeats them, or that is the one of the proper content, shows
    that nobody looked.
    """
    looked: list[Consultation] = []
    failures = []
    for control, call in _repeated(seen, WRONG):
        taken = call.went_on or (call.succeeded and call.outcome == control.outcome)
        if taken:
            message = "The tool went on with values of other types than it had asked for."
            failures.append(failed(message, *call.evidence, *control.evidence, subject=call.subject))
        if taken or call.refused or len(call.questions) > len(control.questions):
            looked.append(call)
    return judged(failures, looked, _NO_FORM)


def _needs_answer(question: Question) -> bool:
    """Whether a form has a required field without a default."""
    schema = question.params.get("requestedSchema")
    required = schema.get("required") if isinstance(schema, dict) else None
    fields = form_fields(schema)
    return isinstance(required, list) and any(name in fields and "default" not in fields[name] for name in required)


def _repeated(seen: Asking, *manners: str) -> Iterator[tuple[Consultation, Consultation]]:
    """Yield the accepted call of a tool beside those in some other manners, as far as people were asked in them."""
    accepted = {call.tool: call for call in seen.calls if call.manner == ACCEPT and call.succeeded}
    for call in seen.calls:
        if call.manner in manners and call.tool in accepted and call.asked("form"):
            yield accepted[call.tool], call


@check(
    exploration,
    id="elicitation/uses-undeclared-mode",
    title="People are asked in a way that the client did not declare",
    requirements=("elicitation/respect-elicitation-modes",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Look into the client's elicitation capability before you ask; without a mode in it, forms are meant.",
)
def uses_undeclared_mode(seen: Asking) -> Verdicts:
    """A client that cannot open pages, or show forms, refuses, and the call fails where another way was open."""
    asked = {call.tool for call in seen.calls if call.asked("form", "url")}
    looked = [call for call in seen.restricted if call.tool in asked]
    failures = [
        failed(f"The server asked by {kind}, which the client did not declare.", *call.evidence, subject=call.subject)
        for call in looked
        for kind in dict.fromkeys(question.kind for question in call.asked("form", "url"))
        if kind not in _modes(call.declared)
    ]
    return judged(failures, looked, NOBODY_ASKED.format("elicitation"))


def _modes(declared: JsonObject | None) -> set[str]:
    elicitation = (declared or {}).get("elicitation")
    if not isinstance(elicitation, dict):
        return set()
    return set(elicitation) or {"form"}


@check(
    exploration,
    id="elicitation/required-error-without-list",
    title="A refusal until a page is opened does not say which",
    requirements=("elicitation/32042-list", "elicitation/elicitation-server-errors"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Give -32042 a data.elicitations that lists every page to open.",
)
def required_error_without_list(seen: Asking) -> Verdicts:
    """The error is an instruction: open these pages, then try again. Without the list nobody can follow it."""
    calls = _refused(seen)
    failures = [
        failed("The error -32042 has no data.elicitations.", *call.evidence, subject=call.subject)
        for call in calls
        if required_pages(call) is None
    ]
    return judged(failures, calls, _NO_REFUSAL)


@check(
    exploration,
    id="elicitation/required-error-without-need",
    title="A call is refused until a page is opened, and there is none to open",
    requirements=("elicitation/32042-only-when-needed",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Keep -32042 for calls that really wait for a page; use another error for every other reason.",
)
def required_error_without_need(seen: Asking) -> Verdicts:
    """A client that sees -32042 looks for pages to open and tries again. With nothing to open it goes round in
    circles.
    """
    calls = [call for call in _refused(seen) if required_pages(call) is not None]
    failures = [
        failed("The error -32042 lists no page.", *call.evidence, subject=call.subject)
        for call in calls
        if not required_pages(call)
    ]
    return judged(failures, calls, _NO_REFUSAL)


@check(
    exploration,
    id="elicitation/required-error-of-other-mode",
    title="A refusal until a page is opened lists something else",
    requirements=("elicitation/32042-url-mode-only",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="List nothing but elicitations of mode url, each with its elicitationId.",
)
def required_error_of_other_mode(seen: Asking) -> Verdicts:
    """Clients open what is listed. A form in that place, or a page without an id, they cannot deal with."""
    calls = [call for call in _refused(seen) if required_pages(call)]
    failures = [
        failed("An entry of -32042 lacks the mode url, or its id.", *call.evidence, subject=call.subject)
        for call in calls
        if not all(map(_is_page, required_pages(call) or ()))
    ]
    return judged(failures, calls, _NO_REFUSAL)


def _is_page(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("mode") == "url" and isinstance(entry.get("elicitationId"), str)


def _refused(seen: Asking) -> list[Consultation]:
    return [call for call in (*seen.calls, *seen.restricted) if call.end.error_code == URL_REQUIRED]


@check(
    exploration,
    id="elicitation/completes-unknown-id",
    title="The end of an elicitation is announced under an id that nobody knows",
    requirements=("elicitation/complete-has-id",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Announce the end with the elicitationId of the request.",
)
def completes_unknown_id(seen: Asking) -> Verdicts:
    """By the id the client finds the call that it can go on with. One that it never saw it ignores, as it should."""
    known = {
        str(question.params.get("elicitationId")) for call in seen.calls for question in call.asked("url")
    } | {
        str(entry.get("elicitationId")) for call in _refused(seen) for entry in required_pages(call) or ()
        if isinstance(entry, dict)
    }  # fmt: skip
    heard = list(_completions([*(round_ for call in seen.calls for round_ in call.rounds), *seen.asides]))
    for exchange, elicitation in heard:
        if elicitation not in known:
            return failed(
                f"The end of the elicitation {elicitation!r} was announced, which nobody had asked.", exchange
            )
    return shown((exchange for exchange, _ in heard), _NO_COMPLETION)


@check(
    exploration,
    id="elicitation/completes-for-others",
    title="Other clients hear of the end of an elicitation",
    requirements=("elicitation/complete-only-to-initiator",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Send the notification on the session, and where you can on the stream, of the request that asked.",
)
def completes_for_others(seen: Asking) -> Verdicts:
    """Who did what when is nobody else's business, and a client that takes the id for its own goes on with the wrong
    call.
    """
    own = [exchange for call in seen.calls for exchange in call.rounds if exchange.notifications(COMPLETE)]
    own += [exchange for exchange in seen.asides if exchange.notifications(COMPLETE)]
    if own and own[0].transport is Transport.STDIO:
        return not_applicable("a server on stdio has one client", own[0])
    if not own or not seen.others:
        return not_observed(f"{_NO_COMPLETION} while another client listened")
    for exchange, elicitation in _completions(seen.others):
        return failed(f"Another client heard of the end of {elicitation!r}.", exchange, own[0])
    return passed(own[0], *seen.others)


def _completions(exchanges: list[Exchange] | tuple[Exchange, ...]) -> Iterator[tuple[Exchange, str]]:
    for exchange in exchanges:
        for notification in exchange.notifications(COMPLETE):
            params = notification.get("params")
            yield exchange, str(params.get("elicitationId")) if isinstance(params, dict) else ""
