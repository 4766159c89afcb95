"""What generated requests showed: the failing inputs, and how much of the schemas they met."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report

from .. import fuzzed
from ..escape import code, prose
from .tables import table

_INPUT = 400


def fuzz(report: Report) -> Iterator[str]:
    """Yield the section; nothing where no requests were generated."""
    found = report.fuzzing
    if found is None:
        return
    yield "## Fuzzing"
    yield prose(f"Played: {fuzzed.played(found)}. The same seed gives the same cases.")
    failing = fuzzed.proven(found)
    if failing:
        columns = ("Finding", "Check", "Subject", "Smallest input", "First after")
        rows = [
            [
                prose(failure.finding),
                code(failure.check),
                code(failure.subject),
                code(fuzzed.minimal_text(failure, _INPUT)),
                f"{failure.first_after} cases",
            ]
            for failure in failing
        ]
        yield table(columns, rows)
    unproven = fuzzed.unproven(found)
    if unproven:
        yield "Seen, but no finding:"
        yield "\n".join(f"- {prose(fuzzed.why_unproven(failure))}" for failure in unproven)
    rows = [[code(subject), *rest] for subject, *rest in fuzzed.coverage_rows(found)]
    if rows:
        yield table(("Subject", "Revision", "Cases", "Valid", "Invalid", "Schema places met"), rows)
    troubles = fuzzed.troubles(found)
    if troubles:
        yield "\n".join(f"- {prose(trouble)}" for trouble in troubles)
