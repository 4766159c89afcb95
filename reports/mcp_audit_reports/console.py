"""The report for a person at a terminal: the verdict first, then what to act on, then what was not seen."""

import re

from mcp_audit_harness.model import Accepted, Exchange, FailingInput, Finding, Priority, Report, Severity, Status

from . import digest, escape, sourced
from .areas import Area
from .assessment import Assessment, assess
from .fuzzed import coverage_rows, inputs_of, minimal_text, played, troubles, unproven, why_unproven
from .gaps import Gap, by_revision, out_of_reach
from .load.terminal import show_loads
from .page import Page
from .unobserved import Unobserved, grants
from .urgency import counted, in_order, urgency

_SCREEN = 40
"""Lines after which the beginning is out of sight."""
_EXCERPT_CHARACTERS = 240
_EXCERPT_LINES = 4
_EXCERPTS = 2
_INPUT_CHARACTERS = 400
_INPUTS = 3
_SCHEMAS = 20
_REASONS = 12
_TITLES = 6
_COMMAND_CHARACTERS = 4000
_ELSEWHERE = " in the JSON report"
_WORD_STYLE = {"FAIL": "bold red", "PASS": "bold green"}
_SEVERITY_STYLE = {
    Severity.CRITICAL: "bold reverse red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
    Severity.INFO: "bold",
}
_COLUMNS = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.NOT_APPLICABLE: "n/a",
    Status.NOT_OBSERVED: "not seen",
    Status.ERROR: "error",
}
_QUOTED = re.compile(r"""\\.|'([^']*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)


def render(report: Report, *, width: int, color: bool) -> str:
    """Return the report as lines for a terminal of `width` columns, with ANSI colours if `color`.

    Only commands and addresses are longer than a line: they are there to be copied.
    """
    page = Page(width, color=color)
    assessment = assess(report)
    verdict = assessment.verdict
    page.line(_word(assessment), (verdict.rest, "bold"))
    page.blank()
    _summary(page, report, assessment)
    show_loads(page, report)
    _source(page, report)
    exchanges = {exchange.id: exchange for exchange in report.exchanges}
    for finding in in_order(report.findings):
        page.blank()
        _finding(page, finding, exchanges, inputs_of(finding, report))
    _fuzzing(page, report)
    _gaps(page, assessment)
    _errors(page, report)
    _unobserved(page, assessment)
    if report.accepted:
        page.heading(f"Accepted by the baseline ({len(report.accepted)})")
        page.numbered([("-", _accepted(item)) for item in report.accepted[:_REASONS]])
    notes = digest.notes(report)
    if notes:
        page.heading("Notes")
        page.numbered([("-", note) for note in notes])
    if page.text().count("\n") > _SCREEN:
        page.blank()
        _closing(page, report, assessment)
    return page.text()


def _closing(page: Page, report: Report, assessment: Assessment) -> None:
    """Print the verdict again where it has scrolled away."""
    verdict = assessment.verdict
    score = "" if report.overall is None else f"; {digest.score(report.overall, complete=report.complete)}"
    page.line(_word(assessment), (f"{verdict.rest}{score}", "bold"))


def _word(assessment: Assessment) -> tuple[str, str]:
    word = assessment.verdict.word
    return f"{word}  ", _WORD_STYLE.get(word, "bold yellow")


def _summary(page: Page, report: Report, assessment: Assessment) -> None:
    survey = report.survey
    how = f" ({survey.transport}, {survey.exposure})" if survey else f" ({report.target_kind})"
    page.field("target", report.target_label + how)
    if survey is not None:
        name = digest.server_name(report)
        if name:
            page.field("server", name)
        page.field("revisions", ", ".join(str(revision) for revision in survey.revisions) or "none")
        if survey.auth.required:
            page.field("authorized", f"the target demands credentials {survey.auth.scheme}".rstrip())
    if report.overall is not None:
        page.field("score", digest.score(report.overall, complete=report.complete))
    if report.findings:
        page.field("urgency", ", ".join(counted(report.findings)))
    failing = [_failing(area) for area in assessment.areas if area.violated]
    if failing:
        page.field("violated", ", ".join(failing))
    if report.results:
        counts = digest.tally(report.results)
        page.field("verdicts", ", ".join(f"{counts[status]} {digest.status_word(status)}" for status in Status))
    made = f"{report.tool.name} {report.tool.version}, seed {report.seed}"
    page.field("run", f"{report.duration_s:.1f} s from {report.started_at}, {made}")
    if report.scores:
        page.blank()
        rows = [
            [
                str(score.revision),
                f"{score.must_pass}/{score.must_total}",
                f"{score.should_pass}/{score.should_total}",
                f"{score.compliance_percent:.1f} %",
                *(str(digest.tally(report.results, score.revision)[status]) for status in _COLUMNS),
            ]
            for score in report.scores
        ]
        page.table(["revision", "MUST", "SHOULD", "compliance", *_COLUMNS.values()], rows)


def _failing(area: Area) -> str:
    musts, shoulds = area.must_total - area.must_pass, area.should_total - area.should_pass
    counts = [f"{count} {word}" for count, word in ((musts, "MUST"), (shoulds, "SHOULD")) if count]
    return f"{area.area} ({', '.join(counts) or 'advice'})"


def _finding(page: Page, finding: Finding, exchanges: dict[str, Exchange], inputs: tuple[FailingInput, ...]) -> None:
    style = _SEVERITY_STYLE[finding.severity]
    mark = f"  {finding.id}  {urgency(finding)}  "
    page.line((finding.severity.upper(), style), (mark, ""), (finding.title, "bold"))
    page.line((finding.message, ""), indent=2)
    page.field("check", finding.check)
    if finding.subject:
        page.field("subject", finding.subject)
    if inputs:
        page.field("input", *(minimal_text(failing, _INPUT_CHARACTERS) for failing in inputs[:_INPUTS]))
    if finding.revisions:
        page.field("revisions", ", ".join(str(revision) for revision in finding.revisions))
        page.field("level", finding.level)
    if finding.places:
        page.field("source", *sourced.where(finding), *sourced.way(finding))
    if finding.docs:
        page.addresses("spec", *dict.fromkeys(finding.docs))
    if finding.advisories:
        page.field("advisory", *digest.advisories(finding))
    _evidence(page, finding, exchanges)
    if finding.reproduce:
        _reproduction(page, finding)
    page.field("fix", finding.remediation)


def _evidence(page: Page, finding: Finding, exchanges: dict[str, Exchange]) -> None:
    for excerpt in digest.excerpts(finding, exchanges, length=_EXCERPT_CHARACTERS, limit=_EXCERPTS):
        answer = f"-> {excerpt.response}"
        page.field(
            "evidence",
            f"{excerpt.id}  {excerpt.request}",
            *excerpt.headers,
            *filter(None, [excerpt.sent]),
            answer,
            *_few_lines(excerpt.body),
        )
    rest = len(finding.evidence) - _EXCERPTS
    if rest > 0:
        page.field("", f"and {rest} more{_ELSEWHERE}")


def _few_lines(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    return lines if len(lines) <= _EXCERPT_LINES else [*lines[:_EXCERPT_LINES], "…"]


def _reproduction(page: Page, finding: Finding) -> None:
    command = finding.reproduce
    if len(command) > _COMMAND_CHARACTERS:
        page.field("reproduce", f"the command has {len(command)} characters: see {finding.id} in the JSON report")
        return
    page.field("reproduce", *(["with the escaped characters put back"] if escape.block(command) != command else []))
    page.command(command, margin="" if _breaks_inside_quotes(command) else "    ")


def _breaks_inside_quotes(command: str) -> bool:
    """Whether a margin would become part of what the command sends."""
    return any("\n" in (quoted or "") for match in _QUOTED.finditer(command) for quoted in match.groups())


def _fuzzing(page: Page, report: Report) -> None:
    """Print how much was played, what of the schemas was made use of, and what showed once only."""
    found = report.fuzzing
    if found is None:
        return
    page.heading("Fuzzing")
    page.line((played(found), ""), indent=2)
    rows = coverage_rows(found)
    if rows:
        page.table(["subject", "revision", "cases", "valid", "invalid", "schema"], rows[:_SCHEMAS])
    more = [f"and {len(rows) - _SCHEMAS} more{_ELSEWHERE}"] if len(rows) > _SCHEMAS else []
    said = [*more, *troubles(found), *(why_unproven(failure) for failure in unproven(found))]
    if said:
        page.numbered([("-", text) for text in said])


def _source(page: Page, report: Report) -> None:
    """Print what the source tree is, how it is kept, and what nobody looked at."""
    scan = report.source
    if scan is None:
        return
    page.heading("Source")
    for name, text in sourced.facts(scan, report.source_score).items():
        page.field(name, text)
    said = list(sourced.unrun(scan))
    if said:
        page.field("not looked at", *digest.cut_off(said, _REASONS, _ELSEWHERE))


def _gaps(page: Page, assessment: Assessment) -> None:
    """Print how many features are missing from each revision, and the titles of those that clients miss most."""
    if not assessment.gaps:
        return
    page.heading(f"Missing features ({len(assessment.gaps)})")
    rows = []
    for revision, found in by_revision(assessment.gaps).items():
        lead = "the revision is not offered; " if out_of_reach(found) else ""
        rows.append((f"{revision}  {len(found)}", lead + _priorities(found)))
    page.numbered(rows)


def _priorities(gaps: list[Gap]) -> str:
    high = [gap.title for gap in gaps if gap.priority is Priority.HIGH]
    words = digest.breakdown((gap.priority for gap in gaps), Priority)
    return f"{words}: {digest.listed(high, _TITLES)}" if high else words


def _errors(page: Page, report: Report) -> None:
    reasons = digest.reasons(report.results, Status.ERROR)
    if reasons:
        page.heading(f"Errors ({sum(reason.count for reason in reasons)})")
        page.numbered([(str(reason.count), reason.text) for reason in reasons])


def _unobserved(page: Page, assessment: Assessment) -> None:
    found = assessment.unobserved
    if not found:
        return
    page.heading(f"Not observed ({assessment.unseen})")
    rows = [(str(item.count), _granted(item)) for item in found[:_REASONS]]
    rest = found[_REASONS:]
    if rest:
        more = f"for {digest.plural(len(rest), 'other reason')}: see the Markdown report"
        rows.append((str(sum(item.count for item in rest)), more))
    page.numbered(rows)


def _accepted(item: Accepted) -> str:
    until = f" until {item.expires}" if item.expires else ""
    return f"{item.finding.check} {item.finding.subject}{until}: {item.reason}"


def _granted(item: Unobserved) -> str:
    """Return the reason, and the options that help where the reason does not name them."""
    return item.reason if grants(item.reason) or not item.grant else f"{item.reason} ({item.grant})"
