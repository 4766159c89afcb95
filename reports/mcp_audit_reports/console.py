"""The report for a person at a terminal: the verdict first, then what to act on, then what was not seen."""

import re
from io import StringIO

from mcp_audit_harness.model import Exchange, Finding, Report, Severity, Status
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import digest, escape

_NARROWEST = 40
_EXCERPT_CHARACTERS = 240
_EXCERPT_LINES = 4
_EXCERPTS = 2
_COMMAND_CHARACTERS = 4000
_LABEL_WIDTH = 11
_WORD_STYLE = {"FAIL": "bold red", "PASS": "bold green"}
_SEVERITY_STYLE = {
    Severity.CRITICAL: "bold reverse red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
    Severity.INFO: "bold",
}
_COUNTED = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.NOT_APPLICABLE: "not applicable",
    Status.NOT_OBSERVED: "not observed",
    Status.ERROR: "error",
}
_COLUMNS = {**_COUNTED, Status.NOT_APPLICABLE: "n/a", Status.NOT_OBSERVED: "not seen"}
_QUOTED = re.compile(r"""\\.|'([^']*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)


def render(report: Report, *, width: int, color: bool) -> str:
    """Return the report as lines for a terminal of `width` columns, with ANSI colours if `color`.

    Only commands and addresses are longer than a line: they are there to be copied.
    """
    page = _Page(max(width, _NARROWEST), color=color)
    verdict = digest.headline(report)
    page.line((f"{verdict.word}  ", _WORD_STYLE.get(verdict.word, "bold yellow")), (verdict.rest, "bold"))
    page.blank()
    _summary(page, report)
    exchanges = {exchange.id: exchange for exchange in report.exchanges}
    for finding in sorted(report.findings, key=lambda finding: finding.severity.rank):
        page.blank()
        _finding(page, finding, exchanges)
    _reasons(page, "Errors", report, Status.ERROR)
    _reasons(page, "Not observed", report, Status.NOT_OBSERVED)
    notes = digest.notes(report)
    if notes:
        page.heading("Notes")
        page.numbered([("-", note) for note in notes])
    return page.text()


class _Page:
    """Lines of output; the one place where text becomes safe for a terminal."""

    def __init__(self, width: int, *, color: bool) -> None:
        self._console = Console(
            file=StringIO(),
            width=width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )
        self._parts: list[str] = []

    def text(self) -> str:
        return "".join(self._parts)

    def blank(self) -> None:
        self._parts.append("\n")

    def heading(self, text: str) -> None:
        self.blank()
        self.line((text, "bold"))

    def line(self, *parts: tuple[str, str], indent: int = 0) -> None:
        text = Text.assemble(*((escape.line(part), style) for part, style in parts), overflow="fold")
        self._print(Padding(text, (0, 0, 0, indent)))

    def field(self, label: str, *values: str, indent: int = 2) -> None:
        """Print a label and, beside it, values that wrap in their own column."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=_LABEL_WIDTH, style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(label, Text("\n".join(escape.line(value) for value in values), overflow="fold"))
        self._print(Padding(grid, (0, 0, 0, indent)))

    def numbered(self, rows: list[tuple[str, str]]) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(overflow="fold")
        for mark, text in rows:
            grid.add_row(mark, Text(escape.line(text), overflow="fold"))
        self._print(Padding(grid, (0, 0, 0, 2)))

    def table(self, columns: list[str], rows: list[list[str]]) -> None:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        for place, column in enumerate(columns):
            table.add_column(column, justify="right" if place else "left")
        for row in rows:
            table.add_row(*row)
        self._print(Padding(table, (0, 0, 0, 2)))

    def command(self, text: str, margin: str) -> None:
        """Print lines as they are, however long."""
        self._parts.extend(f"{margin}{line}\n" for line in escape.block(text).split("\n"))

    def addresses(self, label: str, first: str, *others: str) -> None:
        """Print a label and addresses beside it, unwrapped."""
        with self._console.capture() as captured:
            self._console.print(Text(f"  {label.ljust(_LABEL_WIDTH + 1)}", style="dim"), end="")
        self._parts.append(f"{captured.get()}{escape.line(first)}\n")
        self._parts.extend(f"{' ' * (_LABEL_WIDTH + 3)}{escape.line(other)}\n" for other in others)

    def _print(self, what: Padding) -> None:
        with self._console.capture() as captured:
            self._console.print(what)
        self._parts.extend(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _summary(page: _Page, report: Report) -> None:
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
    if report.results:
        counts = digest.tally(report.results)
        page.field("verdicts", ", ".join(f"{counts[status]} {word}" for status, word in _COUNTED.items()))
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


def _finding(page: _Page, finding: Finding, exchanges: dict[str, Exchange]) -> None:
    style = _SEVERITY_STYLE[finding.severity]
    page.line((finding.severity.upper(), style), (f"  {finding.id}  ", ""), (finding.title, "bold"))
    page.line((finding.message, ""), indent=2)
    page.field("check", finding.check)
    if finding.subject:
        page.field("subject", finding.subject)
    page.field("revisions", ", ".join(str(revision) for revision in finding.revisions))
    page.field("level", finding.level)
    if finding.docs:
        page.addresses("spec", *dict.fromkeys(finding.docs))
    _evidence(page, finding, exchanges)
    if finding.reproduce:
        _reproduction(page, finding)
    page.field("fix", finding.remediation)


def _evidence(page: _Page, finding: Finding, exchanges: dict[str, Exchange]) -> None:
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
        page.field("", f"and {rest} more in the JSON report")


def _few_lines(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    return lines if len(lines) <= _EXCERPT_LINES else [*lines[:_EXCERPT_LINES], "…"]


def _reproduction(page: _Page, finding: Finding) -> None:
    command = finding.reproduce
    if len(command) > _COMMAND_CHARACTERS:
        page.field("reproduce", f"the command has {len(command)} characters: see {finding.id} in the JSON report")
        return
    page.field("reproduce", *(["with the escaped characters put back"] if escape.block(command) != command else []))
    page.command(command, margin="" if _breaks_inside_quotes(command) else "    ")


def _breaks_inside_quotes(command: str) -> bool:
    """Whether a margin would become part of what the command sends."""
    return any("\n" in (quoted or "") for match in _QUOTED.finditer(command) for quoted in match.groups())


def _reasons(page: _Page, title: str, report: Report, status: Status) -> None:
    reasons = digest.reasons(report.results, status)
    if reasons:
        page.heading(f"{title} ({sum(reason.count for reason in reasons)})")
        page.numbered([(str(reason.count), reason.text) for reason in reasons])
