"""Verdicts, and the rule that a PASS needs evidence from the target."""

import enum
from dataclasses import dataclass

from .exchange import Exchange


class Status(enum.StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    """The server does not offer what the check is about."""
    NOT_OBSERVED = "not_observed"
    """A prerequisite could not be met, so nothing can be said."""
    ERROR = "error"


class Blame(enum.StrEnum):
    """Whose error it was."""

    TARGET = "target"
    NETWORK = "network"
    HARNESS = "harness"


class Severity(enum.StrEnum):
    """The harm a finding can do."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return tuple(Severity).index(self)


@dataclass(frozen=True, slots=True)
class SeverityByExposure:
    """A severity that depends on who can reach the target."""

    local: Severity
    remote: Severity


class Category(enum.StrEnum):
    """What kind of defect a check looks for."""

    CONFORMANCE = "conformance"
    SECURITY = "security"
    ROBUSTNESS = "robustness"
    PERFORMANCE = "performance"
    QUALITY = "quality"


class Impact(enum.IntEnum):
    """How much a scenario asks of the target."""

    PASSIVE = 1
    """Any client would send it."""
    PROBING = 2
    """Malformed or odd, but no state is changed."""
    INTRUSIVE = 3
    """May change state, load or crash the target."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one check on one subject."""

    status: Status
    message: str = ""
    """Why: for FAIL what the target did, for NOT_APPLICABLE and NOT_OBSERVED the reason."""
    evidence: tuple[str, ...] = ()
    """Ids of exchanges."""
    subject: str = ""
    """What the verdict is about when a check looks at many things: `tool:read_file`, `header:origin`."""
    blame: Blame | None = None


def passed(*evidence: Exchange, message: str = "") -> Verdict:
    """Return a PASS that rests on what the target sent.

    Raises:
        ValueError: if no exchange in `evidence` holds an answer of the target.
    """
    if not any(exchange.answered for exchange in evidence):
        raise ValueError("a PASS needs evidence that the target sent")
    return Verdict(Status.PASS, message, _ids(evidence))


def failed(message: str, *evidence: Exchange, subject: str = "") -> Verdict:
    """Return a FAIL; `message` says in one sentence what the target did.

    Raises:
        ValueError: without any evidence.
    """
    if not evidence:
        raise ValueError("a FAIL needs evidence")
    return Verdict(Status.FAIL, message, _ids(evidence), subject)


def not_applicable(reason: str, *evidence: Exchange) -> Verdict:
    """Return NOT_APPLICABLE: the server does not offer what the check is about."""
    return Verdict(Status.NOT_APPLICABLE, reason, _ids(evidence))


def not_observed(why: str, *evidence: Exchange) -> Verdict:
    """Return NOT_OBSERVED: say what was missing, and what would allow the check to see it."""
    return Verdict(Status.NOT_OBSERVED, why, _ids(evidence))


def errored(blame: Blame, why: str, *evidence: Exchange) -> Verdict:
    """Return ERROR: the judgement itself could not be made."""
    return Verdict(Status.ERROR, why, _ids(evidence), blame=blame)


def _ids(evidence: tuple[Exchange, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(exchange.id for exchange in evidence))
