"""How much is fuzzed, from which seed, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Tick:
    """One case was played."""

    subject: str
    failures: int
    """Distinct ones of this search so far."""


Tell: TypeAlias = Callable[[Tick], None]


def _nobody(_: Tick) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class FuzzSettings:
    """Settings of every search of a run."""

    cases: int = 1000
    """For the whole run of one scenario; divided among what it fuzzes."""
    seed: int = 0
    database: Path | None = None
    """Directory of the inputs that failed before: they are played first."""
    tell: Tell = _nobody
