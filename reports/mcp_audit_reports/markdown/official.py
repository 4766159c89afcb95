"""The results of the official conformance suite beside ours, where they were imported."""

from collections.abc import Iterator

from mcp_audit_harness.model import Disagreement, Report

from ..escape import code, prose, shortened
from .tables import table

_TEXT = 300


def official(report: Report) -> Iterator[str]:
    """Yield the section: how much was compared, and every disagreement with both sides."""
    found = report.official
    if found is None:
        return
    yield "## Official conformance suite"
    yield (
        f"{found.checks} verdicts of the suite were imported; {found.mapped} of them belong to rows of the matrix, and "
        f"on {found.compared} pairs of a verdict and a row both sides say something. "
        f"They disagree on {len(found.disagreements)}. The suite's word changes no verdict of this report."
    )
    if found.disagreements:
        columns = ("Revision", "Official check", "It says", "Row", "This report says", "Explanation")
        yield table(columns, [_disagreement(item) for item in found.disagreements])
    failing = [item for item in found.unmapped if item.status in {"FAILURE", "WARNING"}]
    if failing:
        rows = [[code(item.id), prose(item.status), prose(item.reason)] for item in failing]
        yield "Of what belongs to no row, these did not succeed:"
        yield table(("Official check", "It says", "Why it has no row"), rows)


def _disagreement(item: Disagreement) -> list[str]:
    ours = f"{item.implementation}: {item.note}" if item.note else item.implementation.value
    evidence = f" ({', '.join(code(name) for name in item.evidence[:3])})" if item.evidence else ""
    return [
        str(item.revision),
        code(item.official),
        prose(shortened(f"{item.official_status}: {item.official_message}", _TEXT)),
        code(item.requirement),
        prose(shortened(ours, _TEXT)) + evidence,
        prose(item.explanation) or "**none known**",
    ]
