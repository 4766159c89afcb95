"""The rows of the matrix that a reader asked for, put together where revisions agree."""

from dataclasses import dataclass

from mcp_audit_harness.model import MatrixRow, Report, Revision, RowKind


@dataclass(frozen=True, slots=True)
class Line:
    """A duty or a feature at the revisions at which the same became of it."""

    row: MatrixRow
    """Of the newest of them."""
    revisions: tuple[Revision, ...]

    @property
    def span(self) -> str:
        """The revisions in words: one, or the first and the last."""
        first, last = self.revisions[0], self.revisions[-1]
        return str(first) if first is last else f"{first} to {last}"

    @property
    def level(self) -> str:
        """The level of a duty; a feature has none."""
        return "optional" if self.row.kind is RowKind.FEATURE else self.row.level.value

    @property
    def official(self) -> str:
        """What the official suite says, in words; empty where nothing was imported."""
        return ", ".join(f"{said.id} {said.status}" for said in self.row.official)


def rows_of(report: Report) -> dict[str, list[list[MatrixRow]]]:
    """Return the rows of each duty and feature under their areas, all in order; revisions not offered are left out."""
    offered = report.survey.revisions if report.survey else ()
    areas: dict[str, dict[str, list[MatrixRow]]] = {}
    for row in sorted(report.matrix, key=lambda row: (row.area, row.kind, row.requirement, row.revision)):
        if row.revision in offered:
            areas.setdefault(row.area, {}).setdefault(row.requirement, []).append(row)
    return {area: list(items.values()) for area, items in areas.items()}


def lines_of(report: Report) -> dict[str, list[Line]]:
    """Return the lines under their areas."""
    return {area: [line for rows in items for line in _together(rows)] for area, items in rows_of(report).items()}


def absent(report: Report) -> list[str]:
    """Return the revisions that have rows and are not offered."""
    offered = report.survey.revisions if report.survey else ()
    return [
        str(found) for found in Revision if found not in offered and any(row.revision is found for row in report.matrix)
    ]


def _together(rows: list[MatrixRow]) -> list[Line]:
    lines: list[Line] = []
    for row in rows:
        if lines and _same(lines[-1].row, row):
            lines[-1] = Line(row, (*lines[-1].revisions, row.revision))
        else:
            lines.append(Line(row, (row.revision,)))
    return lines


def _same(one: MatrixRow, other: MatrixRow) -> bool:
    return (one.level, one.implementation, one.gap, one.note, one.official) == (
        other.level,
        other.implementation,
        other.gap,
        other.note,
        other.official,
    )
