"""When requests are due: one schedule for all clients, made from the stages of a profile.

Every request has its own slot of 1/rate seconds and is due at a seeded random moment in it. So the offered rate is
exact in every second, whatever the seed (runs can be compared, and what is achieved is not blurred by what happened to
be offered), and yet no request keeps step with a timer of the target, as evenly spaced ones would. A Poisson process
would be burstier; it would also offer 1000 ± 32 requests in each second of the same profile.

Of n generators each takes every n-th slot, so that together they offer just this schedule. Times are in seconds from
the end of the warm-up; the warm-up lies before zero.
"""

import math
import random
from collections.abc import Iterator, Sequence

from ..plan import Profile, Stage


def stage_ends(stages: Sequence[Stage]) -> tuple[float, ...]:
    """Return when each stage ends."""
    ends: list[float] = []
    for stage in stages:
        ends.append((ends[-1] if ends else 0.0) + stage.duration_s)
    return tuple(ends)


def rate_at(stages: Sequence[Stage], at_s: float) -> float:
    """Return the offered rate at a moment: of the first stage's beginning before zero, of the last one's end later."""
    if at_s < 0:
        return _start(stages[0])
    for stage, end in zip(stages, stage_ends(stages), strict=True):
        if at_s < end:
            passed = 1 - (end - at_s) / stage.duration_s
            return _start(stage) + (stage.rate - _start(stage)) * passed
    return stages[-1].rate


def arrivals(profile: Profile, seed: int, worker: int = 0, workers: int = 1) -> Iterator[float]:
    """Yield when the requests of generator `worker` of `workers` are due, ascending."""
    rng = random.Random(f"{seed}/{worker}/{workers}")  # noqa: S311 - repeatable, not secret
    warmup = Stage(_start(profile.stages[0]), profile.warmup_s)
    begin, before, slot = -profile.warmup_s, 0.0, worker
    place = slot + rng.random()
    for stage in (warmup, *profile.stages):
        count = (_start(stage) + stage.rate) / 2 * stage.duration_s
        while place < before + count:
            yield begin + _moment(stage, place - before)
            slot += workers
            place = slot + rng.random()
        begin, before = begin + stage.duration_s, before + count


def _start(stage: Stage) -> float:
    return stage.rate if stage.start is None else stage.start


def _moment(stage: Stage, requests: float) -> float:
    """Return after how many seconds of the stage so many requests were due: start·t + (rate - start)·t²/2d, solved."""
    start = _start(stage)
    growth = (stage.rate - start) / stage.duration_s
    if growth == 0:
        return requests / start
    return 2 * requests / (start + math.sqrt(max(0.0, start * start + 2 * growth * requests)))
