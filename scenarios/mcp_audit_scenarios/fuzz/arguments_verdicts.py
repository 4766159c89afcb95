"""From what a search found to a verdict."""

from typing import Final

from mcp_audit_harness.declare import Verdicts
from mcp_audit_harness.model import Exchange, Verdict, failed, not_observed, passed
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzFailure

MOST_SHOWN, MOST_VERDICTS = 4, 20
NOTHING: Final = "nothing was answered, so that there is nothing to judge"


def judged(seen: Fuzzed, oracle: str, nothing: Verdict) -> Verdicts:
    """Judge by what one oracle found; `nothing` is the verdict where it had nothing to look at."""
    mine = [failure for failure in seen.failures if failure.oracle == oracle]
    sure = [failed(_sentence(one), *_evidence(one), subject=one.subject) for one in mine if _is_sure(one)]
    if sure:
        return sure[:MOST_VERDICTS]
    looked = [operation for operation in seen.operations if oracle in operation.watched]
    samples = [sample for operation in looked for sample in operation.samples[:2] if sample.answered][:MOST_SHOWN]
    if mine:
        text = f"{mine[0].message} That showed in one case of {mine[0].subject}, and not when it was played again."
        return not_observed(text, *_evidence(mine[0]), *samples)
    if samples:
        count = sum(operation.cases for operation in looked)
        things = "operation" if len(looked) == 1 else "operations"
        return passed(*samples, message=f"{count} cases against {len(looked)} {things}")
    return nothing


def _is_sure(failure: FuzzFailure) -> bool:
    return failure.again and failure.control is not None and failure.control.answered


def _sentence(failure: FuzzFailure) -> str:
    return f"{failure.message} Seen after {failure.cases} cases, and again."


def _evidence(failure: FuzzFailure) -> tuple[Exchange, ...]:
    return (*failure.exchanges, *([failure.control] if failure.control is not None else []))
