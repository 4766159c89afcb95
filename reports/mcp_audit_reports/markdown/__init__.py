"""The report as a compliance matrix to read, to send on and to keep beside the code."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report

from .. import digest
from ..assessment import Assessment, assess
from ..escape import code, prose
from .appendix import appendix
from .comparison import areas, comparison, full_matrix, gap_analysis
from .findings import accepted, errors, findings
from .fuzz import fuzz
from .load import load
from .official import official
from .source import source
from .summary import summary
from .tables import table
from .unseen import unseen

__all__ = ["render"]


def render(report: Report) -> str:
    """Return the report as Markdown (CommonMark with GitHub's tables). Nothing from the target can mark up anything."""
    assessment = assess(report)
    parts = [
        f"# MCP audit of {code(report.target_label) or 'a server'}",
        *_verdict(report, assessment),
        *summary(report, assessment),
        *comparison(report),
        *gap_analysis(report, assessment),
        *areas(assessment),
        *findings(report),
        *accepted(report),
        *errors(report),
        *fuzz(report),
        *load(report),
        *source(report),
        *unseen(assessment),
        *official(report),
        *full_matrix(report),
        *appendix(report),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(report: Report, assessment: Assessment) -> Iterator[str]:
    yield f"**{assessment.verdict.word}**: {prose(assessment.verdict.rest)}"
    survey = report.survey
    rows = [("Target", code(report.target_label))]
    if report.overall is not None:
        rows.append(("Score", f"**{prose(digest.score(report.overall, complete=report.complete))}**"))
    if survey is not None:
        rows.append(("Server", code(digest.server_name(report))))
        rows.append(("Transport", f"{survey.transport}, {survey.exposure}"))
        rows.append(("Revisions offered", ", ".join(str(revision) for revision in survey.revisions) or "none"))
    rows.append(("Audited", f"{prose(report.started_at)}, {report.duration_s:.1f} s"))
    rows.append(("By", prose(f"{report.tool.name} {report.tool.version}, seed {report.seed}")))
    yield table(("", ""), rows)
