"""What a reader may want to know beyond the verdicts: notes of the run, what did not apply, coverage."""

from collections.abc import Iterator

from mcp_audit_harness.model import Coverage, Report, Status

from .. import digest, gaps
from ..escape import prose
from .tables import table


def appendix(report: Report) -> Iterator[str]:
    """Yield the section; nothing where there is nothing to say."""
    notes = digest.notes(report)
    excluded = digest.reasons(report.results, Status.NOT_APPLICABLE)
    if not (notes or excluded or report.coverage):
        return
    yield "## Appendix"
    if notes:
        yield "### Notes"
        yield "\n".join(f"- {prose(note)}" for note in notes)
    if excluded:
        yield "### Not applicable"
        yield table(("Verdicts", "Reason"), [[str(item.count), prose(item.text)] for item in excluded])
    if report.coverage:
        yield "### Coverage of the checks"
        columns = ("Revision", "Server-side duties", "Checked", "Not observable", "Excluded with a reason")
        yield table(columns, [_covered(item) for item in report.coverage])
    if report.matrix:
        yield "### How gaps are found"
        yield prose(gaps.RULE)


def _covered(item: Coverage) -> list[str]:
    counts = (item.requirements, item.checked, item.not_observable, item.excluded)
    return [str(item.revision), *(str(count) for count in counts)]
