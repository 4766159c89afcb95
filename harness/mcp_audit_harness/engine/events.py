"""What the runner tells whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ..fuzz.settings import Tick
from ..model import Revision, Survey
from ..model.loading import LoadSecond


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The target was reached and understood."""

    survey: Survey


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made."""

    total: int
    """Scenarios to run, counted once per revision."""
    deep: int = 0
    """Those of them that generate their requests; they come last."""


@dataclass(frozen=True, slots=True)
class Started:
    """A scenario began."""

    scenario: str
    revision: Revision


@dataclass(frozen=True, slots=True)
class Finished:
    """A scenario ended."""

    scenario: str
    revision: Revision
    duration_ms: float
    trouble: str
    """Why it gave no facts; empty when it did."""


@dataclass(frozen=True, slots=True)
class Died:
    """The target no longer answers; what remains is not run."""

    group: str


@dataclass(frozen=True, slots=True)
class Announced:
    """Something that the operator can make use of while the run goes on."""

    sentence: str


Event: TypeAlias = Surveyed | Planned | Started | Finished | Died | Tick | LoadSecond | Announced
Emit: TypeAlias = Callable[[Event], None]
"""Ticks come from the threads of the searches, all else from that of the event loop."""
