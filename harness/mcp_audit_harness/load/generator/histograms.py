"""Latencies as counts of microseconds, and what is read off them.

A count is kept under its value rounded down as HdrHistogram does at three digits (exact below 2048 µs, eleven bits
above), in a plain dictionary: one addition for a request, a third of what recording in HdrHistogram takes. The
HdrHistogram itself (1 µs … 1 h) is filled at the end of a run.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

from ...model.loading import Latency

Counts: TypeAlias = dict[int, int]
"""How many requests took so many microseconds, rounded."""

_EXACT_BITS = 11
LONGEST_US = 3_600_000_000
_POINTS = 100
_DECADES = 5


def rounded(us: int) -> int:
    """Return a duration as counts keep it: at least 1 µs, at most an hour, eleven significant bits."""
    if us < 1 << _EXACT_BITS:
        return max(us, 1)
    us = min(us, LONGEST_US)
    drop = us.bit_length() - _EXACT_BITS
    return us >> drop << drop


def added(many: Iterable[Counts]) -> Counts:
    """Return the sum of several counts."""
    total: Counts = {}
    for counts in many:
        for us, count in counts.items():
            total[us] = total.get(us, 0) + count
    return total


def latency(counts: Counts) -> Latency:
    """Return the usual percentiles, in milliseconds."""
    if not counts:
        return Latency()
    total = sum(counts.values())
    p50, p90, p99, p999 = _at(counts, (50.0, 90.0, 99.0, 99.9))
    mean = sum((us + _highest(us)) / 2 * count for us, count in counts.items()) / total
    return Latency(p50, p90, p99, p999, _ms(max(counts)), round(mean / 1000, 3))


def spectrum(counts: Counts) -> tuple[tuple[float, float], ...]:
    """Return about a hundred points (percentile, milliseconds): evenly spaced in nines, as far as the counts reach."""
    if not counts:
        return ()
    total = sum(counts.values())
    beyond = (10 ** (-_DECADES * step / _POINTS) for step in range(_POINTS))
    percents = [round(100 * (1 - rest), 5) for rest in beyond if rest * total >= 1]
    return (*zip(percents, _at(counts, percents), strict=True), (100.0, _ms(max(counts))))


def encoded(counts: Counts) -> str:
    """Return the counts as an HdrHistogram: V2, compressed, base64."""
    histogram = HdrHistogram(1, LONGEST_US, 3)
    for us, count in counts.items():
        histogram.record_value(us, count)
    return str(histogram.encode(), "ascii")


def percentile_ms(counts: Counts, percent: float) -> float:
    """Return one percentile, in milliseconds; zero of nothing."""
    return next(_at(counts, (percent,))) if counts else 0.0


def _at(counts: Counts, percents: Iterable[float]) -> Iterator[float]:
    """Yield ascending percentiles: the highest value that is rounded to the one so many of a hundred do not exceed."""
    total, reached = sum(counts.values()), 0
    values = iter(sorted(counts))
    us = 0
    for percent in percents:
        wanted = max(1.0, percent * total / 100 - 1e-9)
        while reached < wanted:
            us = next(values)
            reached += counts[us]
        yield _ms(us)


def _highest(us: int) -> int:
    return us | ((1 << max(0, us.bit_length() - _EXACT_BITS)) - 1)


def _ms(us: int) -> float:
    return _highest(us) / 1000
