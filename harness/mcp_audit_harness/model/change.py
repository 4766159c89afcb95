"""What became of a finding from one report to the next."""

import enum
from dataclasses import dataclass

from .report import Finding
from .verdict import Severity


class Turn(enum.StrEnum):
    """What became of a finding."""

    REGRESSED = "regressed"
    """It is there, and the earlier run saw that it was not."""
    NEW = "new"
    """It is there, and the earlier run did not look."""
    CHANGED = "changed"
    """It is in both, with another severity, other revisions or another message."""
    UNSEEN = "not seen"
    """It was there, and the later run did not look."""
    FIXED = "fixed"
    """It was there, and the later run saw that it is not any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One finding of which something changed."""

    turn: Turn
    finding: Finding
    """As it is in the later report, or was in the earlier one."""
    details: tuple[str, ...] = ()
    """What changed, a sentence each."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one report to another."""

    found: tuple[Change, ...]
    """By what became of them, the worst first; in each the gravest first."""
    unchanged: int
    score_before: int | None
    score_after: int | None

    def breaks(self, bound: Severity) -> bool:
        """Whether a finding at least as grave as `bound` is new or has regressed."""
        bad = {Turn.REGRESSED, Turn.NEW}
        return any(item.turn in bad and item.finding.severity.rank <= bound.rank for item in self.found)
