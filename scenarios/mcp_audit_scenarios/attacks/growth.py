"""What counts as a leak: growth that is steady, in proportion to the work, and does not stop when the work goes on.

Memory is never given back byte by byte: allocators keep pages, caches fill, collectors wait. So one number proves
nothing. A leak is asserted only if, in a series of equal rounds, every round grew, a straight line explains nearly all
of it (least squares, R² of at least 0.9), and the series after it goes on at no less than half the pace.
Time alone, without work, must not have grown it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_audit_harness.model import ProcessReading

ROUNDS = 5
LEAST_FIT = 0.9
_LEAST_PACE = 0.5
"""Of the second series, as a part of the first's."""
_MOST_IDLE = 0.25
"""Growth without work, as a part of the growth with it."""
_UNEVEN = 0.2
"""A round that grew less than this part of the mean did not grow."""


@dataclass(frozen=True, slots=True)
class Series:
    """Readings before the first round and after each; all rounds have the same number of units of work."""

    units: int
    readings: tuple[ProcessReading, ...]

    def values(self, quantity: str) -> list[int]:
        """Return one quantity of every reading."""
        return [int(getattr(reading, quantity)) for reading in self.readings]

    @property
    def total(self) -> int:
        """Units of work in all rounds."""
        return self.units * (len(self.readings) - 1)

    def tail(self, quantity: str, rounds: int) -> float:
        """Return the growth for each unit of work in the last rounds."""
        values = self.values(quantity)[-rounds - 1 :]
        return (values[-1] - values[0]) / max(1, self.units * (len(values) - 1))

    def grown(self, quantity: str) -> int:
        """Return by how much a quantity has grown in all."""
        values = self.values(quantity)
        return values[-1] - values[0]


def steady(series: Series, quantity: str, least: float) -> bool:
    """Whether every round grew, along a straight line, by at least `least` for each unit of work."""
    values = series.values(quantity)
    if len(values) <= ROUNDS // 2 or slope(series, quantity) < least:
        return False
    steps = [later - earlier for earlier, later in itertools.pairwise(values)]
    mean = sum(steps) / len(steps)
    return all(step > _UNEVEN * mean for step in steps) and _fit(values) >= LEAST_FIT


def slope(series: Series, quantity: str) -> float:
    """Return the growth for each unit of work: the slope of the line of least squares."""
    values = series.values(quantity)
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((place - middle) ** 2 for place in range(len(values)))
    if not spread or not series.units:
        return 0.0
    return sum((place - middle) * (value - mean) for place, value in enumerate(values)) / spread / series.units


def goes_on(first: Series, second: Series, quantity: str, least: float) -> bool:
    """Whether a second series grew as the first one did."""
    if not (steady(first, quantity, least) and steady(second, quantity, least)):
        return False
    return slope(second, quantity) >= _LEAST_PACE * slope(first, quantity)


def idles(idle: Series, work: Series, quantity: str) -> bool:
    """Whether the quantity stayed as it was while there was no work, compared with what a round of work did."""
    rounds = max(1, len(work.readings) - 1)
    return idle.grown(quantity) <= _MOST_IDLE * work.grown(quantity) / rounds


def _fit(values: Sequence[int]) -> float:
    """Return R²: the part of the variation that a straight line explains."""
    count = len(values)
    middle, mean = (count - 1) / 2, sum(values) / count
    whole = sum((value - mean) ** 2 for value in values)
    if not whole:
        return 0.0
    spread = sum((place - middle) ** 2 for place in range(count))
    shared = sum((place - middle) * (value - mean) for place, value in enumerate(values))
    return shared**2 / spread / whole
