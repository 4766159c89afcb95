"""What generated requests showed, in the words that every format for people uses."""

from mcp_audit_harness.model import FailingInput, Finding, Fuzzing, Report

from .digest import plural
from .escape import shortened
from .plain import dumped


def played(fuzzing: Fuzzing) -> str:
    """Return how much was played, in one line."""
    covered, coverable = fuzzing.covered
    schemas = f", schema coverage {covered} of {coverable}" if coverable else ""
    return f"{plural(fuzzing.cases, 'case')} ({fuzzing.cases_per_s:.0f}/s), seed {fuzzing.seed}{schemas}"


def inputs_of(finding: Finding, report: Report) -> tuple[FailingInput, ...]:
    """Return the failing inputs that a finding stands for, each minimal case once."""
    failures = report.fuzzing.failures if report.fuzzing is not None else ()
    related = {minimal_text(failure): failure for failure in failures if failure.finding == finding.id}
    return tuple(related.values())


def proven(fuzzing: Fuzzing) -> tuple[FailingInput, ...]:
    """Return the failures that belong to a finding."""
    return tuple(failure for failure in fuzzing.failures if failure.finding)


def unproven(fuzzing: Fuzzing) -> tuple[FailingInput, ...]:
    """Return the failures that are no finding: they did not show again, or nothing proves that the target lived."""
    return tuple(failure for failure in fuzzing.failures if not failure.finding)


def minimal_text(failure: FailingInput, length: int = 0) -> str:
    """Return the smallest input on one line, at most `length` characters of it if that is given.

    It is JSON; of bytes that are a text the text, and the headers that were changed.
    """
    minimal = failure.minimal
    if isinstance(minimal, dict) and isinstance(minimal.get("text"), str):
        rest = {name: value for name, value in minimal.items() if name not in {"bytes", "text"} and value}
        text = minimal["text"] + (f"  {dumped(rest)}" if rest else "")
    else:
        text = dumped(minimal)
    return shortened(text, length) if length else text


def why_unproven(failure: FailingInput) -> str:
    """Return a failure that is no finding in one sentence."""
    why = "did not show again" if not failure.reproduced else "is no finding"
    return f"{failure.check} at {failure.subject} {why}: {failure.message} ({minimal_text(failure, 120)})"


def coverage_rows(fuzzing: Fuzzing) -> list[list[str]]:
    """Return a row for each schema: subject, revision, cases, valid, invalid, places covered."""
    return [
        [
            item.subject,
            str(item.revision),
            str(item.cases),
            str(item.valid),
            str(item.invalid),
            f"{item.covered} of {item.coverable}" if item.coverable else "",
        ]
        for item in fuzzing.schemas
        if item.cases
    ]


def troubles(fuzzing: Fuzzing) -> tuple[str, ...]:
    """Return why something was not fuzzed, or not in full, each reason once with all that it kept back."""
    kept_back: dict[str, list[str]] = {}
    for item in fuzzing.schemas:
        if item.trouble:
            kept_back.setdefault(item.trouble, []).append(item.subject)
    return tuple(f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in kept_back.items())
