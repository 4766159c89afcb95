"""The compliance matrix: what became of every duty of servers, and of every feature, at each of the revisions."""

from collections.abc import Collection, Iterable, Iterator, Sequence

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

_WORST_FIRST = (Status.FAIL, Status.ERROR, Status.PASS, Status.NOT_OBSERVED, Status.NOT_APPLICABLE)
_IMPLEMENTATION = {
    Status.PASS: Implementation.IMPLEMENTED,
    Status.FAIL: Implementation.VIOLATED,
    Status.NOT_APPLICABLE: Implementation.NOT_OFFERED,
    Status.NOT_OBSERVED: Implementation.NOT_OBSERVED,
    Status.ERROR: Implementation.NOT_OBSERVED,
}
_SIGHTED = {
    Presence.IMPLEMENTED: (Status.PASS, Implementation.IMPLEMENTED),
    Presence.PARTIAL: (Status.PASS, Implementation.PARTIAL),
    Presence.MISSING: (Status.NOT_APPLICABLE, Implementation.MISSING),
    Presence.UNSEEN: (Status.NOT_OBSERVED, Implementation.NOT_OBSERVED),
}
_BEST_FIRST = tuple(_SIGHTED)
NOT_OFFERED = "the server does not offer this revision"


def matrix_of(
    results: Sequence[Result], features: Sequence[FeatureResult], catalogue: Catalogue, offered: Collection[Revision]
) -> tuple[MatrixRow, ...]:
    """Return one row for each duty of servers, and for each feature, at each revision that knows it.

    A duty fails when any of its checks fails, and holds when one passes and none fails; a permission is what the
    feature that makes use of it is. Empty where nothing was audited.
    """
    if not offered:
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
                rows.append(_duty(requirement, cited, offered, judged.get(key, ()), sighted.get(key, ())))
    rows.extend(_feature_rows(catalogue.features, sighted, offered))
    return tuple(rows)


def _duty(
    row: Requirement,
    cited: Citation,
    offered: Collection[Revision],
    results: Sequence[Result],
    features: Sequence[FeatureResult],
) -> MatrixRow:
    gap, effort = "none", ""
    if cited.revision not in offered:
        status, implementation, note = Status.NOT_APPLICABLE, Implementation.NOT_OFFERED, NOT_OFFERED
    elif results:
        decisive = min(results, key=lambda result: (_WORST_FIRST.index(result.status), result.severity.rank))
        status, implementation = decisive.status, _IMPLEMENTATION[decisive.status]
        note = "" if status is Status.PASS else decisive.message
        if status is Status.FAIL:
            gap, effort = _gap(decisive.severity), decisive.effort
    elif features:
        best = min(features, key=lambda seen: _BEST_FIRST.index(seen.presence))
        (status, implementation), note = _SIGHTED[best.presence], best.note
    elif row.excluded:
        status, implementation, note = Status.NOT_OBSERVED, Implementation.EXCLUDED, row.excluded
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
    offered: Collection[Revision],
) -> Iterator[MatrixRow]:
    for feature in features:
        for revision in Revision:
            if revision in feature.spec:
                yield _featured(feature, revision, sighted.get((feature.id, revision), ()), revision in offered)


def _featured(feature: Feature, revision: Revision, seen: Sequence[FeatureResult], offered: bool) -> MatrixRow:
    if seen:
        (status, implementation), note = _SIGHTED[seen[0].presence], seen[0].note
    elif offered:
        status, implementation, note = Status.NOT_OBSERVED, Implementation.NOT_OBSERVED, "it was not looked for"
    else:
        status, implementation, note = Status.NOT_APPLICABLE, Implementation.NOT_OFFERED, NOT_OFFERED
    lacking = implementation in {Implementation.MISSING, Implementation.NOT_OFFERED, Implementation.PARTIAL}
    return MatrixRow(
        area=feature.area,
        feature=feature.title,
        requirement=feature.id,
        level=Level.MAY,
        revision=revision,
        status=status,
        gap=feature.priority.value if lacking else "none",
        note=note,
        kind=RowKind.FEATURE,
        implementation=implementation,
        spec=feature.url,
        effort=feature.effort if lacking else "",
        since=str(feature.spec.first),
    )


def _gap(severity: Severity) -> str:
    return "low" if severity is Severity.INFO else severity.value
