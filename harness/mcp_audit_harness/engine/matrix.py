"""The compliance matrix: what became of every duty of servers, and of every feature, at each of the revisions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ..catalogue import Catalogue
from ..declare import Feature
from ..model import (
    Citation,
    FeatureResult,
    Implementation,
    Level,
    MatrixRow,
    Presence,
    Requirement,
    Result,
    Revision,
    RowKind,
    Severity,
    Status,
)

State: TypeAlias = tuple[Status, Implementation, str]
"""What became of a row, in the three ways in which the matrix says so; the last is its note."""
Absent: TypeAlias = Mapping[Revision, State]
"""The revisions at which nothing was audited, and what that makes of their rows."""

_WORST_FIRST = (Status.FAIL, Status.ERROR, Status.PASS, Status.NOT_OBSERVED, Status.NOT_APPLICABLE)
_IMPLEMENTATION = {
    Status.PASS: Implementation.IMPLEMENTED,
    Status.FAIL: Implementation.VIOLATED,
    Status.NOT_APPLICABLE: Implementation.NOT_APPLICABLE,
    Status.NOT_OBSERVED: Implementation.NOT_OBSERVED,
    Status.ERROR: Implementation.NOT_OBSERVED,
}
_SIGHTED = {
    Presence.IMPLEMENTED: (Status.PASS, Implementation.IMPLEMENTED),
    Presence.PARTIAL: (Status.PASS, Implementation.PARTIAL),
    Presence.MISSING: (Status.NOT_APPLICABLE, Implementation.MISSING),
    Presence.NOT_OFFERED: (Status.NOT_APPLICABLE, Implementation.NOT_OFFERED),
    Presence.UNSEEN: (Status.NOT_OBSERVED, Implementation.NOT_OBSERVED),
}
_BEST_FIRST = tuple(_SIGHTED)
NOT_OFFERED = "the server does not offer this revision"
NOT_AUDITED = "this revision was not audited"


def matrix_of(
    results: Sequence[Result],
    features: Sequence[FeatureResult],
    catalogue: Catalogue,
    offered: Collection[Revision],
) -> tuple[MatrixRow, ...]:
    """Return one row for each duty of servers, and for each feature, at each revision that knows it.

    A duty fails when any of its checks fails, and holds when one passes and none fails; a permission is what the
    feature that makes use of it is. A revision that the server offers, but at which nothing ran, is not observed.
    Empty where nothing was audited.
    """
    audited = {result.revision for result in results} | {seen.revision for seen in features}
    absent = {
        revision: (Status.NOT_OBSERVED, Implementation.NOT_OBSERVED, NOT_AUDITED)
        if revision in offered
        else (Status.NOT_APPLICABLE, Implementation.NOT_OFFERED, NOT_OFFERED)
        for revision in Revision
        if revision not in audited
    }
    if not audited:
        return ()
    judged: dict[tuple[str, Revision], list[Result]] = {}
    for result in results:
        for row in result.requirements:
            judged.setdefault((row, result.revision), []).append(result)
    sighted: dict[tuple[str, Revision], list[FeatureResult]] = {}
    for seen in features:
        for name in (seen.feature, *seen.requirements):
            sighted.setdefault((name, seen.revision), []).append(seen)
    rows: list[MatrixRow] = []
    for requirement in catalogue.requirements:
        if requirement.of_servers:
            for cited in requirement.citations:
                key = requirement.id, cited.revision
                rows.append(_duty(requirement, cited, absent, judged.get(key, ()), sighted.get(key, ())))
    rows.extend(_feature_rows(catalogue.features, sighted, absent))
    return tuple(rows)


def _duty(
    row: Requirement,
    cited: Citation,
    absent: Absent,
    results: Sequence[Result],
    features: Sequence[FeatureResult],
) -> MatrixRow:
    gap, effort = "none", ""
    if cited.revision in absent:
        status, implementation, note = absent[cited.revision]
    elif results:
        decisive = min(results, key=lambda result: (_WORST_FIRST.index(result.status), result.severity.rank))
        status, implementation = decisive.status, _IMPLEMENTATION[decisive.status]
        note = "" if status is Status.PASS else decisive.message
        if status is Status.FAIL:
            gap, effort = _gap(decisive.severity), decisive.effort
    elif features:
        best = min(features, key=lambda seen: _BEST_FIRST.index(seen.presence))
        (status, implementation), note = _SIGHTED[best.presence], best.note
    elif reason := row.excluded_at(cited.revision):
        status, implementation, note = Status.NOT_OBSERVED, Implementation.EXCLUDED, reason
    else:
        status, implementation, note = Status.NOT_OBSERVED, Implementation.NOT_OBSERVED, "no check of it was asked for"
    return MatrixRow(
        area=row.id.partition("/")[0],
        feature=row.text,
        requirement=row.id,
        level=cited.level,
        revision=cited.revision,
        status=status,
        gap=gap,
        note=note,
        kind=RowKind.DUTY,
        implementation=implementation,
        spec=cited.url,
        needs=row.needs if implementation is Implementation.NOT_OBSERVED else "",
        effort=effort,
    )


def _feature_rows(
    features: Iterable[Feature],
    sighted: dict[tuple[str, Revision], list[FeatureResult]],
    absent: Absent,
) -> Iterator[MatrixRow]:
    for feature in features:
        for revision in Revision:
            if revision in feature.spec:
                yield _featured(feature, revision, sighted.get((feature.id, revision), ()), absent.get(revision))


def _featured(feature: Feature, revision: Revision, seen: Sequence[FeatureResult], absent: State | None) -> MatrixRow:
    if seen:
        best = min(seen, key=lambda item: _BEST_FIRST.index(item.presence))
        (status, implementation), note = _SIGHTED[best.presence], best.note
    else:
        unlooked = Status.NOT_OBSERVED, Implementation.NOT_OBSERVED, "it was not looked for"
        status, implementation, note = absent or unlooked
    lacking = implementation in {Implementation.MISSING, Implementation.NOT_OFFERED, Implementation.PARTIAL}
    # What belongs to something that the server does not have at all is hardly missed.
    aside = bool(seen) and implementation is Implementation.NOT_OFFERED
    return MatrixRow(
        area=feature.area,
        feature=feature.title,
        requirement=feature.id,
        level=Level.MAY,
        revision=revision,
        status=status,
        gap=("low" if aside else feature.priority.value) if lacking else "none",
        note=note,
        kind=RowKind.FEATURE,
        implementation=implementation,
        spec=feature.url,
        effort=feature.effort if lacking else "",
        since=str(feature.spec.first),
    )


def _gap(severity: Severity) -> str:
    return "low" if severity is Severity.INFO else severity.value
