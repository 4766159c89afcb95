"""Figures of a report: the matrix of duties, the share that holds, one score with its published formula, coverage."""

from collections.abc import Iterable, Sequence

from ..declare import Catalogue
from ..model import (
    Coverage,
    Finding,
    Level,
    MatrixRow,
    OverallScore,
    Result,
    Revision,
    RevisionScore,
    Severity,
    Status,
)

_PENALTY = {Severity.CRITICAL: 25, Severity.HIGH: 15, Severity.MEDIUM: 5, Severity.LOW: 1, Severity.INFO: 0}
_GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
FORMULA = (
    "mean over the audited revisions of compliance_percent, which counts the observed MUST duties twice and the "
    "observed SHOULD duties once; minus 25, 15, 5 and 1 for each critical, high, medium and low finding; at least 0. "
    "A from 90, B from 80, C from 70, D from 60, F below"
)
_WORST_FIRST = (Status.FAIL, Status.ERROR, Status.PASS, Status.NOT_OBSERVED, Status.NOT_APPLICABLE)


def matrix_of(results: Sequence[Result], catalogue: Catalogue) -> tuple[MatrixRow, ...]:
    """Return one row for each duty and revision that a result speaks of, in the catalogue's order.

    A duty fails when any of its checks fails, and holds when one passes and none fails.
    """
    cells: dict[tuple[str, Revision], list[Result]] = {}
    for result in results:
        for row in result.requirements:
            if catalogue.requirement(row).at(result.revision):
                cells.setdefault((row, result.revision), []).append(result)
    order = {row.id: place for place, row in enumerate(catalogue.requirements)}
    keys = sorted(cells, key=lambda key: (order[key[0]], key[1].position))
    return tuple(_row(row, revision, cells[row, revision], catalogue) for row, revision in keys)


def _row(row: str, revision: Revision, results: list[Result], catalogue: Catalogue) -> MatrixRow:
    requirement = catalogue.requirement(row)
    citation = requirement.at(revision)
    decisive = min(results, key=lambda result: (_WORST_FIRST.index(result.status), result.severity.rank))
    failing = decisive.status is Status.FAIL
    return MatrixRow(
        area=row.partition("/")[0],
        feature=requirement.text,
        requirement=row,
        level=citation.level if citation else Level.ADVICE,
        revision=revision,
        status=decisive.status,
        gap=_gap(decisive.severity) if failing else "none",
        note="" if decisive.status is Status.PASS else decisive.message,
    )


def _gap(severity: Severity) -> str:
    return "low" if severity is Severity.INFO else severity.value


def scores_of(results: Sequence[Result], catalogue: Catalogue) -> tuple[RevisionScore, ...]:
    """Return, for each revision, how many observed duties hold."""
    rows = matrix_of(results, catalogue)
    revisions = sorted({row.revision for row in rows})
    return tuple(_score(revision, [row for row in rows if row.revision is revision]) for revision in revisions)


def _score(revision: Revision, rows: Iterable[MatrixRow]) -> RevisionScore:
    duties = [row for row in rows if row.level is not Level.ADVICE]
    observed = [row for row in duties if row.status in {Status.PASS, Status.FAIL}]
    musts = [row.status is Status.PASS for row in observed if row.level.rank <= Level.DERIVED.rank]
    shoulds = [row.status is Status.PASS for row in observed if row.level.rank > Level.DERIVED.rank]
    weight = 2 * len(musts) + len(shoulds)
    held = 2 * sum(musts) + sum(shoulds)
    percent = round(100 * held / weight, 1) if weight else 0.0
    return RevisionScore(revision, sum(musts), len(musts), sum(shoulds), len(shoulds), percent)


def overall_of(scores: Sequence[RevisionScore], findings: Sequence[Finding]) -> OverallScore:
    """Return the score of the whole run by `FORMULA`."""
    compliance = sum(score.compliance_percent for score in scores) / len(scores)
    penalty = sum(_PENALTY[finding.severity] for finding in findings)
    score = max(0, round(compliance - penalty))
    grade = next((letter for bound, letter in _GRADES if score >= bound), "F")
    return OverallScore(score, grade, FORMULA)


def coverage_of(catalogue: Catalogue, revisions: Iterable[Revision]) -> tuple[Coverage, ...]:
    """Return how many server-side duties of each revision the catalogue looks at."""
    checked = {row for check in catalogue.checks for row in check.requirements}
    return tuple(_coverage(catalogue, revision, checked) for revision in revisions)


def _coverage(catalogue: Catalogue, revision: Revision, checked: set[str]) -> Coverage:
    """Count duties of the specification alone: advice has no share in its coverage."""
    rows = [row for row in catalogue.requirements if (cited := row.at(revision)) and cited.level is not Level.ADVICE]
    hidden = sum(row.observable == "not-observable" for row in rows)
    excluded = sum(bool(row.excluded) and row.observable != "not-observable" for row in rows)
    seen = sum(row.id in checked for row in rows)
    known = [count for count in catalogue.counts if count.revision is revision]
    duties = max([len(rows), *(count.duties for count in known)])
    return Coverage(revision, duties, seen, max([hidden, *(count.not_observable for count in known)]), excluded)
