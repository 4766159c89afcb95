"""A run beside an earlier one of the same profile: ratios with a 95 % interval, not bare percentages.

Two runs of one server never agree. How much they may differ by chance is learnt from how much the seconds of each
differ among themselves: stretches of neighbouring seconds, which slow down and recover together, are drawn anew with
replacement (block bootstrap: Künsch 1989), and what the ratio would have been is seen a thousand times. What the
seconds of one run share, such as another machine, no such interval knows: that is what the tolerance is for.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..model.loading import Arrivals, Bottleneck, Comparison, LoadRun
from . import figures, pooling
from .figures import Figure, measured, stretches
from .intervals import student

FEWEST_SECONDS = 10
"""Of fewer, nothing is learnt about how much they differ."""
_DRAWS = 1000
_STRETCH_S = 8
_FEWEST_PIECES = 5
_MOST_PIECES = 30
_SAME_RATE = 0.02
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class _Quantity:
    name: str
    figures: tuple[Figure, Figure]
    """Of the earlier run and of this one."""
    said: tuple[float, float] | None = None
    """Its values in the two runs where they are known better than from seconds."""
    more_is_worse: bool = True

    def values(self, pieces: int) -> tuple[float, float]:
        each = Counter(dict.fromkeys(range(pieces), 1))
        return self.said or (self.figures[0](each), self.figures[1](each))

    def logarithm(self, before: Counter[int], now: Counter[int]) -> float:
        """Return the logarithm of the ratio of new to old."""
        old, new = self.figures
        return math.log(max(new(now), _LEAST) / max(old(before), _LEAST))


def compare(old: LoadRun, new: LoadRun, tolerance: float = 0.1) -> tuple[Comparison, ...]:
    """Return what changed from `old` to `new`, with a regression where all of the interval is beyond `tolerance`.

    A run that ended earlier, such as one that looks for the knee, is compared over the seconds that both have. What
    one of them did not measure is left out.

    Raises:
        ValueError: in one sentence, if the two cannot be compared.
    """
    reason = foreign(old, new.profile, new.arrivals, new.clients) or _apart(old, new)
    if reason:
        raise ValueError(reason)
    pieces = _pieces(old, new)
    return tuple(
        _compared(quantity, tolerance, pieces)
        for quantity in _quantities(old, new)
        if _is_there(quantity.values(pieces), quantity)
    )


def _is_there(values: tuple[float, float], quantity: _Quantity) -> bool:
    """Whether both runs measured it: no latency, memory or time is zero, but a rate may have become it."""
    return values[0] > 0 and (values[1] > 0 or not quantity.more_is_worse)


def foreign(old: LoadRun, profile: str, arrivals: Arrivals, clients: int) -> str:
    """Return why an earlier run can be compared with no run of such a profile; empty if it can."""
    for word, before, now in (
        ("profile", old.profile, profile),
        ("arrivals", old.arrivals, arrivals),
        ("clients", old.clients, clients),
    ):
        if before != now:
            return f"the earlier run has another load ({word}: {before}, now {now}): the two cannot be compared"
    if old.bottleneck is Bottleneck.GENERATOR:
        return "the generator was the bottleneck of the earlier run, which says nothing about the target's speed"
    return ""


def _apart(old: LoadRun, new: LoadRun) -> str:
    """Return why two runs of one profile cannot be compared; empty if they can."""
    both = _common(old, new)
    if both < FEWEST_SECONDS:
        return f"the runs have {both} seconds in common, and {FEWEST_SECONDS} are needed to compare them"
    before, now = (sum(second.due for second in measured(run)[:both]) / both for run in (old, new))
    if new.arrivals is Arrivals.OPEN and abs(now - before) > _SAME_RATE * max(before, now):
        return (
            f"the earlier run was offered {before:.4g} requests a second, this one {now:.4g}: they cannot be compared"
        )
    return ""


def _common(old: LoadRun, new: LoadRun) -> int:
    return min(len(measured(old)), len(measured(new)))


def _pieces(old: LoadRun, new: LoadRun) -> int:
    """Return into how many stretches the runs are cut: each long enough to slow down and recover in."""
    return max(_FEWEST_PIECES, min(_MOST_PIECES, _common(old, new) // _STRETCH_S))


def _quantities(old: LoadRun, new: LoadRun) -> Iterator[_Quantity]:
    both, pieces = _common(old, new), _pieces(old, new)
    before, now = stretches(old, both, pieces), stretches(new, both, pieces)
    whole = len(measured(old)) == len(measured(new))
    marks = pooling.scale(second for stretch in (*before, *now) for second in stretch.seconds)
    for name, percent in (("p50_ms", 50.0), ("p99_ms", 99.0)):
        said = (getattr(old.all.latency, name), getattr(new.all.latency, name)) if whole else None
        pair = figures.percentiles(before, marks, percent), figures.percentiles(now, marks, percent)
        yield _Quantity(name, pair, said)
    rates = (old.achieved_per_s, new.achieved_per_s) if whole else None
    yield _Quantity("rate", (figures.rate(before), figures.rate(now)), rates, more_is_worse=False)
    if len(old.processes) > 1 and len(new.processes) > 1:
        yield _Quantity("rss_mb", (figures.memory(before), figures.memory(now)))
        yield _Quantity("cpu_ms_per_request", (figures.cpu_ms_per_request(before), figures.cpu_ms_per_request(now)))


def _compared(quantity: _Quantity, tolerance: float, pieces: int) -> Comparison:
    """Return the ratio, with the interval that redrawn stretches give, widened as few of them ask for."""
    each = Counter(dict.fromkeys(range(pieces), 1))
    centre = quantity.logarithm(each, each)
    chance = random.Random(quantity.name)  # noqa: S311 - repeatable, not secret
    moved = sorted(quantity.logarithm(_drawn(chance, pieces), _drawn(chance, pieces)) - centre for _ in range(_DRAWS))
    few = student(pieces - 1) / student(_DRAWS) * math.sqrt(pieces / (pieces - 1))
    edge = _DRAWS // 40
    old, new = quantity.values(pieces)
    ratio = new / old
    low, high = ratio * math.exp(min(0.0, few * moved[edge])), ratio * math.exp(max(0.0, few * moved[-1 - edge]))
    regressed = low > 1 + tolerance if quantity.more_is_worse else high < 1 - tolerance
    return Comparison(quantity.name, old, new, ratio, low, high, regressed)


def _drawn(chance: random.Random, pieces: int) -> Counter[int]:
    return Counter(chance.choices(range(pieces), k=pieces))
