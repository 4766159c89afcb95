"""What a question says, and to whom it is put (2026-07-28, basic/patterns/mrtr)."""

from collections.abc import Iterator

from mcp_audit_harness.declare import Verdicts, check, feature
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    Priority,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    not_observed,
    passed,
    unseen,
)

from ..questions import KINDS, Try, kind_of, repeated_keys, requests_in, state_in
from .mrtr import Questions, questions

_MAX_SUBJECTS = 5
NOBODY_ASKED = "nothing that may be called asked for input; allow more with --call all or --tool NAME"


def _passed(seen: Questions, asking: list[Try]) -> Verdict:
    if not asking:
        return not_observed(NOBODY_ASKED, *(tried.exchange for tried in seen.tries[:_MAX_SUBJECTS]))
    return passed(*(tried.exchange for tried in asking[:_MAX_SUBJECTS]))


@check(
    questions,
    id="mrtr/empty-question",
    title="Answer that asks for input holds neither a question nor a state",
    requirements=("mrtr/input-required-not-empty",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Put inputRequests, requestState or both into every input_required result.",
)
def empty_question(seen: Questions) -> Verdicts:
    """A client that is asked nothing and given nothing to bring back can only send the same request for ever."""
    empty = [
        failed("it asks for input with neither inputRequests nor requestState", tried.exchange, subject=tried.subject)
        for tried in seen.asking()
        if not {"inputRequests", "requestState"} & set(tried.exchange.result or {})
    ]
    return empty[:_MAX_SUBJECTS] or _passed(seen, seen.asking())


@check(
    questions,
    id="mrtr/unknown-kind-of-question",
    title="Question is none of the kinds that a client can answer",
    requirements=("mrtr/input-request-kinds",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Ask with elicitation/create, sampling/createMessage or roots/list.",
)
def unknown_kind_of_question(seen: Questions) -> Verdicts:
    """What no client knows no client answers: the request can never be finished."""
    unknown = [
        failed(f"the question {key[:60]!r} is {kind}", tried.exchange, subject=tried.subject)
        for tried in seen.asking()
        for key, kind in _unknown_kinds(tried.exchange)
    ]
    return unknown[:_MAX_SUBJECTS] or _passed(seen, [tried for tried in seen.asking() if requests_in(tried.exchange)])


def _unknown_kinds(exchange: Exchange) -> Iterator[tuple[str, str]]:
    if "inputRequests" in (exchange.result or {}) and not isinstance((exchange.result or {})["inputRequests"], dict):
        yield "inputRequests", "no object of questions"
    for key, request in requests_in(exchange).items():
        method = request.get("method") if isinstance(request, dict) else None
        if not isinstance(method, str) or method not in KINDS:
            yield key, f"a request of the method {str(method)[:60]!r}"


@check(
    questions,
    id="mrtr/repeated-question-key",
    title="Two questions have one key",
    requirements=("mrtr/input-request-keys-unique",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Give every question of a result a key of its own.",
)
def repeated_question_key(seen: Questions) -> Verdicts:
    """JSON parsers keep one of the two and drop the other, so that one question is never put to anybody."""
    repeated = [
        failed(f"inputRequests has {', '.join(keys[:3])[:120]} more than once", tried.exchange, subject=tried.subject)
        for tried in seen.asking()
        if (keys := repeated_keys(tried.exchange))
    ]
    return repeated[:_MAX_SUBJECTS] or _passed(seen, [tried for tried in seen.asking() if requests_in(tried.exchange)])


@check(
    questions,
    id="mrtr/asks-client-that-cannot-answer",
    title="Client is asked for what it did not declare",
    requirements=("mrtr/input-requests-declared-only", "basic/no-undeclared-capability"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Look at the clientCapabilities of the request before you ask; go on without, or answer -32021.",
)
def asks_client_that_cannot_answer(seen: Questions) -> Verdicts:
    """The client has nobody to put the question to, so its user sees an error that tells nothing."""
    asked = [
        failed("a client that declared no capability was asked", bare, tried.exchange, subject=tried.subject)
        for tried, bare in seen.bare
        if requests_in(bare)
    ]
    answered = [bare for _, bare in seen.bare if bare.answered]
    if asked or answered:
        return asked or passed(*answered)
    return not_observed(NOBODY_ASKED, *(tried.exchange for tried in seen.tries[:_MAX_SUBJECTS]))


@check(
    questions,
    id="mrtr/wrong-error-for-missing-capability",
    title="What needs a capability of the client is not refused with MissingRequiredClientCapability",
    requirements=("basic/missing-capability-32021",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32021 and name the capabilities in data.requiredCapabilities.",
)
def wrong_error_for_missing_capability(seen: Questions) -> Verdicts:
    """By code and data a client learns what to declare; from any other error it concludes that the request is wrong."""
    refused = [(tried, bare) for tried, bare in seen.bare if bare.error is not None]
    wrong = [
        failed(why, bare, tried.exchange, subject=tried.subject)
        for tried, bare in refused
        if (why := _wrong_refusal(bare))
    ]
    if wrong or refused:
        return wrong or passed(*(bare for _, bare in refused))
    return not_observed("nothing that asks refused a client that declares no capability", *_bare(seen))


def _bare(seen: Questions) -> tuple[Exchange, ...]:
    return tuple(bare for _, bare in seen.bare)


def _wrong_refusal(refusal: Exchange) -> str:
    if refusal.error_code != -32021:
        return f"a client that can be asked nothing was refused with code {refusal.error_code}, not -32021"
    data = (refusal.error or {}).get("data")
    named = isinstance(data, dict) and isinstance(data.get("requiredCapabilities"), dict)
    return "" if named else "error.data.requiredCapabilities does not name the capabilities"


@check(
    questions,
    id="mrtr/abandoned-question-blocks",
    title="Request that was asked back and left alone blocks the next ones",
    requirements=("mrtr/retry-not-assumed",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Keep nothing for a question; what the answer needs goes into requestState.",
)
def abandoned_question_blocks(seen: Questions) -> Verdicts:
    """People close dialogs. A server that waits for answers that never come runs out of whatever it waits with."""
    asking = seen.asking()
    if not asking or not seen.repeated:
        return _passed(seen, [])
    first, last = asking[0], seen.repeated[-1]
    if kind_of(last) == "error":
        text = f"after {len(seen.repeated)} questions that nobody answered the same request was refused"
        return failed(text, last, first.exchange, subject=first.subject)
    if not last.answered:
        return not_observed("the last of several requests was not answered", *seen.repeated)
    return passed(*seen.repeated)


@feature(
    questions,
    id="mrtr/questions",
    title="Questions to the client in the middle of a request",
    since="2026-07-28",
    page="basic/patterns/mrtr",
    priority=Priority.MEDIUM,
    effort=Effort.MEDIUM,
    remediation="Answer input_required where a tool, a prompt or a resource needs a person, a model or the roots.",
    requirements=("mrtr/input-requests-optional", "mrtr/may-reprompt", "tools/input-required-allowed"),
)
def questions_to_the_client(seen: Questions) -> Sighting:
    """A tool that can ask does not have to fail, or guess, where a person has to decide."""
    asking = [tried for tried in seen.asking() if requests_in(tried.exchange)]
    if not asking:
        return unseen(NOBODY_ASKED)
    return implemented(f"{asking[0].subject} asks", *(tried.exchange for tried in asking[:_MAX_SUBJECTS]))


@feature(
    questions,
    id="mrtr/request-state",
    title="State that travels with the client",
    since="2026-07-28",
    page="basic/patterns/mrtr",
    priority=Priority.LOW,
    effort=Effort.MEDIUM,
    remediation="Hand out requestState, sealed, where a request takes more than one round.",
    requirements=("mrtr/request-state-optional",),
)
def request_state(seen: Questions) -> Sighting:
    """What the client carries the server does not have to keep, so that any of its instances can go on."""
    stateful = [tried for tried in seen.asking() if state_in(tried.exchange) is not None]
    if not stateful:
        return unseen("nothing that may be called handed out a state")
    return implemented(
        f"{stateful[0].subject} hands out a state", *(tried.exchange for tried in stateful[:_MAX_SUBJECTS])
    )
