"""What became of a row of the matrix at a revision: a mark, a word and a colour for each."""

from collections.abc import Collection
from dataclasses import dataclass

from mcp_audit_harness.model import Implementation, Level, MatrixRow, Status


@dataclass(frozen=True, slots=True)
class State:
    """How one outcome is shown."""

    key: str
    """One letter: in the page's data and its classes."""
    mark: str
    word: str


VIOLATED = State("f", "✗", "violated")
DEVIATES = State("d", "✗", "advice not followed")
ERROR = State("e", "!", "error")
MISSING = State("m", "∅", "missing")
PARTIAL = State("t", "◐", "partial")
HOLDS = State("p", "✓", "holds")
UNSEEN = State("u", "○", "not observed")
NOT_APPLICABLE = State("n", "–", "not applicable")  # noqa: RUF001 - a mark, wider than a hyphen
EXCLUDED = State("x", "·", "not checked")
NOT_OFFERED = State("o", "", "not offered")
ABSENT = State("-", "", "not in this revision")

STATES = (VIOLATED, DEVIATES, ERROR, MISSING, PARTIAL, HOLDS, UNSEEN, NOT_APPLICABLE, EXCLUDED, NOT_OFFERED)
"""The worst first."""


def worst(states: Collection[State]) -> State:
    """Return the worst of the states that are shown; `ABSENT` where there is none of them."""
    return next((state for state in STATES if state in states), ABSENT)


_OF = {
    Implementation.IMPLEMENTED: HOLDS,
    Implementation.PARTIAL: PARTIAL,
    Implementation.MISSING: MISSING,
    Implementation.NOT_APPLICABLE: NOT_APPLICABLE,
    Implementation.NOT_OFFERED: NOT_OFFERED,
    Implementation.NOT_OBSERVED: UNSEEN,
    Implementation.EXCLUDED: EXCLUDED,
}


def state_of(row: MatrixRow) -> State:
    """Return how a row is shown; a violated SHOULD or advice is told apart from a violated MUST."""
    if row.status is Status.ERROR:
        return ERROR
    if row.implementation is Implementation.VIOLATED:
        return VIOLATED if row.level.rank <= Level.DERIVED.rank or row.gap in {"critical", "high"} else DEVIATES
    return _OF[row.implementation]
