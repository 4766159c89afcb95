"""From values to places on an axis, with the marks that people expect there."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .numbers import number

_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_MARKS = 6
_HEADROOM = 1.05
_LEAST = 1e-6
"""What is smaller is drawn as nothing."""
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: from `low` at its beginning to `high` at its end."""

    low: float
    high: float
    marks: tuple[tuple[float, str], ...]
    """Values and how they are written."""
    bend: Callable[[float], float] = float
    """What makes it straight: the logarithm of a logarithmic one."""

    def place(self, value: float) -> float:
        """Return where `value` is, from 0 to 1; what lies beyond is at the end."""
        low, high = self.bend(self.low), self.bend(self.high)
        return min(1.0, max(0.0, (self.bend(max(self.low, value)) - low) / (high - low)))


def linear(values: Iterable[float], *, whole: bool = False) -> Scale:
    """Return an axis from zero up to a little more than the highest of `values`; `whole` for what is counted."""
    most = _HEADROOM * max((value for value in values if value > _LEAST), default=1.0)
    step = max(1.0 if whole else 0.0, _round_step(most / (_MARKS - 1)))
    count = max(1, math.ceil(most / step - 1e-9))
    return Scale(0.0, step * count, tuple((step * mark, number(step * mark)) for mark in range(count + 1)))


def around(values: Iterable[float]) -> Scale:
    """Return an axis that holds `values`, and zero only if they come near it: for what changes little.

    It spans a tenth of the highest value at least, so that what hardly changes looks like it.
    """
    there = list(values)
    low, high = min(there, default=0.0), max(there, default=1.0)
    if low < (high - low) or low < 0:
        return linear(there)
    room = max(0.0, max(high / 10, _LEAST) - (high - low)) / 2
    low, high = max(0.0, low - room), high + room
    step = _round_step((high - low) / (_MARKS - 2))
    first, last = math.floor(low / step), math.ceil(high / step)
    last += first == last
    return Scale(step * first, step * last, tuple((step * m, number(step * m)) for m in range(first, last + 1)))


def logarithmic(values: Iterable[float], least: float) -> Scale:
    """Return an axis by powers of ten that holds `values` and does not begin below `least` > 0."""
    there = [max(least, value) for value in values] or [1.0]
    low, high = math.floor(math.log10(min(there)) + 1e-9), math.ceil(math.log10(max(there)) - 1e-9)
    high += low == high
    between = (1, 2, 5) if high - low <= 2 else (1,)
    marks = [step * 10.0**power for power in range(low, high) for step in between]
    return Scale(10.0**low, 10.0**high, tuple((mark, number(mark)) for mark in [*marks, 10.0**high]), math.log10)


def timed(first_s: float, last_s: float) -> Scale:
    """Return an axis of time in seconds."""
    last_s = max(last_s, first_s + 1)
    span = last_s - first_s
    step = next((step for step in _TIME_STEPS if span / step <= _MARKS + 1), math.ceil(_round_step(span / _MARKS)))
    marks = range(math.ceil(first_s / step), math.floor(last_s / step) + 1)
    return Scale(first_s, last_s, tuple((float(mark * step), clock(mark * step, step)) for mark in marks))


def nines(requests: int) -> Scale:
    """Return an axis of percentiles on which each nine is as wide as the one before it, for so many requests."""
    most = max(1, math.ceil(math.log10(max(10, requests)) - 1e-9))
    marks = [(0.0, "0 %"), (50.0, "50 %"), *((100 - 10.0 ** (2 - nine), _percent(nine)) for nine in range(1, most + 1))]
    return Scale(0.0, marks[-1][0], tuple(marks), _nines)


def clock(seconds: float, step: float = 1) -> str:
    """Return a moment of the run as it is read: `30 s`, `2:30`, `1:02:00`; by whole minutes `15 min`."""
    if abs(seconds) < 2 * _MINUTE and step < _MINUTE:
        return f"{seconds:.0f} s"
    sign, left = "-" if seconds < 0 else "", round(abs(seconds))
    hours, minutes, rest = left // _HOUR, left // _MINUTE % _MINUTE, left % _MINUTE
    if step % _MINUTE == 0 and not rest and hours == 0:
        return f"{sign}{minutes} min"
    return f"{sign}{hours}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"


def _nines(percent: float) -> float:
    return -math.log10(max(1e-12, 1 - percent / 100))


def _percent(nine: int) -> str:
    return f"{100 - 10.0 ** (2 - nine):.{max(0, nine - 2)}f} %"


def _round_step(step: float) -> float:
    """Return the next larger of 1, 2, 5, 10, 20, …"""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= step * (1 - 1e-9))
