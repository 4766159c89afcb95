"""What the operator of a load run chose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ..model.loading import LoadRun, LoadSecond
from .plan import Profile

Tell: TypeAlias = Callable[[LoadSecond], None]
"""Is called with each second as it ends."""


Announce: TypeAlias = Callable[[str], None]
"""Is called with a sentence for the operator."""


def _nobody(_: LoadSecond | str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Settings of the load scenario."""

    profile: Profile
    seed: int = 0
    processes: int = 1
    expect_workers: int = 0
    master_bind: tuple[str, int] = ("127.0.0.1", 5557)
    web_port: int = 0
    metrics_port: int = 0
    baseline: LoadRun | None = None
    """An earlier run of the same profile, to compare with."""
    hosts: tuple[str, ...] = ()
    """Hosts other than loopback that the operator is authorized to load."""
    tell: Tell = _nobody
    announce: Announce = _nobody
