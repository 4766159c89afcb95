"""Revisions of the Model Context Protocol and ranges of them."""

import enum
import functools
from dataclasses import dataclass
from typing import Self


class Era(enum.StrEnum):
    """How a client and a server come to terms."""

    HANDSHAKE = "handshake"
    """Up to 2025-11-25: an initialize exchange opens a session."""
    STATELESS = "stateless"
    """From 2026-07-28: every request carries its context in `_meta`; nothing is opened."""


@functools.total_ordering
class Revision(enum.Enum):
    """A published revision; ordered by publication, not by its text."""

    V2024_11_05 = "2024-11-05"
    V2025_03_26 = "2025-03-26"
    V2025_06_18 = "2025-06-18"
    V2025_11_25 = "2025-11-25"
    V2026_07_28 = "2026-07-28"

    @property
    def position(self) -> int:
        """Place in the order of publication, from 0."""
        return _POSITIONS[self]

    @property
    def era(self) -> Era:
        """The era whose rules the revision follows."""
        return Era.STATELESS if self >= Revision.V2026_07_28 else Era.HANDSHAKE

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Revision):
            return NotImplemented
        return self.position < other.position

    def __str__(self) -> str:
        return self.value


_POSITIONS = {revision: position for position, revision in enumerate(Revision)}


class Level(enum.StrEnum):
    """The key word of a duty (BCP 14), or where a duty without one comes from."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"
    DERIVED = "DERIVED"
    """Follows from the schema, from JSON-RPC or from an RFC that the page rests on, without a key word of its own."""
    ADVICE = "ADVICE"
    """Not a duty of the specification: good practice, with its own reference."""

    @property
    def binds(self) -> bool:
        """Whether a server can break it: no permission, no advice."""
        return self not in {Level.MAY, Level.ADVICE}

    @property
    def rank(self) -> int:
        """0 for the strongest; MUST and MUST NOT are equally strong."""
        return {"MUST": 0, "MUST NOT": 0, "DERIVED": 1, "SHOULD": 2, "SHOULD NOT": 2, "MAY": 3, "ADVICE": 4}[self.value]


@dataclass(frozen=True, slots=True)
class SpecRange:
    """A half-open range of revisions: `first` is in it, `end` (if any) is the first one that is not."""

    first: Revision
    end: Revision | None = None

    def before(self, end: str) -> Self:
        """Return the same range cut off before the revision named `end`."""
        return type(self)(self.first, Revision(end))

    def __contains__(self, revision: Revision) -> bool:
        return self.first <= revision and (self.end is None or revision < self.end)


def since(first: str) -> SpecRange:
    """Return the range of all revisions from the one named `first` on."""
    return SpecRange(Revision(first))


ALWAYS = since("2024-11-05")
HANDSHAKE = since("2024-11-05").before("2026-07-28")
STATELESS = since("2026-07-28")
