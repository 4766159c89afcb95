"""The conformance summary: what became of the duties of each area of the specification."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from mcp_audit_harness.model import Implementation, Level, MatrixRow, RowKind, Status

from .gaps import Looked


class Standing(enum.StrEnum):
    """What the observed duties of an area come to."""

    VIOLATES = "violates"
    """A duty at the level of MUST is violated."""
    DEVIATES = "deviates"
    """Only duties at the level of SHOULD are."""
    CONFORMS = "conforms"
    """Everything that was observed holds."""
    NOT_OBSERVED = "not observed"
    NOT_APPLICABLE = "not applicable"
    """The server has nothing of what the area is about."""
    NOT_JUDGED = "not judged"
    """No check looks at any of its duties."""


@dataclass(frozen=True, slots=True)
class Area:
    """The duties of one area; each counts once, over all revisions that were audited."""

    area: str
    must_pass: int
    must_total: int
    """Observed ones, those without a key word of their own among them."""
    should_pass: int
    should_total: int
    status: Standing
    violated: tuple[str, ...]
    """Ids."""
    not_observed: int
    """Duties that a check looks at, or could, and of which nothing can be said."""

    @property
    def sound(self) -> bool:
        """Whether duties at the level of MUST were observed, and all of them hold."""
        return 0 < self.must_total == self.must_pass


_ORDER = (Status.FAIL, Status.PASS, Status.ERROR, Status.NOT_OBSERVED, Status.NOT_APPLICABLE)


def areas_of(matrix: Iterable[MatrixRow], looked: Looked) -> tuple[Area, ...]:
    """Return a summary of every area that has duties at the revisions audited, in the order of their names."""
    areas: dict[str, dict[str, list[MatrixRow]]] = {}
    for row in matrix:
        if row.kind is RowKind.DUTY and row.level.binds and row.revision in looked.audited:
            areas.setdefault(row.area, {}).setdefault(row.requirement, []).append(row)
    return tuple(_area(name, [_worst(rows) for rows in duties.values()]) for name, duties in sorted(areas.items()))


def _worst(rows: list[MatrixRow]) -> MatrixRow:
    """Return the row that stands for a duty over the revisions: it is violated if it is violated at one."""
    return min(rows, key=lambda row: (_ORDER.index(row.status), row.level.rank))


def _area(name: str, duties: list[MatrixRow]) -> Area:
    observed = [row for row in duties if row.status in {Status.PASS, Status.FAIL}]
    musts = [row.status is Status.PASS for row in observed if row.level.rank <= Level.DERIVED.rank]
    shoulds = [row.status is Status.PASS for row in observed if row.level.rank > Level.DERIVED.rank]
    unseen = [row for row in duties if row.status in {Status.NOT_OBSERVED, Status.ERROR} and not _excluded(row)]
    if not all(musts):
        status = Standing.VIOLATES
    elif not all(shoulds):
        status = Standing.DEVIATES
    elif observed:
        status = Standing.CONFORMS
    elif unseen:
        status = Standing.NOT_OBSERVED
    else:
        status = Standing.NOT_JUDGED if all(map(_excluded, duties)) else Standing.NOT_APPLICABLE
    violated = tuple(row.requirement for row in duties if row.status is Status.FAIL)
    return Area(name, sum(musts), len(musts), sum(shoulds), len(shoulds), status, violated, len(unseen))


def _excluded(row: MatrixRow) -> bool:
    return row.implementation is Implementation.EXCLUDED
