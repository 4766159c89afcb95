"""The report as a compliance matrix to read, to send on and to keep beside the code."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from mcp_audit_harness.model import (
    Coverage,
    Exchange,
    Finding,
    Level,
    MatrixRow,
    Report,
    Requirement,
    Revision,
    Severity,
    Status,
)

from . import digest
from .digest import plural
from .escape import address, code, fenced, link, prose

_EXCERPT_CHARACTERS = 2000
_EXCERPTS = 3
_COMMAND_CHARACTERS = 16_000
_CHECKS_NAMED = 5
_WORDS = {
    Status.PASS: "pass",
    Status.FAIL: "**FAIL**",
    Status.NOT_APPLICABLE: "n/a",
    Status.NOT_OBSERVED: "not seen",
    Status.ERROR: "error",
}
_GAPS = ("none", "low", "medium", "high", "critical")
_LEGEND = (
    "`pass`: the duty holds, on evidence from the server. `FAIL`: it does not. `n/a`: the server does not offer what "
    "the duty is about. `not seen`: nothing could be said, the reasons are below. `error`: the judgement failed. "
    " `-`: the revision is not offered, or has no such duty. The gap is the gravest harm of a failing duty."
)


def render(report: Report) -> str:
    """Return the report as Markdown (CommonMark with GitHub's tables). Nothing from the target can mark up anything."""
    parts = [
        f"# MCP audit of {code(report.target_label) or 'a server'}",
        *_verdict(report),
        *_summary(report),
        *_by_revision(report),
        *_matrix(report),
        *_findings(report),
        *_unseen(report),
        *_appendix(report),
    ]
    return "\n\n".join(parts) + "\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def _verdict(report: Report) -> Iterator[str]:
    verdict = digest.headline(report)
    yield f"**{verdict.word}**: {prose(verdict.rest)}"
    survey = report.survey
    rows = [("Target", code(report.target_label))]
    if survey is not None:
        rows.append(("Server", code(digest.server_name(report))))
        rows.append(("Transport", f"{survey.transport}, {survey.exposure}"))
        rows.append(("Revisions offered", ", ".join(str(revision) for revision in survey.revisions) or "none"))
    if report.overall is not None:
        rows.append(("Score", prose(digest.score(report.overall, complete=report.complete))))
    rows.append(("Audited", f"{prose(report.started_at)}, {report.duration_s:.1f} s"))
    rows.append(("By", prose(f"{report.tool.name} {report.tool.version}, seed {report.seed}")))
    yield _table(("", ""), rows)


def _summary(report: Report) -> Iterator[str]:
    if report.survey is None:
        return
    yield "## Executive summary"
    lines = [*_good(report), *_bad(report)]
    counts = digest.tally(report.results)
    if counts[Status.NOT_OBSERVED]:
        lines.append(f"**Not seen:** {plural(counts[Status.NOT_OBSERVED], 'verdict')}, see [below](#not-observed).")
    if not report.complete:
        lines.append("**Incomplete:** the run did not finish; what it did not reach is not judged.")
    yield "\n".join(f"- {line}" for line in lines)


def _good(report: Report) -> Iterator[str]:
    for score in report.scores:
        musts = f"{score.must_pass} of {score.must_total} observed MUST duties"
        shoulds = f"{score.should_pass} of {score.should_total} SHOULD duties"
        yield f"{score.revision}: {musts} and {shoulds} hold ({score.compliance_percent:.1f} %)."
    statuses: dict[str, set[Status]] = {}
    for row in report.matrix:
        statuses.setdefault(row.area, set()).add(row.status)
    sound = [area for area, found in statuses.items() if Status.PASS in found and Status.FAIL not in found]
    if sound:
        yield f"**Good:** no duty fails in {', '.join(prose(area) for area in sorted(sound))}."


def _bad(report: Report) -> Iterator[str]:
    urgent = [finding for finding in _gravest_first(report) if finding.severity.rank <= Severity.HIGH.rank]
    for finding in urgent:
        title = f"{prose(finding.id)} {prose(finding.title)}"
        yield f"**{finding.severity.capitalize()}:** {title} ({code(finding.check)})."
    rest = len(report.findings) - len(urgent)
    if not report.findings:
        yield "**Findings:** none."
    elif not urgent:
        yield f"**Critical:** nothing; {plural(rest, 'finding')} of lower severity."
    elif rest:
        yield f"**Also:** {plural(rest, 'finding')} of lower severity."


def _gravest_first(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda finding: finding.severity.rank)


def _by_revision(report: Report) -> Iterator[str]:
    if not report.scores:
        return
    yield "## Conformance by revision"
    columns = ("Revision", "MUST", "SHOULD", "Compliance", "Pass", "Fail", "Not applicable", "Not seen", "Error")
    rows = []
    for score in report.scores:
        counts = digest.tally(report.results, score.revision)
        rows.append(
            [
                str(score.revision),
                f"{score.must_pass} of {score.must_total}",
                f"{score.should_pass} of {score.should_total}",
                f"{score.compliance_percent:.1f} %",
                *(str(counts[status]) for status in _WORDS),
            ]
        )
    yield _table(columns, rows)
    yield "MUST and SHOULD count duties that were observed; the other columns count verdicts of checks."


def _matrix(report: Report) -> Iterator[str]:
    if not report.matrix:
        return
    yield "## Compliance matrix"
    yield _LEGEND
    requirements = {row.id: row for row in report.requirements}
    areas: dict[str, dict[str, list[MatrixRow]]] = {}
    for row in report.matrix:
        areas.setdefault(row.area, {}).setdefault(row.requirement, []).append(row)
    for area, duties in areas.items():
        yield f"### {prose(area)}"
        lines = [_duty(rows, requirements.get(name)) for name, rows in duties.items()]
        yield _table(("Requirement", "Level", *(str(revision) for revision in Revision), "Gap"), lines)


def _duty(rows: list[MatrixRow], requirement: Requirement | None) -> list[str]:
    newest = max(rows, key=attrgetter("revision"))
    citation = requirement.at(newest.revision) if requirement else None
    name = link(newest.requirement, citation.url if citation else "")
    cells = {row.revision: _WORDS[row.status] for row in rows}
    levels = " / ".join(dict.fromkeys(row.level for row in sorted(rows, key=attrgetter("revision"))))
    gap = max((row.gap for row in rows if row.gap in _GAPS), key=_GAPS.index, default="none")
    return [f"{prose(newest.feature)} ({name})", levels, *(cells.get(revision, "-") for revision in Revision), gap]


def _findings(report: Report) -> Iterator[str]:
    if not report.findings:
        return
    yield "## Findings"
    exchanges = {exchange.id: exchange for exchange in report.exchanges}
    for finding in _gravest_first(report):
        yield from _finding(finding, exchanges)


def _finding(finding: Finding, exchanges: dict[str, Exchange]) -> Iterator[str]:
    yield f"### {prose(finding.id)} {finding.severity.upper()}: {prose(finding.title)}"
    yield prose(finding.message)
    facts = [f"Check: {code(finding.check)} ({finding.category})"]
    if finding.subject:
        facts.append(f"Subject: {code(finding.subject)}")
    facts.append(f"Revisions: {', '.join(str(revision) for revision in finding.revisions)}")
    facts.append(f"Level: {finding.level}{_source(finding.level)}{', '.join(_docs(finding))}")
    yield "\n".join(f"- {fact}" for fact in facts)
    if finding.explanation:
        yield f"Why it matters: {prose(' '.join(finding.explanation.split()))}"
    yield from _evidence(finding, exchanges)
    yield from _reproduction(finding)
    if finding.remediation:
        yield f"What to do: {prose(finding.remediation)}"


def _source(level: Level) -> str:
    return ", good practice by " if level is Level.ADVICE else ", by "


def _docs(finding: Finding) -> list[str]:
    return [address(doc) for doc in dict.fromkeys(finding.docs)] or ["no published sentence"]


def _evidence(finding: Finding, exchanges: dict[str, Exchange]) -> Iterator[str]:
    shown = list(digest.excerpts(finding, exchanges, length=_EXCERPT_CHARACTERS, limit=_EXCERPTS))
    if shown:
        rest = len(finding.evidence) - len(shown)
        yield "Evidence" + (f" ({rest} more in the JSON report):" if rest > 0 else ":")
    for item in shown:
        sent = [f"{item.id}  {item.request}", *item.headers, *filter(None, [item.sent])]
        yield fenced("\n".join((*sent, f"-> {item.response}", *filter(None, [item.body]))), "text")


def _reproduction(finding: Finding) -> Iterator[str]:
    if len(finding.reproduce) > _COMMAND_CHARACTERS:
        yield f"The command that reproduces it has {len(finding.reproduce)} characters: see the JSON report."
    elif finding.reproduce:
        yield "Reproduce:"
        yield fenced(finding.reproduce, "sh")


def _unseen(report: Report) -> Iterator[str]:
    for title, status in (("Errors", Status.ERROR), ("Not observed", Status.NOT_OBSERVED)):
        found = digest.reasons(report.results, status)
        if found:
            yield f"## {title}"
            rows = [[str(item.count), prose(item.text), _named(item.checks)] for item in found]
            yield _table(("Verdicts", "Reason", "Checks"), rows)


def _named(checks: Sequence[str]) -> str:
    names = ", ".join(code(check) for check in checks[:_CHECKS_NAMED])
    rest = len(checks) - _CHECKS_NAMED
    return f"{names} and {rest} more" if rest > 0 else names


def _appendix(report: Report) -> Iterator[str]:
    notes = digest.notes(report)
    excluded = digest.reasons(report.results, Status.NOT_APPLICABLE)
    if not (notes or excluded or report.coverage or report.overall):
        return
    yield "## Appendix"
    if notes:
        yield "### Notes"
        yield "\n".join(f"- {prose(note)}" for note in notes)
    if excluded:
        yield "### Not applicable"
        yield _table(("Verdicts", "Reason"), [[str(item.count), prose(item.text)] for item in excluded])
    if report.coverage:
        yield "### Coverage of the checks"
        columns = ("Revision", "Server-side duties", "Checked", "Not observable", "Excluded with a reason")
        yield _table(columns, [_covered(item) for item in report.coverage])
    if report.overall is not None:
        yield "### Score"
        yield prose(report.overall.formula)


def _covered(item: Coverage) -> list[str]:
    counts = (item.requirements, item.checked, item.not_observable, item.excluded)
    return [str(item.revision), *(str(count) for count in counts)]
