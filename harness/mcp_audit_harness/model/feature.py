"""What a server can offer beyond its duties, and whether it does: the vocabulary of a gap analysis."""

import enum
from dataclasses import dataclass

from .exchange import Exchange


class Presence(enum.StrEnum):
    """Whether a feature of the specification was seen."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partial"
    """Seen in some of the places where it could be."""
    MISSING = "missing"
    """Looked for, where it would have to show, and not there."""
    NOT_OFFERED = "not offered"
    """The capability that it belongs to is not offered."""
    UNSEEN = "unseen"
    """There was no occasion to see it."""


class Priority(enum.StrEnum):
    """How much clients lose without a feature."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Effort(enum.StrEnum):
    """How much work a change is."""

    SMALL = "small"
    """A setting, or a few lines in one place."""
    MEDIUM = "medium"
    """A day or so: a new part of the server."""
    LARGE = "large"
    """More: a subsystem, or a change of design."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of a feature at one revision."""

    presence: Presence
    note: str = ""
    evidence: tuple[str, ...] = ()
    """Ids of exchanges."""


def implemented(note: str, *evidence: Exchange) -> Sighting:
    """Return the sighting of a feature that is there.

    Raises:
        ValueError: if no exchange in `evidence` holds an answer of the target.
    """
    return _seen(Presence.IMPLEMENTED, note, evidence)


def partial(note: str, *evidence: Exchange) -> Sighting:
    """Return the sighting of a feature that is there in part; raises ValueError without an answer of the target."""
    return _seen(Presence.PARTIAL, note, evidence)


def missing(note: str, *evidence: Exchange) -> Sighting:
    """Return that a feature is not there; raises ValueError without an answer in which it would have to show."""
    return _seen(Presence.MISSING, note, evidence)


def unseen(why: str) -> Sighting:
    """Return that nothing can be said, and what would allow it."""
    return Sighting(Presence.UNSEEN, why)


def _seen(presence: Presence, note: str, evidence: tuple[Exchange, ...]) -> Sighting:
    if not any(exchange.answered for exchange in evidence):
        raise ValueError("what was seen of a feature needs evidence that the target sent")
    return Sighting(presence, note, tuple(dict.fromkeys(exchange.id for exchange in evidence)))
