"""The compliance matrix: a heat map of areas and revisions, and below it the duties and features of each area."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcp_audit_harness.model import Finding, Level, MatrixRow, Report, Revision, RowKind, Status

from ..digest import plural
from ..escape import html, shortened
from ..matrix.lines import absent, rows_of
from .filters import Choice, filters
from .findings import address, by_check, told_in_full
from .states import (
    ABSENT,
    DEVIATES,
    ERROR,
    EXCLUDED,
    HOLDS,
    MISSING,
    NOT_APPLICABLE,
    PARTIAL,
    STATES,
    UNSEEN,
    VIOLATED,
    State,
    state_of,
    worst,
)
from .words import anchor, level_badge, spans

_NOTE = 300
_BAD = (VIOLATED, DEVIATES, ERROR)
_LACKING = (MISSING, PARTIAL)


@dataclass(frozen=True, slots=True)
class _Item:
    """A duty or a feature at every revision that has it."""

    rows: tuple[MatrixRow, ...]

    def at(self, revision: Revision) -> State:
        return next((state_of(row) for row in self.rows if row.revision is revision), ABSENT)

    @property
    def newest(self) -> MatrixRow:
        return max(self.rows, key=lambda row: row.revision)


@dataclass(frozen=True, slots=True)
class _Area:
    """The items of an area."""

    place: int
    name: str
    items: tuple[_Item, ...]

    def counts(self, revision: Revision) -> Counter[State]:
        return Counter(item.at(revision) for item in self.items)

    def worst(self, revisions: Sequence[Revision]) -> State:
        return worst({item.at(revision) for item in self.items for revision in revisions})


def matrix(report: Report) -> Iterator[str]:
    """Yield the parts of the section; nothing where nothing was audited."""
    found = rows_of(report)
    if not found:
        return
    areas = [_Area(place, name, _worst_first(items)) for place, (name, items) in enumerate(found.items())]
    revisions = sorted({row.revision for items in found.values() for rows in items for row in rows})
    yield _legend(absent(report))
    yield f'<div class="heat">{"".join(_maps(areas, revisions))}</div>'
    yield "<h3>Duties and features</h3>"
    yield _filters(areas, revisions)
    named = _named(report)
    yield f'<div id="duties">{"".join(_group(area, revisions, named) for area in areas)}</div>'


def _worst_first(duties: Iterable[list[MatrixRow]]) -> tuple[_Item, ...]:
    items = [_Item(tuple(rows)) for rows in duties]
    return tuple(sorted(items, key=lambda item: min(STATES.index(state_of(row)) for row in item.rows)))


def _legend(missing: Sequence[str]) -> str:
    shown = (VIOLATED, DEVIATES, MISSING, PARTIAL, HOLDS, UNSEEN, NOT_APPLICABLE, EXCLUDED)
    left_out = f" Not offered, so not shown: {', '.join(missing)}." if missing else ""
    marks = "".join(f'<li><span class="s {item.key}">{item.mark}</span> {item.word}</li>' for item in shown)
    return (
        f'<ul class="marks">{marks}</ul><p class="soft">A cell counts what is violated or missing in an area at a '
        f"revision, or else what holds. Choose one to see its duties.{left_out}</p>"
    )


def _maps(areas: Sequence[_Area], revisions: Sequence[Revision]) -> Iterator[str]:
    """Yield a heat map for what is violated, for what lacks features only, for what is in order, and for the rest."""
    groups: dict[str, list[_Area]] = {"Violated": [], "Optional features missing": [], "In order": [], "Not seen": []}
    for area in areas:
        state = area.worst(revisions)
        place = 0 if state in _BAD else 1 if state in _LACKING else 2 if state is HOLDS else 3
        list(groups.values())[place].append(area)
    groups["Violated"].sort(key=lambda area: STATES.index(area.worst(revisions)))
    heads = _heads(revisions)
    for title, several in groups.items():
        if several:
            body = "".join(_heat_row(area, revisions) for area in several)
            yield (
                f"<table><caption>{title} ({plural(len(several), 'area')})</caption><thead><tr>"
                f'<th scope="col">Area</th>{heads}</tr></thead><tbody>{body}</tbody></table>'
            )


def _heads(revisions: Sequence[Revision]) -> str:
    dates = (str(revision).split("-", 1) for revision in revisions)
    return "".join(f'<th scope="col">{year}-<span>{rest}</span></th>' for year, rest in dates)


def _heat_row(area: _Area, revisions: Sequence[Revision]) -> str:
    cells = "".join(_heat_cell(area, place, revision) for place, revision in enumerate(revisions))
    return f'<tr><th scope="row">{html(area.name)}</th>{cells}</tr>'


def _heat_cell(area: _Area, place: int, revision: Revision) -> str:
    counts = area.counts(revision)
    state = worst(counts)
    if state is ABSENT:
        return f'<td><span class="unseen">{ABSENT.word}</span></td>'
    told = f"{html(area.name)} at {revision}: {_said(counts)}"
    return (
        f'<td><a class="s {state.key}" href="#area-{area.place}" data-area="{area.place}" data-at="{place}"'
        f' aria-label="{told}" title="{told}">{state.mark} {counts[state]}</a></td>'
    )


def _said(counts: Counter[State]) -> str:
    return ", ".join(f"{item.word} {counts[item]}" for item in STATES if counts[item])


def _filters(areas: Sequence[_Area], revisions: Sequence[Revision]) -> str:
    rows = [row for area in areas for item in area.items for row in item.rows]
    levels = {"feature" if row.kind is RowKind.FEATURE else row.level.value for row in rows}
    order = [level.value for level in Level] + ["feature"]
    states = {state_of(row) for row in rows}
    shown = [(item.key, item.word) for item in STATES if item in states]
    choices = (
        Choice("area", "Area", [(str(area.place), area.name) for area in areas]),
        Choice("level", "Level", [level for level in order if level in levels]),
        Choice("state", "Status", shown),
        Choice("at", "Revision", [(str(place), str(item)) for place, item in enumerate(revisions)]),
    )
    return filters("duties", "Filter duties and features", choices)


def _named(report: Report) -> Mapping[str, list[tuple[int, Finding]]]:
    """Return the findings that show the violation of each duty."""
    told = by_check(told_in_full(report))
    found: dict[str, dict[int, Finding]] = {}
    for result in report.results:
        if result.status is Status.FAIL and result.check in told:
            for requirement in result.requirements:
                found.setdefault(requirement, {}).update(told[result.check])
    return {requirement: list(several.items()) for requirement, several in found.items()}


def _group(area: _Area, revisions: Sequence[Revision], named: Mapping[str, list[tuple[int, Finding]]]) -> str:
    counts = Counter(worst({item.at(revision) for revision in revisions}) for item in area.items)
    body = "".join(_duty(item, revisions, named) for item in area.items)
    return (
        f'<details class="area" id="area-{area.place}" data-group="{area.place}"><summary>'
        f'<strong>{html(area.name)}</strong> <span class="soft">{_said(counts)}</span></summary>'
        f'<table class="duties"><thead><tr><th scope="col">Duty or feature</th>{_heads(revisions)}</tr></thead>'
        f"<tbody>{body}</tbody></table></details>"
    )


def _duty(item: _Item, revisions: Sequence[Revision], named: Mapping[str, list[tuple[int, Finding]]]) -> str:
    newest = item.newest
    feature = newest.kind is RowKind.FEATURE
    states = [item.at(revision) for revision in revisions]
    cells = "".join(f'<td class="s {state.key}">{state.mark}<i>{state.word}</i></td>' for state in states)
    level = '<span class="level">feature</span>' if feature else level_badge(newest.level)
    links = named.get(newest.requirement, [])
    cited = " ".join(f'<a href="{address(place)}">{html(finding.id)}</a>' for place, finding in links[:8])
    rest = f" and {plural(len(links) - 8, 'more finding')}" if len(links) > 8 else ""
    return (
        f'<tr data-row data-level="{"feature" if feature else newest.level.value}"'
        f' data-state="{"".join(state.key for state in states)}"><th scope="row">{html(newest.feature)}'
        f"<small>{level} {anchor(newest.requirement, newest.spec)} {cited}{rest}</small>{_notes(item)}</th>{cells}</tr>"
    )


def _notes(item: _Item) -> str:
    """Return what was seen, each sentence once with the revisions that it is true of."""
    notes: dict[str, list[Revision]] = {}
    for row in item.rows:
        said = [row.note, f"needs {row.needs}" if row.needs else "", *_official(row)]
        for note in filter(None, said):
            notes.setdefault(note, []).append(row.revision)
    every = len(item.rows)
    return "".join(
        f"<small>{'' if len(several) == every else f'{spans(several)}: '}{html(shortened(note, _NOTE))}</small>"
        for note, several in notes.items()
    )


def _official(row: MatrixRow) -> Iterator[str]:
    return (f"official suite: {said.id} {said.status}" for said in row.official)
