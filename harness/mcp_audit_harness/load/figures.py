"""The figures by which two runs are compared, each as it would be had some stretches of the run occurred more often."""

import bisect
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..model.loading import LoadRun, LoadSecond, ProcessSample
from . import pooling

Figure: TypeAlias = Callable[[Counter[int]], float]
"""One quantity of a run, were each of its stretches to occur as many times as the counter says; 0: nothing to say."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring seconds of a run."""

    seconds: tuple[LoadSecond, ...]
    rss_mb: float
    """Mean over the stretch; zero where no process was looked into."""
    cpu_ms: float
    """Processor time of the target's processes."""


def measured(run: LoadRun) -> tuple[LoadSecond, ...]:
    """Return the seconds of a run after the warm-up, and before it waits for the last answers."""
    return tuple(second for second in run.seconds if 0 <= second.at_s < run.duration_s)


def stretches(run: LoadRun, length: int, pieces: int) -> tuple[Stretch, ...]:
    """Return the first `length` seconds of a run in so many pieces."""
    seconds = measured(run)[:length]
    samples = sorted(run.processes, key=lambda sample: sample.at_s)
    edges = [piece * length // pieces for piece in range(pieces + 1)]
    return tuple(_stretch(seconds[left:right], samples) for left, right in itertools.pairwise(edges))


def _stretch(seconds: tuple[LoadSecond, ...], samples: Sequence[ProcessSample]) -> Stretch:
    ends = [second.at_s for second in seconds] + [seconds[-1].at_s + 1]
    memory = [_between(samples, at + 0.5, lambda sample: sample.rss_mb) for at in ends[:-1]]
    used = [_between(samples, at, lambda sample: sample.cpu_s) for at in ends]
    cpu_s = sum(max(0.0, later - before) for before, later in itertools.pairwise(used))
    return Stretch(seconds, sum(memory) / len(memory), 1000 * cpu_s)


def _between(samples: Sequence[ProcessSample], at_s: float, value: Callable[[ProcessSample], float]) -> float:
    """Return a value at a moment between samples, which are in order, on the straight line from one to the next."""
    if not samples:
        return 0.0
    place = bisect.bisect_left(samples, at_s, key=lambda sample: sample.at_s)
    if place in {0, len(samples)}:
        return value(samples[min(place, len(samples) - 1)])
    left, right = samples[place - 1], samples[place]
    return value(left) + (value(right) - value(left)) * (at_s - left.at_s) / (right.at_s - left.at_s)


def percentiles(run: Sequence[Stretch], marks: Sequence[float], percent: float) -> Figure:
    """Return the latency, in milliseconds, that `percent` of the requests did not exceed; `marks`: `pooling.scale`."""
    counts = [pooling.counted(stretch.seconds, marks) for stretch in run]
    return lambda times: pooling.percentile([(many, counts[piece]) for piece, many in times.items()], marks, percent)


def rate(run: Sequence[Stretch]) -> Figure:
    """Return requests answered without error, a second."""
    answered = [sum(second.done - second.errors for second in stretch.seconds) for stretch in run]
    return _quotient(answered, [len(stretch.seconds) for stretch in run])


def memory(run: Sequence[Stretch]) -> Figure:
    """Return the mean resident memory, in MB."""
    return _quotient(
        [stretch.rss_mb * len(stretch.seconds) for stretch in run], [len(stretch.seconds) for stretch in run]
    )


def cpu_ms_per_request(run: Sequence[Stretch]) -> Figure:
    """Return the processor time of the target for each request that was answered or failed."""
    done = [sum(second.done for second in stretch.seconds) for stretch in run]
    return _quotient([stretch.cpu_ms for stretch in run], done)


def _quotient(above: Sequence[float], below: Sequence[float]) -> Figure:
    def figure(times: Counter[int]) -> float:
        divisor = _weighted(below, times.items())
        return _weighted(above, times.items()) / divisor if divisor else 0.0

    return figure


def _weighted(values: Sequence[float], times: Iterable[tuple[int, int]]) -> float:
    return sum(many * values[piece] for piece, many in times)
