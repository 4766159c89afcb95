"""Percentiles of many seconds together, from the percentiles of each.

A run keeps a few percentiles of each second, not its latencies. The distribution of a second is drawn through them:
the share that took longer falls by a constant factor as the logarithm of the latency grows, from one percentile to the
next; below the median, where nothing is kept, it is the mirror image. The seconds are then added up, each with as many
requests as it had, so that one second of a stall weighs what it weighed for clients.
"""

import bisect
import itertools
import math
from collections.abc import Iterable, Sequence

from ..model.loading import LoadSecond

_STEPS = 400
_LEAST_MS = 1e-3
_HALF = 0.5


def scale(seconds: Iterable[LoadSecond]) -> list[float]:
    """Return latencies (natural logarithms of milliseconds, ascending) from the fastest to the slowest of `seconds`."""
    knots = [point for second in seconds if second.done for point, _ in _knots(second)]
    if not knots:
        return [math.log(_LEAST_MS)]
    low, high = min(knots), max(knots)
    return [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]


def counted(seconds: Iterable[LoadSecond], marks: Sequence[float]) -> list[float]:
    """Return how many requests of `seconds` took no longer than each of `marks`, which come from `scale`."""
    total = [0.0] * len(marks)
    for second in seconds:
        if second.done:
            for place, share in enumerate(_shares(_knots(second), marks)):
                total[place] += second.done * share
    return total


def percentile(parts: Sequence[tuple[int, Sequence[float]]], marks: Sequence[float], percent: float) -> float:
    """Return the latency (ms) that `percent` of the requests did not exceed; 0 where there are none.

    `parts` are counts, as `counted` returns them, each with how many times it occurs.
    """

    def upto(place: int) -> float:
        return sum(many * counts[place] for many, counts in parts)

    last = len(marks) - 1
    wanted = upto(last) * percent / 100
    if wanted <= 0:
        return 0.0
    place = bisect.bisect_left(range(last), wanted, key=upto)
    if place == 0:
        return math.exp(marks[0])
    before, after = upto(place - 1), upto(place)
    within = (wanted - before) / (after - before) if after > before else 1.0
    return math.exp(marks[place - 1] + (marks[place] - marks[place - 1]) * min(1.0, within))


def _knots(second: LoadSecond) -> list[tuple[float, float]]:
    """Return points of the distribution (logarithm of milliseconds, share), ascending in both."""
    taken = second.latency
    upper = [
        (math.log(max(_LEAST_MS, value)), share)
        for value, share in (
            (taken.p50_ms, _HALF),
            (taken.p90_ms, 0.9),
            (taken.p99_ms, 0.99),
            (taken.p999_ms, 0.999),
            (taken.max_ms, 1.0),
        )
    ]
    median = upper[0][0]
    lower = [(2 * median - value, 1 - share) for value, share in reversed(upper[1:3])]
    return [*lower, *upper]


def _shares(knots: Sequence[tuple[float, float]], marks: Sequence[float]) -> Iterable[float]:
    """Yield the share of requests up to each mark."""
    pairs = itertools.pairwise(knots)
    (left, below), (right, above) = next(pairs)
    for mark in marks:
        while mark > right:
            following = next(pairs, None)
            if following is None:
                break
            (left, below), (right, above) = following
        if mark < left:
            yield 0.0
        elif mark >= right:
            yield above
        else:
            yield _between(below, above, (mark - left) / (right - left))


def _between(below: float, above: float, way: float) -> float:
    """Return the share at a part of the way from one point to the next."""
    if above >= 1 or above <= below:
        return below + (above - below) * way
    if above <= _HALF:
        return float(below * (above / below) ** way)
    return float(1 - (1 - below) * ((1 - above) / (1 - below)) ** way)
