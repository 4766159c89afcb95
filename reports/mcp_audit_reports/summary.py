"""The report on one screen of Markdown, for the summary of a CI job and for comments on changes.

Verdict, score and the findings to act on first; whatever is more is in the other formats.
"""

from collections.abc import Iterator

from mcp_audit_harness.model import Finding, Report, Status

from . import digest
from .escape import code, prose, shortened
from .markdown.tables import SCORED, scored, table
from .urgency import in_order, urgency

_FINDINGS = 10
_NOTES = 5
_CELL = 160
"""Characters of what a finding says."""


def render(report: Report) -> str:
    """Return the summary as Markdown with GitHub's tables. Nothing from the target can mark up anything."""
    verdict = digest.headline(report)
    parts = [
        f"## MCP audit: {verdict.word}",
        _about(report, verdict.rest),
        *_findings(report),
        *_revisions(report),
        *_rest(report),
    ]
    return "\n\n".join(parts) + "\n"


def _about(report: Report, rest: str) -> str:
    told = [prose(shortened(rest, _CELL))]
    if report.overall is not None:
        told.append(f"score **{prose(digest.score(report.overall, complete=report.complete))}**")
    target = code(shortened(report.target_label, _CELL))
    return f"{target}: {'; '.join(told)}." if target else f"{'; '.join(told)}."


def _findings(report: Report) -> Iterator[str]:
    if not report.findings:
        return
    found = in_order(report.findings)
    yield table(("", "Severity", "Finding", "Check", "Where"), [_row(finding) for finding in found[:_FINDINGS]])
    if len(found) > _FINDINGS:
        yield f"And {digest.plural(len(found) - _FINDINGS, 'finding')} more in the report."


def _row(finding: Finding) -> list[str]:
    return [
        urgency(finding).value,
        finding.severity.value,
        prose(shortened(finding.title, _CELL)),
        code(shortened(finding.check, _CELL)),
        code(shortened(str(finding.places[0]) if finding.places else finding.subject, _CELL)),
    ]


def _revisions(report: Report) -> Iterator[str]:
    if report.scores:
        yield table(SCORED, map(scored, report.scores))


def _rest(report: Report) -> Iterator[str]:
    """Yield what keeps the verdict from being the whole truth, a line each."""
    counts = digest.tally(report.results)
    unseen = counts[Status.NOT_OBSERVED]
    lines = [f"{digest.plural(unseen, 'verdict')} not observed"] if unseen else []
    lines += [digest.plural(counts[Status.ERROR], "error")] if counts[Status.ERROR] else []
    lines += [f"{len(report.accepted)} accepted by the baseline"] if report.accepted else []
    stale = [f"Stale entry of the baseline: {prose(shortened(text, _CELL))}" for text in report.stale[:_NOTES]]
    rest = [f"And {len(report.stale) - _NOTES} more stale entries"] if len(report.stale) > _NOTES else []
    said = [*([", ".join(lines)] if lines else []), *stale, *rest]
    if said:
        yield "\n".join(f"- {line}." for line in said)
