"""(e) The findings by priority, with the effort and the remedy of each; and the errors."""

from collections.abc import Iterator

from mcp_audit_harness.model import Exchange, Finding, Level, Report, Status

from .. import digest, sourced, urgency
from ..escape import address, code, fenced, prose
from ..urgency import Urgency
from .tables import named, table

_EXCERPTS = {Urgency.P0: (3, 1000), Urgency.P1: (2, 500), Urgency.P2: (1, 300)}
"""How many exchanges are shown, and how many characters of their texts: the JSON report has all of them."""
_COMMAND_CHARACTERS = 4_000
_CHECKS_NAMED = 5
_TOGETHER = 12


def findings(report: Report) -> Iterator[str]:
    """Yield the section, the most urgent findings first; those of one check together, the first of them in full."""
    if not report.findings:
        return
    yield "## Findings"
    yield prose(urgency.RULE)
    exchanges = {exchange.id: exchange for exchange in report.exchanges}
    for item in Urgency:
        found = [finding for finding in urgency.in_order(report.findings) if urgency.urgency(finding) is item]
        groups: dict[str, list[Finding]] = {}
        for finding in found:
            groups.setdefault(finding.check, []).append(finding)
        if found:
            yield f"### {item}: {item.when}"
            rows = [_row(group) for group in groups.values()]
            yield table(("Finding", "Severity", "Level", "Effort", "What to do"), rows)
        for group in groups.values():
            yield from _section(group, item, exchanges)


def _row(group: list[Finding]) -> list[str]:
    first = group[0]
    title = f"{_ids(group)} {prose(first.title)}"
    return [title, first.severity, first.level, first.effort, prose(first.remediation)]


def _ids(group: list[Finding]) -> str:
    return ", ".join(prose(finding.id) for finding in group)


def _section(group: list[Finding], priority: Urgency, exchanges: dict[str, Exchange]) -> Iterator[str]:
    first = group[0]
    yield f"#### {_ids(group)} {first.severity.upper()}: {prose(first.title)}"
    if len(group) == 1:
        yield _told(first)
    else:
        told = [f"{prose(finding.id)}: {_told(finding)}" for finding in group]
        yield "\n".join(f"- {line}" for line in digest.cut_off(told, _TOGETHER, " in the JSON report"))
    yield "\n".join(f"- {fact}" for fact in _facts(group))
    if first.explanation and priority is not Urgency.P2:
        yield f"Why it matters: {prose(' '.join(first.explanation.split()))}"
    yield from _evidence(first, exchanges, *_EXCERPTS[priority])
    yield from _reproduction(first, priority)


def _facts(group: list[Finding]) -> Iterator[str]:
    first = group[0]
    revisions = sorted({revision for finding in group for revision in finding.revisions})
    yield f"Check: {code(first.check)} ({first.category})"
    if revisions:
        yield f"Revisions: {', '.join(str(revision) for revision in revisions)}"
    yield f"Level: {first.level}{_source(first.level)}{', '.join(_docs(first))}"
    yield from (f"Advisory: {prose(line)}" for line in digest.advisories(first))
    yield from (f"Source: {code(text)}" for text in sourced.where(first))
    yield from (f"Way of the value: {code(text)}" for text in sourced.way(first))
    if first.rules:
        yield f"Rules that see it in the source: {', '.join(map(code, first.rules))}"


def _told(finding: Finding) -> str:
    about = str(finding.places[0]) if finding.places and not finding.evidence else finding.subject
    return prose(finding.message) + (f" ({code(about)})" if about else "")


def _source(level: Level) -> str:
    return ", good practice by " if level is Level.ADVICE else ", by "


def _docs(finding: Finding) -> list[str]:
    return [address(doc) for doc in dict.fromkeys(finding.docs)] or ["no published sentence"]


def _evidence(finding: Finding, exchanges: dict[str, Exchange], limit: int, length: int) -> Iterator[str]:
    shown = list(digest.excerpts(finding, exchanges, length=length, limit=limit))
    if shown:
        rest = len(finding.evidence) - len(shown)
        yield "Evidence" + (f" ({rest} more in the JSON report):" if rest > 0 else ":")
    for item in shown:
        sent = [f"{item.id}  {item.request}", *item.headers, *filter(None, [item.sent])]
        yield fenced("\n".join((*sent, f"-> {item.response}", *filter(None, [item.body]))), "text")


def _reproduction(finding: Finding, priority: Urgency) -> Iterator[str]:
    if priority is Urgency.P2:
        return
    if len(finding.reproduce) > _COMMAND_CHARACTERS:
        yield f"The command that reproduces it has {len(finding.reproduce)} characters: see the JSON report."
    elif finding.reproduce:
        yield "Reproduce:"
        yield fenced(finding.reproduce, "sh")


def accepted(report: Report) -> Iterator[str]:
    """Yield what the operator's baseline accepts, and its entries that fit nothing any more."""
    if report.accepted or report.stale:
        yield "## Baseline"
    if report.accepted:
        rows = [
            [
                f"{code(item.finding.check)} {code(item.finding.subject)}",
                prose(item.reason),
                prose(item.expires) or "always",
            ]
            for item in report.accepted
        ]
        yield table(("Accepted", "Reason", "Until"), rows)
    if report.stale:
        yield "\n".join(f"- **Stale:** {prose(text)}." for text in report.stale)


def errors(report: Report) -> Iterator[str]:
    """Yield what went wrong, and whose fault it was."""
    found = digest.reasons(report.results, Status.ERROR)
    if found:
        yield "## Errors"
        rows = [[str(item.count), prose(item.text), named(item.checks, _CHECKS_NAMED)] for item in found]
        yield table(("Verdicts", "Reason", "Checks"), rows)
