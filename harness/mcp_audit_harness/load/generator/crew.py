"""The workers of a run as their master sees them: those it starts itself, and what follows from the loss of one."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from typing import Final

from ...model.loading import Bottleneck
from ..plan import Generated, Plan
from .peers import KEY_VARIABLE
from .schedule import arrivals

_EXIT_S: Final = 5.0


@dataclass(slots=True)
class Worker:
    """One worker, as the master sees it."""

    index: int
    pid: int
    pids: tuple[int, ...] = ()
    built: bool = False
    refused: str = ""
    """Why it does not keep to the plan."""
    ready: bool = False
    done: bool = False
    due: int = 0
    """Requests that it has reported as due."""
    silent_since: float | None = None
    lost_at_s: float | None = None

    def missing(self, plan: Plan, workers: int, end_s: float) -> Iterator[float]:
        """Yield when the requests of its share were due that it has not reported."""
        schedule = arrivals(plan.profile, plan.seed, self.index, workers)
        return islice(takewhile(lambda due: due < end_s, schedule), self.due, None)

    def loss(self, workers: int) -> str:
        """Say that it was lost, as one of so many workers."""
        when = "at the end" if self.lost_at_s is None else f"after {max(0.0, self.lost_at_s):.0f} s"
        return f"generator {self.index + 1} of {workers} was lost {when}; its share was not sent"


def blamed(done: Generated, lost: Sequence[str]) -> Generated:
    """Return the account of a run with the generator at fault, if workers were lost."""
    if not lost:
        return done
    stages = tuple(replace(stage, generator_bound=True) for stage in done.stages)
    generator = replace(done.generator, lost=tuple(lost))
    return replace(done, bottleneck=Bottleneck.GENERATOR, stages=stages, generator=generator)


@contextmanager
def started_here(number: int, host: str, port: int, secret: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start workers on this machine, and end those that have not gone by themselves."""
    command = [sys.executable, "-m", __package__, "--worker", host, str(port), "--trusted"]
    environment = {**os.environ, KEY_VARIABLE: secret}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(number):
            started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stderr, env=environment))  # noqa: S603, PERF401 - our own module
        yield started
    finally:
        for process in started:
            if process.stdin is not None:
                process.stdin.close()
        for process in started:
            try:
                process.wait(_EXIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
