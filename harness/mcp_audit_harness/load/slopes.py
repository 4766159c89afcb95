"""Whether a quantity grows with time, with an interval that does not take noise for growth.

Memory is no independent sample each second: an allocator keeps what it took, a collector gives back in a rhythm, and
neighbouring samples say much the same. The textbook interval of a least-squares line is then far too narrow, and every
long run seems to leak. Here the samples are averaged over a few long blocks, and what varies is the growth from one
block to the next: it stays honest for independent noise, for noise that lasts (there the steps are even more varied
than the line), and for a random walk, whose steps are the only thing about it that is independent. One jump in a run
is one large step among small ones, so that its interval holds zero; steady growth gives equal steps.
"""

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence

from ..model.loading import Slope
from .intervals import student

BLOCKS = 8
"""More of them narrow Student's t, and resemble each other more."""
FEWEST = 3 * BLOCKS
"""With fewer samples nothing is said."""
SHORTEST_S = 15.0
"""Of shorter runs nothing is said."""
_RANDOM_WALK = math.sqrt(1.5)
"""By how much steps between block means of a random walk, correlated by a quarter, are less certain than they seem."""
_MINUTE = 60.0


def slope(samples: Sequence[tuple[float, float]]) -> Slope | None:
    """Return how `samples` (seconds, value) change a minute; None if they are too few, or too short a time.

    The slope is that of the least-squares line; the 95 % interval around it rests on the steps between block means.
    """
    ordered = sorted(samples)
    if len(ordered) < FEWEST or ordered[-1][0] - ordered[0][0] < SHORTEST_S:
        return None
    means = list(_means(ordered))
    if len(means) < BLOCKS:
        return None
    rates = [(later[1] - value) / (later[0] - at) for (at, value), later in itertools.pairwise(means)]
    half = _RANDOM_WALK * student(len(rates) - 1) * statistics.stdev(rates) / math.sqrt(len(rates))
    line = _line(ordered)
    return Slope(per_min=_MINUTE * line, low=_MINUTE * (line - half), high=_MINUTE * (line + half))


def _means(ordered: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the mean of each of the blocks, which are equally long; one without samples is left out."""
    first, last = ordered[0][0], ordered[-1][0]
    blocks: list[list[tuple[float, float]]] = [[] for _ in range(BLOCKS)]
    for at, value in ordered:
        blocks[min(BLOCKS - 1, int(BLOCKS * (at - first) / (last - first)))].append((at, value))
    for block in filter(None, blocks):
        yield statistics.fmean(at for at, _ in block), statistics.fmean(value for _, value in block)


def _line(ordered: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the least-squares line, a second."""
    centre = statistics.fmean(at for at, _ in ordered)
    level = statistics.fmean(value for _, value in ordered)
    spread = sum((at - centre) ** 2 for at, _ in ordered)
    return sum((at - centre) * (value - level) for at, value in ordered) / spread
