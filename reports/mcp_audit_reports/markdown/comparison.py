"""(b) The detailed comparison, (c) the gap analysis by revision, (d) the summary by area; the matrix behind them."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from mcp_audit_harness.model import Implementation, Level, MatrixRow, Report, RowKind

from ..areas import Standing
from ..assessment import Assessment
from ..digest import breakdown, plural
from ..escape import code, link, prose, shortened
from ..gaps import Gap, Looked, by_revision, decisive, out_of_reach
from .tables import named, table

_NOTE = 300
_GAPS = ("none", "low", "medium", "high", "critical")
_STATES = (
    Implementation.VIOLATED,
    Implementation.IMPLEMENTED,
    Implementation.NOT_OBSERVED,
    Implementation.NOT_APPLICABLE,
    Implementation.NOT_OFFERED,
    Implementation.EXCLUDED,
)
_COUNTED = _STATES[1:]
_UNNAMED = frozenset({Implementation.EXCLUDED, Implementation.NOT_APPLICABLE})
_LEGEND = (
    "A duty counts once, over the revisions audited; it is `violated` if it is at one of them. `implemented`: it "
    "holds, on evidence from the server. `not applicable`: the server has nothing of the kind that the duty is "
    "about. `not observed`: nothing could be said. `excluded`: no check looks at it, for a reason that the "
    "catalogue gives. The gap is the harm of a violated duty, or the priority of a feature that is not there; a "
    "missing feature violates nothing."
)


def comparison(report: Report) -> Iterator[str]:
    """Yield (b): features of revisions offered and violated duties one by one, all other duties as counts."""
    if not report.matrix:
        return
    yield "## Detailed comparison"
    yield _LEGEND
    looked = Looked.of(report)
    areas: dict[str, list[list[MatrixRow]]] = {}
    for rows in _grouped(report.matrix):
        areas.setdefault(rows[0].area, []).append(rows)
    lines = [line for _, items in sorted(areas.items()) for line in _area(items, looked)]
    if lines:
        yield table(("Area", "Feature", "Spec level", "Implementation", "Gap"), lines)


def _grouped(matrix: Sequence[MatrixRow]) -> list[list[MatrixRow]]:
    """Return the rows of each duty and each feature, in the order of the matrix."""
    items: dict[tuple[RowKind, str], list[MatrixRow]] = {}
    for row in matrix:
        items.setdefault((row.kind, row.requirement), []).append(row)
    return list(items.values())


def _area(items: list[list[MatrixRow]], looked: Looked) -> Iterator[list[str]]:
    for rows in items:
        if rows[0].kind is RowKind.FEATURE and decisive(rows, looked).revision in looked.offered:
            yield _feature(rows, looked)
    states: dict[Implementation, list[MatrixRow]] = {}
    for rows in _duties(items, looked):
        chosen = min(rows, key=_state)
        if chosen.implementation is Implementation.VIOLATED:
            yield _violated(rows)
        else:
            states.setdefault(chosen.implementation, []).append(chosen)
    for state in _COUNTED:
        if rows := states.get(state, []):
            yield [prose(rows[0].area), plural(len(rows), "duty", "duties"), _levels(rows), state.value, "none"]


def _duties(items: list[list[MatrixRow]], looked: Looked) -> Iterator[list[MatrixRow]]:
    """Yield the rows of each duty at the revisions audited."""
    for rows in items:
        found = [row for row in rows if row.revision in looked.audited]
        if found and rows[0].kind is RowKind.DUTY:
            yield found


def _state(row: MatrixRow) -> int:
    return _STATES.index(row.implementation) if row.implementation in _STATES else len(_STATES)


def _levels(rows: list[MatrixRow]) -> str:
    return breakdown((row.level for row in rows), Level)


def _feature(rows: list[MatrixRow], looked: Looked) -> list[str]:
    row = decisive(rows, looked)
    note = f": {prose(shortened(row.note, _NOTE))}" if row.note and row.gap != "none" else ""
    name = f"{prose(row.feature)} ({code(row.requirement)})"
    since = f"optional since {prose(row.since)}" if row.since else "optional"
    return [prose(row.area), name, since, f"{row.implementation}{note}", _gap_word(row.gap)]


def _violated(rows: list[MatrixRow]) -> list[str]:
    failing = [row for row in rows if row.implementation is Implementation.VIOLATED]
    newest = max(failing, key=attrgetter("revision"))
    name = f"{prose(newest.feature)} ({link(newest.requirement, newest.spec)})"
    where = ", ".join(str(row.revision) for row in sorted(failing, key=attrgetter("revision")))
    gap = max((row.gap for row in failing if row.gap in _GAPS), key=_GAPS.index, default="none")
    told = prose(shortened(newest.note, _NOTE))
    return [prose(newest.area), name, newest.level, f"**violated** at {where}: {told}", _gap_word(gap)]


def _gap_word(gap: str) -> str:
    return f"**{gap}**" if gap in {"high", "critical"} else prose(gap)


def gap_analysis(report: Report, assessment: Assessment) -> Iterator[str]:
    """Yield (c): a table for each revision that brought something that the server lacks."""
    features = any(row.kind is RowKind.FEATURE for row in report.matrix)
    if not features:
        return
    yield "## Gap analysis by revision"
    if not assessment.gaps:
        yield "Nothing is missing of what could be looked for."
    for revision, found in by_revision(assessment.gaps).items():
        yield f"### Missing from {revision}"
        if out_of_reach(found):
            yield f"The server does not offer revision {revision}."
        yield table(("Feature", "Spec section", "Gap", "Priority", "Effort"), [_gap(gap) for gap in found])


def _gap(gap: Gap) -> list[str]:
    section = gap.spec.partition(f"/{gap.revision}/")[2] or gap.spec
    said = prose(shortened(gap.gap, _NOTE)) or "it is not there"
    words = {"partial": "in part: ", "missing": "", "not offered": "not offered: "}.get(gap.presence, "")
    seen = f" (seen at {gap.looked_at})" if gap.looked_at else ""
    return [
        f"{prose(gap.title)} ({code(gap.feature)})",
        link(section, gap.spec),
        f"{words}{said}{seen}",
        _gap_word(gap.priority),
        gap.effort,
    ]


def areas(assessment: Assessment) -> Iterator[str]:
    """Yield (d): what became of the duties of each area."""
    if not assessment.areas:
        return
    yield "## Conformance by area"
    rows = [
        [
            prose(area.area),
            f"{area.must_pass} of {area.must_total}",
            f"{area.should_pass} of {area.should_total}",
            f"**{area.status}**" if area.status is Standing.VIOLATES else area.status.value,
            named(area.violated, 6),
            str(area.not_observed),
        ]
        for area in assessment.areas
    ]
    yield table(("Area", "MUST", "SHOULD", "Status", "Violated", "Not observed"), rows)


def full_matrix(report: Report) -> Iterator[str]:
    """Yield every duty by its id, under what became of it; the words of each are in the JSON report."""
    if not report.matrix:
        return
    yield "## Compliance matrix"
    yield (
        "Every duty, by what became of it over the revisions audited. The same with the words of each duty, revision "
        "by revision: `mcp-audit matrix report.json`, for a spreadsheet with `--csv`."
    )
    looked = Looked.of(report)
    states: dict[str, dict[Implementation, list[str]]] = {}
    for rows in _duties(_grouped(report.matrix), looked):
        chosen = min(rows, key=_state)
        states.setdefault(chosen.area, {}).setdefault(chosen.implementation, []).append(chosen.requirement)
    lines = [
        [prose(area), state.value, str(len(found[state])), "" if state in _UNNAMED else _short(area, found[state])]
        for area, found in sorted(states.items())
        for state in Implementation
        if state in found
    ]
    if lines:
        yield table(("Area", "Implementation", "Duties", "Ids below the area"), lines)
    if looked.absent:
        yield f"Not offered, so nothing is judged by it: {', '.join(looked.absent)}."


def _short(area: str, ids: list[str]) -> str:
    return ", ".join(code(name.removeprefix(f"{area}/")) for name in ids)
