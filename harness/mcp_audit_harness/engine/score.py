"""Figures of a report: the share of duties that holds, one score with its published formula, coverage."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ..catalogue import Catalogue
from ..model import (
    Coverage,
    Finding,
    Level,
    MatrixRow,
    OverallScore,
    Revision,
    RevisionScore,
    RowKind,
    Severity,
    SourceScore,
    Status,
)

_PENALTY = {Severity.CRITICAL: 25, Severity.HIGH: 15, Severity.MEDIUM: 5, Severity.LOW: 1, Severity.INFO: 0}
_MOST = {Severity.MEDIUM: 25, Severity.LOW: 10}
"""However many there are, findings of these severities take off no more than this."""
_GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
FORMULA = (
    "mean of compliance_percent, which counts the observed MUST duties twice and the observed SHOULD duties once, over "
    "the audited revisions at which any was observed; a source tree counts as one more revision, with the share of the "
    "rules that hold of those that looked at it, rules about security counted twice; minus 25 for each critical and 15 "
    "for each high finding, 5 for each medium (at most 25 together) and 1 for each low one (at most 10 together); at "
    "least 0. A from 90, B from 80, C from 70, D from 60, F below"
)


def scores_of(rows: Sequence[MatrixRow], revisions: Iterable[Revision]) -> tuple[RevisionScore, ...]:
    """Return, for each of the audited revisions, how many observed duties of the matrix hold."""
    return tuple(_score(revision, [row for row in rows if row.revision is revision]) for revision in sorted(revisions))


def _score(revision: Revision, rows: Iterable[MatrixRow]) -> RevisionScore:
    duties = [row for row in rows if row.kind is RowKind.DUTY and row.level.binds]
    observed = [row for row in duties if row.status in {Status.PASS, Status.FAIL}]
    musts = [row.status is Status.PASS for row in observed if row.level.rank <= Level.DERIVED.rank]
    shoulds = [row.status is Status.PASS for row in observed if row.level.rank > Level.DERIVED.rank]
    weight = 2 * len(musts) + len(shoulds)
    held = 2 * sum(musts) + sum(shoulds)
    percent = round(100 * held / weight, 1) if weight else 0.0
    return RevisionScore(revision, sum(musts), len(musts), sum(shoulds), len(shoulds), percent)


def overall_of(
    scores: Sequence[RevisionScore], findings: Sequence[Finding], source: SourceScore | None = None
) -> OverallScore | None:
    """Return the score of the whole run by `FORMULA`; None where neither a duty nor a source tree was looked at."""
    percents = [score.compliance_percent for score in scores if score.must_total or score.should_total]
    percents += [] if source is None or not source.aspects else [source.percent]
    if not percents:
        return None
    compliance = sum(percents) / len(percents)
    counts = Counter(finding.severity for finding in findings)
    penalty = sum(min(_PENALTY[severity] * count, _MOST.get(severity, 100)) for severity, count in counts.items())
    score = max(0, round(compliance - penalty))
    grade = next((letter for bound, letter in _GRADES if score >= bound), "F")
    return OverallScore(score, grade, FORMULA)


def coverage_of(catalogue: Catalogue, revisions: Iterable[Revision]) -> tuple[Coverage, ...]:
    """Return how many server-side duties of each revision the catalogue looks at."""
    return tuple(_coverage(catalogue, revision) for revision in revisions)


def _coverage(catalogue: Catalogue, revision: Revision) -> Coverage:
    """Count duties of the specification alone: advice has no share in its coverage."""
    seen = catalogue.looked_at(revision)
    cited = [(row, row.at(revision)) for row in catalogue.requirements if row.of_servers]
    rows = [row for row, citation in cited if citation is not None and citation.level is not Level.ADVICE]
    hidden = [row for row in rows if row.observable == "not-observable" and row.id not in seen]
    return Coverage(
        revision,
        requirements=len(rows),
        checked=sum(row.id in seen for row in rows),
        not_observable=len(hidden),
        excluded=sum(bool(row.excluded_at(revision)) and row not in hidden and row.id not in seen for row in rows),
    )
