"""What a server takes for a state of its own (2026-07-28, basic/patterns/mrtr, server requirements).

A state that nothing depends on needs no protection: only where a request cannot be finished without its state does it
count that another one was accepted.
"""

from collections.abc import Callable, Sequence

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Effort, Exchange, Severity, failed, not_observed, passed

from ..questions import kind_of
from .mrtr import Carried, Questions, questions

_NO_STATE = "nothing that may be called hands out a requestState without which it cannot be finished"


def _depends(carried: Carried) -> bool:
    """Whether the request is finished with its state, and not without it."""
    return kind_of(carried.whole) == "result" and carried.absent.answered and kind_of(carried.absent) != "result"


def _never_accepted(seen: Questions, spoiled: Callable[[Carried], Sequence[Exchange]], what: str) -> Verdicts:
    """Fail for each request that was finished with a spoiled state."""
    able = [carried for carried in seen.carried if _depends(carried)]
    failures = [
        failed(
            f"it was finished with {what}", accepted[0], carried.whole, carried.absent, subject=carried.asked.subject
        )
        for carried in able
        if (accepted := [one for one in spoiled(carried) if kind_of(one) == "result"])
    ]
    answered = [one for carried in able for one in spoiled(carried) if one.answered]
    if failures or answered:
        return failures or passed(*answered, *(carried.whole for carried in able))
    return not_observed(_NO_STATE, *(carried.whole for carried in seen.carried))


@check(
    questions,
    id="mrtr/accepts-tampered-state",
    title="State that was changed on the way is accepted",
    requirements=("mrtr/request-state-integrity",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Sign or encrypt requestState, and refuse what does not verify.",
    references=("https://cwe.mitre.org/data/definitions/565.html",),
    effort=Effort.MEDIUM,
)
def accepts_tampered_state(seen: Questions) -> Verdicts:
    """The state passes through the client. Who can change it decides what the server believes to have decided itself:
    which step was done, who confirmed, what is allowed.
    """
    return _never_accepted(seen, lambda carried: carried.tampered, "a state that had been changed")


@check(
    questions,
    id="mrtr/accepts-foreign-state",
    title="State of another request is accepted",
    requirements=("mrtr/request-state-replay-bounds",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Bind requestState to the method, the name and the arguments that it was made for.",
    references=("https://cwe.mitre.org/data/definitions/294.html",),
    effort=Effort.MEDIUM,
)
def accepts_foreign_state(seen: Questions) -> Verdicts:
    """A confirmation that was given for one call then opens another that nobody confirmed."""

    def foreign(carried: Carried) -> Sequence[Exchange]:
        return [carried.foreign] if carried.foreign is not None else []

    return _never_accepted(seen, foreign, "the state of another request")


@check(
    questions,
    id="mrtr/trips-over-odd-state",
    title="State that no server hands out is an internal error",
    requirements=("mrtr/request-state-untrusted",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Refuse a requestState that you cannot read with -32602.",
)
def trips_over_odd_state(seen: Questions) -> Verdicts:
    """The state is the client's word. A server that fails over a number or a long text has read it before it looked."""
    tried = [(carried, odd) for carried in seen.carried for odd in carried.garbage]
    failures = [
        failed(f"an odd requestState was answered with {why}", odd, carried.whole, subject=carried.asked.subject)
        for carried, odd in tried
        if (why := _stumble(odd))
    ]
    accepted = [
        failed("it was finished with an odd requestState", odd, carried.whole, subject=carried.asked.subject)
        for carried, odd in tried
        if _depends(carried) and kind_of(odd) == "result"
    ]
    answered = [odd for _, odd in tried if odd.answered]
    if failures or accepted or answered:
        return [*failures, *accepted] or passed(*answered)
    return not_observed("nothing that may be called hands out a requestState")


def _stumble(odd: Exchange) -> str:
    if odd.error_code == -32603:
        return "an internal error"
    return f"HTTP {odd.status}" if odd.status is not None and odd.status >= 500 else ""
