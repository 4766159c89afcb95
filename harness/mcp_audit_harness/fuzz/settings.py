"""How much is fuzzed, from which seed, until when, and who is told."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


class SearchEnds(Exception):  # noqa: N818 - no error
    """Raised by a play: no further case can be played, as the target no longer answers."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One case was played."""

    subject: str
    failures: int
    """Distinct ones of this search so far."""
    covered: int = 0
    """Places of the schema that the cases of this search have made use of."""
    coverable: int = 0


Tell: TypeAlias = Callable[[Tick], None]
"""Is called from the threads of the searches, several at a time."""


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
    until: float = math.inf
    """When searches end, by `time.monotonic()`: what they have found by then is kept."""
