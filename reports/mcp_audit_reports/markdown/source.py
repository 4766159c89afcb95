"""The source tree: what it is, and what became of every rule that looked at it."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report

from .. import sourced
from ..digest import cut_off
from ..escape import code, prose
from .tables import table

_UNRUN = 40


def source(report: Report) -> Iterator[str]:
    """Yield the section with the source part of the compliance matrix; nothing where no tree was scanned."""
    scan = report.source
    if scan is None:
        return
    yield "## Source"
    yield table(
        ("", ""), [[name.capitalize(), prose(text)] for name, text in sourced.facts(scan, report.source_score).items()]
    )
    if report.source_score is not None:
        rows = [
            [prose(item.aspect), f"{item.held} of {item.rules}", str(item.findings), str(item.worst or "none")]
            for item in report.source_score.aspects
        ]
        yield table(("Aspect", "Rules that hold", "Findings", "Gravest"), rows)
    rules = [
        [row.aspect, f"{prose(row.rule.title)} ({code(row.rule.id)})", _bold(row), str(row.findings), row.gap]
        for row in sourced.rule_rows(scan)
    ]
    yield table(("Aspect", "Defect", "Status", "Findings", "Gap"), rules)
    said = list(sourced.unrun(scan))
    if said:
        yield "Not looked at, or not heeded:"
        yield "\n".join(f"- {prose(text)}" for text in cut_off(said, _UNRUN))


def _bold(row: sourced.RuleRow) -> str:
    return f"**{row.status}**" if row.status == "violated" else row.status
