"""The compliance matrix alone: at a terminal, as Markdown, as JSON, as CSV for spreadsheets."""

import csv
from io import StringIO

from mcp_audit_harness.model import Implementation, Report
from rich.table import Table
from rich.text import Text

from .. import escape
from ..digest import plural
from ..escape import code, link, prose, shortened
from ..json_v1.analysis import official_of
from ..json_v1.build import row_of
from ..markdown.official import official
from ..markdown.tables import table
from ..page import Page
from ..plain import document
from .lines import Line, absent, lines_of

_NOTE = 300
_COLUMNS = ("Revisions", "Feature", "Spec level", "Implementation", "Gap", "Note")
_WIDTHS = (10, None, 10, 14, 8, None)
_RATIOS = (None, 5, None, None, None, 4)
_CSV = (
    "area",
    "feature",
    "requirement",
    "kind",
    "level",
    "revision",
    "status",
    "implementation",
    "gap",
    "note",
    "spec",
    "needs",
    "effort",
    "since",
    "official",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for a formula at the beginning of a cell (CWE-1236)."""
_STYLE = {
    Implementation.VIOLATED: "bold red",
    Implementation.MISSING: "yellow",
    Implementation.PARTIAL: "yellow",
    Implementation.IMPLEMENTED: "green",
}


def console(report: Report, *, width: int, color: bool) -> str:
    """Return a table for each area, for a terminal of `width` columns."""
    page = Page(width, color=color, narrowest=60)
    page.line((report.target_label, "bold"))
    for area, lines in lines_of(report).items():
        page.heading(area)
        page.show(_area_table(lines, official_too=any(line.row.official for line in lines)))
    page.blank()
    _closing(page, report)
    return page.text()


def _area_table(lines: list[Line], *, official_too: bool) -> Table:
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, expand=True)
    for name, width, ratio in zip(_COLUMNS, _WIDTHS, _RATIOS, strict=True):
        shown.add_column(name.lower(), overflow="fold", width=width, ratio=ratio)
    if official_too:
        shown.add_column("official suite", overflow="fold", ratio=3)
    for line in lines:
        row = line.row
        cells = [
            Text("\n".join(str(item) for item in dict.fromkeys((line.revisions[0], line.revisions[-1])))),
            Text(escape.line(f"{row.feature} ({row.requirement})")),
            Text(line.level),
            Text(row.implementation, style=_STYLE.get(row.implementation, "")),
            Text(escape.line(row.gap)),
            Text(escape.line(shortened(_note(line), _NOTE))),
        ]
        shown.add_row(*cells, *([Text(escape.line(line.official))] if official_too else []))
    return shown


def _note(line: Line) -> str:
    return " ".join(part for part in (line.row.note, f"needs: {line.row.needs}" if line.row.needs else "") if part)


def _closing(page: Page, report: Report) -> None:
    page.line((f"{plural(len(report.matrix), 'row')}", ""))
    missing = absent(report)
    if missing:
        page.line((f"not offered, so not shown: {', '.join(missing)}", "dim"))
    found = report.official
    if found:
        page.line((f"official suite: {found.checks} verdicts, {found.mapped} mapped, {found.compared} compared", ""))
        for item in found.disagreements:
            page.heading(f"disagreement: {item.official} at {item.revision}")
            page.field("it says", f"{item.official_status} {item.official_message}".strip())
            page.field("we say", f"{item.requirement}: {item.implementation} {item.note}".strip(), *item.evidence[:3])
            page.field("because", item.explanation or "not explained")


def markdown(report: Report, *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    """Return a table for each area as Markdown."""
    parts = [f"# Compliance matrix of {code(report.target_label) or 'a server'}"]
    for area, lines in lines_of(report).items():
        parts.append(f"## {prose(area)}")
        columns = (*_COLUMNS, "Official suite") if any(line.row.official for line in lines) else _COLUMNS
        parts.append(table(columns, [_cells(line)[: len(columns)] for line in lines]))
    missing = absent(report)
    if missing:
        parts.append(f"Not offered, so not shown: {', '.join(missing)}.")
    parts.extend(official(report))
    return "\n\n".join(parts) + "\n"


def _cells(line: Line) -> list[str]:
    row = line.row
    return [
        line.span,
        f"{prose(row.feature)} ({link(row.requirement, row.spec)})",
        line.level,
        f"**{row.implementation}**" if row.implementation is Implementation.VIOLATED else row.implementation.value,
        prose(row.gap),
        prose(shortened(_note(line), _NOTE)),
        prose(line.official),
    ]


def as_json(report: Report, *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    """Return the rows as they stand in report.json, and the official suite's where it was imported."""
    told: dict[str, object] = {"matrix": [row_of(row) for row in report.matrix]}
    if report.official:
        told["official"] = official_of(report.official)
    return document(told)


def as_csv(report: Report, *, width: int, color: bool) -> str:  # noqa: ARG001 - the signature of every format
    """Return a line for each row (RFC 4180); no cell can be taken for a formula."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_CSV)
    for row in report.matrix:
        said = "; ".join(f"{verdict.id}={verdict.status}" for verdict in row.official)
        values = [getattr(row, name) for name in _CSV[:-1]]
        writer.writerow([_cell(str(value)) for value in (*values, said)])
    return text.getvalue()


def _cell(value: str) -> str:
    shown = escape.line(value)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
