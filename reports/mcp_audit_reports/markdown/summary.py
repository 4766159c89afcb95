"""(a) The executive summary: what is critical, what is good, what is missing; the figures by revision."""

from collections.abc import Iterator

from mcp_audit_harness.model import Priority, Report, Status

from .. import digest
from ..assessment import Assessment
from ..digest import listed, plural
from ..escape import code, prose
from ..gaps import Looked, by_revision, out_of_reach
from ..urgency import Urgency, counted
from .tables import SCORED, scored, table

_NAMED = 8
_COLUMNS = (*SCORED, "Pass", "Fail", "Not applicable", "Not seen", "Error")
_STATUSES = (Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.NOT_OBSERVED, Status.ERROR)


def summary(report: Report, assessment: Assessment) -> Iterator[str]:
    """Yield the section; nothing where nothing was audited."""
    if report.survey is None:
        return
    yield "## Executive summary"
    lines = [*_bad(report, assessment), *_good(assessment), *_missing(report, assessment)]
    if assessment.unseen:
        unseen = plural(assessment.unseen, "verdict, duty or feature", "verdicts, duties and features")
        lines.append(f"**Not observed:** {unseen}; what would allow them: [below](#not-observed).")
    if not report.complete:
        lines.append("**Incomplete:** the run did not finish; what it did not reach is not judged.")
    yield "\n".join(f"- {line}" for line in lines)
    if report.scores:
        yield table(_COLUMNS, _figures(report))
        yield "MUST and SHOULD count duties that were observed; the other columns count verdicts of checks."
    if report.overall is not None:
        yield f"Score: {prose(report.overall.formula)}."


def _bad(report: Report, assessment: Assessment) -> Iterator[str]:
    for finding in assessment.critical:
        title = f"{prose(finding.id)} {prose(finding.title)}"
        yield f"**{finding.severity.capitalize()}:** {title} ({code(finding.check)})."
    if not report.findings:
        yield "**Findings:** none."
        return
    rest = counted(report.findings, (Urgency.P1, Urgency.P2))
    if not assessment.critical:
        yield f"**Critical:** nothing; {' and '.join(rest)} to look at."
    elif rest:
        yield f"**Also:** {' and '.join(rest)} findings."


def _good(assessment: Assessment) -> Iterator[str]:
    sound = [f"{prose(area.area)} ({area.must_total})" for area in assessment.sound_areas]
    if sound:
        yield f"**Good:** all observed MUST duties hold in {listed(sound, 12)}."
    present = [prose(row.feature) for row in assessment.present]
    if present:
        yield f"**Implemented:** {listed(present, _NAMED)}."


def _missing(report: Report, assessment: Assessment) -> Iterator[str]:
    absent = Looked.of(report).absent
    for revision, found in by_revision(assessment.gaps).items():
        high = [prose(gap.title) for gap in found if gap.priority is Priority.HIGH]
        what = plural(len(found), "feature") + (", the revision is not offered" if out_of_reach(found) else "")
        yield f"**Missing from {revision}:** {what}" + (f"; of high priority {listed(high, _NAMED)}." if high else ".")
    if absent:
        yield f"**Not offered:** {plural(len(absent), 'revision')} ({', '.join(absent)}); nothing is judged by them."


def _figures(report: Report) -> Iterator[list[str]]:
    for score in report.scores:
        counts = digest.tally(report.results, score.revision)
        yield [*scored(score), *(str(counts[status]) for status in _STATUSES)]
