"""What becomes of the answers that a client brings back (2026-07-28, basic/patterns/mrtr, error handling)."""

from collections.abc import Callable, Sequence

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Exchange, Severity, failed, not_observed, passed

from ..questions import kind_of
from .mrtr import Questions, Retried, questions
from .mrtr_questions import NOBODY_ASKED

_GOES_ON = frozenset({"result", "question"})
_REFUSED = frozenset({"error", "tool error"})


def _judged(seen: Questions, way: Callable[[Retried], Exchange], wrong: Callable[[Retried], str]) -> Verdicts:
    """Fail for each request whose `way` back is `wrong` (a sentence); only requests that can be answered count."""
    able = [retried for retried in seen.retried if kind_of(retried.whole) in _GOES_ON]
    failures = [
        failed(why, way(retried), retried.whole, subject=retried.asked.subject)
        for retried in able
        if (why := wrong(retried))
    ]
    answered = [way(retried) for retried in able if way(retried).answered]
    if failures or answered:
        return failures or passed(*answered, *(retried.whole for retried in able))
    return not_observed(NOBODY_ASKED if not seen.retried else "no question could be answered", *_wholes(seen))


def _wholes(seen: Questions) -> Sequence[Exchange]:
    return [retried.whole for retried in seen.retried]


@check(
    questions,
    id="mrtr/refuses-extra-answer",
    title="Answer that nobody asked for makes the request fail",
    requirements=("mrtr/ignore-extra-responses",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Ignore members of inputResponses that you did not ask for.",
)
def refuses_extra_answer(seen: Questions) -> Verdicts:
    """Clients that send all answers of earlier rounds again, to be safe, never get an answer of their own."""

    def wrong(retried: Retried) -> str:
        return "with one answer more it was refused" if kind_of(retried.extra) in _REFUSED else ""

    return _judged(seen, lambda retried: retried.extra, wrong)


@check(
    questions,
    id="mrtr/refuses-missing-answer",
    title="Missing answer is refused and not asked for again",
    requirements=("mrtr/re-ask-missing",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer input_required again with the questions that are still open.",
)
def refuses_missing_answer(seen: Questions) -> Verdicts:
    """A client that could answer only some of the questions loses the answers that it gave, and its user's patience."""

    def wrong(retried: Retried) -> str:
        return "with an answer missing it was refused" if kind_of(retried.partial) in _REFUSED else ""

    return _judged(seen, lambda retried: retried.partial, wrong)


@check(
    questions,
    id="mrtr/accepts-malformed-answer",
    title="Answer of no known form is accepted",
    requirements=("mrtr/validate-input-responses",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Read each answer by the result type of its question; refuse or ask again where it does not fit.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def accepts_malformed_answer(seen: Questions) -> Verdicts:
    """The answer stands for a person's consent or a model's words; what is neither must not count as either."""

    def wrong(retried: Retried) -> str:
        both = kind_of(retried.whole) == "result" == kind_of(retried.malformed)
        return "it was completed with plain texts in the place of the answers" if both else ""

    return _judged(seen, lambda retried: retried.malformed, wrong)


@check(
    questions,
    id="mrtr/unreadable-answers-without-error",
    title="Answers of the wrong type are not refused with an error",
    requirements=("mrtr/mrtr-protocol-errors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 when inputResponses is no object.",
)
def unreadable_answers_without_error(seen: Questions) -> Verdicts:
    """A client with a defect has to hear of it. One that is asked again, or given a result, goes on without an end."""

    def wrong(retried: Retried) -> str:
        kind = kind_of(retried.unreadable)
        return f"inputResponses that is a text was answered with a {kind}" if kind not in {"error", "nothing"} else ""

    return _judged(seen, lambda retried: retried.unreadable, wrong)
