"""What changed between two reports: at a terminal, as Markdown for a comment in a review, as JSON."""

from collections.abc import Callable, Mapping

from mcp_audit_harness.model import Change, Changes, Report, Turn

from . import sourced
from .digest import breakdown, plural
from .escape import code, prose
from .markdown.tables import table
from .page import Page
from .plain import document

_STYLE = {Turn.REGRESSED: "bold red", Turn.NEW: "bold red", Turn.CHANGED: "yellow", Turn.FIXED: "green"}


def console(before: Report, after: Report, changes: Changes, *, width: int, color: bool) -> str:
    """Return the changes for a terminal of `width` columns, the worst first."""
    page = Page(width, color=color)
    page.line((headline(changes), "bold"))
    page.field("before", f"{before.target_label}, {before.started_at}{_score(changes.score_before)}")
    page.field("after", f"{after.target_label}, {after.started_at}{_score(changes.score_after)}")
    for change in changes.found:
        page.blank()
        finding = change.finding
        page.line(
            (change.turn.upper(), _STYLE.get(change.turn, "bold")), (f"  {finding.severity}  ", ""), (finding.title, "")
        )
        page.line((finding.message, ""), indent=2)
        page.field("check", f"{finding.check} {finding.subject}".strip())
        if finding.revisions:
            page.field("revisions", ", ".join(str(revision) for revision in finding.revisions))
        if finding.places:
            page.field("source", *sourced.where(finding))
        if change.details:
            page.field("changed", *change.details)
    return page.text()


def markdown(before: Report, after: Report, changes: Changes, *, width: int, color: bool) -> str:  # noqa: ARG001
    """Return the changes as Markdown, for a comment in a review."""
    lines = [f"### MCP audit: {prose(headline(changes))}", ""]
    lines += [
        f"Before: {code(before.target_label)}{_score(changes.score_before)}. "
        f"After: {code(after.target_label)}{_score(changes.score_after)}.",
        "",
    ]
    rows = [_cells(change) for change in changes.found]
    if rows:
        lines += [table(("", "Severity", "Finding", "Where"), rows), ""]
    return "\n".join(lines)


def _cells(change: Change) -> list[str]:
    finding = change.finding
    where = code(str(finding.places[0])) if finding.places else ", ".join(str(item) for item in finding.revisions)
    details = f" ({prose('; '.join(change.details))})" if change.details else ""
    what = f"{prose(finding.title)}: {prose(finding.message)}{details} {code(finding.check)} {code(finding.subject)}"
    return [f"**{change.turn}**", finding.severity.value, what, where]


def as_json(before: Report, after: Report, changes: Changes, *, width: int, color: bool) -> str:  # noqa: ARG001
    """Return the changes as JSON."""
    told = {
        "before": {"target": before.target_label, "started_at": before.started_at, "score": changes.score_before},
        "after": {"target": after.target_label, "started_at": after.started_at, "score": changes.score_after},
        "unchanged": changes.unchanged,
        "changes": [_as_json(change) for change in changes.found],
    }
    return document(told)


def _as_json(change: Change) -> Mapping[str, object]:
    finding = change.finding
    return {
        "turn": change.turn.value,
        "check": finding.check,
        "subject": finding.subject,
        "revisions": [str(revision) for revision in finding.revisions],
        "severity": finding.severity.value,
        "title": finding.title,
        "message": finding.message,
        "places": [str(place) for place in finding.places],
        "details": list(change.details),
        "fingerprint": finding.fingerprint,
    }


def headline(changes: Changes) -> str:
    """Return the changes in one line."""
    parts = [breakdown((change.turn for change in changes.found), Turn)]
    parts += [f"{plural(changes.unchanged, 'finding')} as before"] if changes.unchanged else []
    return ", ".join(filter(None, parts)) or "no findings, before or after"


def _score(score: int | None) -> str:
    return "" if score is None else f" ({score} of 100)"


FORMATS: Mapping[str, Callable[..., str]] = {"console": console, "markdown": markdown, "json": as_json}
"""By the names that `--format` takes."""
