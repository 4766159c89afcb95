"""The gap analysis: which features of the specification a server lacks, by the revision that brought them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from mcp_audit_harness.model import (
    Effort,
    Implementation,
    MatrixRow,
    Presence,
    Priority,
    Report,
    Revision,
    RowKind,
)

RULE = (
    "A feature is judged at the newest revision offered that has it and at which it could be looked for. What is "
    "there is no gap. What is there in part has one step less priority than what is missing; what belongs to "
    "something else that the server does not offer has a low one. What a revision that the server does not offer "
    "brought is missing, unless the server offers a revision that has dropped it again. What there was no occasion "
    "to see is no gap; it is listed among what could not be observed."
)
_PRIORITIES = tuple(Priority)
_SEEN = frozenset({Implementation.IMPLEMENTED, Implementation.PARTIAL, Implementation.MISSING})
_PRESENCE = {
    Implementation.PARTIAL: Presence.PARTIAL,
    Implementation.MISSING: Presence.MISSING,
    Implementation.NOT_OFFERED: Presence.NOT_OFFERED,
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A feature that the server lacks, or has in part only."""

    revision: Revision
    """The one that brought it."""
    feature: str
    """Its id."""
    title: str
    spec: str
    gap: str
    """In one sentence."""
    priority: Priority
    effort: Effort
    presence: Presence
    looked_at: Revision | None
    """The revision at which it was looked for; None where no revision that has it is offered."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Which revisions a server offers, and at which of them it was audited."""

    offered: frozenset[Revision]
    audited: frozenset[Revision]

    @property
    def absent(self) -> list[str]:
        """The revisions that the server does not offer, the oldest first."""
        return [str(revision) for revision in Revision if revision not in self.offered]

    @classmethod
    def of(cls, report: Report) -> "Looked":
        """Return what the survey and the results of a report say."""
        offered = report.survey.revisions if report.survey else ()
        audited = {result.revision for result in report.results} | {seen.revision for seen in report.features}
        return cls(frozenset(offered), frozenset(audited))


def gaps_of(matrix: Iterable[MatrixRow], looked: Looked) -> tuple[Gap, ...]:
    """Return the gaps by `RULE`: the oldest revision first, in it those of the highest priority first."""
    gaps = [gap for rows in _by_feature(matrix) if (gap := _gap(rows, looked))]
    return tuple(sorted(gaps, key=lambda gap: (gap.revision, _PRIORITIES.index(gap.priority), gap.feature)))


def by_revision(gaps: Iterable[Gap]) -> dict[Revision, list[Gap]]:
    """Return the gaps under the revisions that brought the features."""
    found: dict[Revision, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.revision, []).append(gap)
    return found


def out_of_reach(gaps: Iterable[Gap]) -> bool:
    """Whether no revision that has any of these features is offered."""
    return all(gap.looked_at is None for gap in gaps)


def decisive(rows: Sequence[MatrixRow], looked: Looked) -> MatrixRow:
    """Return the row, of those of one feature, that decides: of a revision offered, the newest that says something."""
    newest_first = sorted(rows, key=attrgetter("revision"), reverse=True)
    offered = [row for row in newest_first if row.revision in looked.offered]
    seen = [row for row in offered if row.implementation in _SEEN]
    told = [row for row in offered if row.implementation is not Implementation.NOT_OBSERVED]
    return next(iter([*seen, *told, *offered, *newest_first]))


def unseen_features(matrix: Iterable[MatrixRow], looked: Looked) -> tuple[MatrixRow, ...]:
    """Return the deciding rows of the features of which nothing can be said."""
    return _decided(matrix, looked, Implementation.NOT_OBSERVED)


def present_features(matrix: Iterable[MatrixRow], looked: Looked) -> tuple[MatrixRow, ...]:
    """Return the deciding rows of the features that are there as a whole."""
    return _decided(matrix, looked, Implementation.IMPLEMENTED)


def _decided(matrix: Iterable[MatrixRow], looked: Looked, state: Implementation) -> tuple[MatrixRow, ...]:
    rows = (decisive(rows, looked) for rows in _by_feature(matrix))
    return tuple(row for row in rows if row.implementation is state)


def _by_feature(matrix: Iterable[MatrixRow]) -> Collection[list[MatrixRow]]:
    features: dict[str, list[MatrixRow]] = {}
    for row in matrix:
        if row.kind is RowKind.FEATURE:
            features.setdefault(row.requirement, []).append(row)
    return features.values()


def _gap(rows: Sequence[MatrixRow], looked: Looked) -> Gap | None:
    row = decisive(rows, looked)
    if row.implementation not in _PRESENCE or row.gap not in set(Priority):
        return None
    here = row.revision in looked.offered
    since = Revision(row.since) if row.since in {str(revision) for revision in Revision} else row.revision
    if not here and any(revision > row.revision for revision in looked.offered):
        return None
    presence = _PRESENCE[row.implementation] if here else Presence.MISSING
    return Gap(
        revision=since,
        feature=row.requirement,
        title=row.feature,
        spec=row.spec,
        gap=row.note if here else f"revision {since} is not offered",
        priority=_priority(Priority(row.gap), presence),
        effort=Effort(row.effort) if row.effort in set(Effort) else Effort.MEDIUM,
        presence=presence,
        looked_at=row.revision if here else None,
    )


def _priority(priority: Priority, presence: Presence) -> Priority:
    if presence is Presence.NOT_OFFERED:
        return Priority.LOW
    if presence is Presence.MISSING:
        return priority
    return _PRIORITIES[min(_PRIORITIES.index(priority) + 1, len(_PRIORITIES) - 1)]
