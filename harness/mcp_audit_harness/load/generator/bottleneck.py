"""Whether the target or the generator was slow: the rule, and what it rests on.

A generator is too slow if one of its processes was busy for 90 % of its busiest ten seconds, or if it was late.

Busy is when it ran and, where the system says so, when it waited for a core that others had: beside a target that takes
all cores a generator has no time to spare, however little it gets. How late it was is measured whenever something in it
was free to act at once: a client whose request was due, and a pulse that beats while all clients wait for answers, too.
Late is a generator that was late by more than 20 ms

- one of ten times: it is short of processor throughout; or
- one of a hundred times, and by at least half of what one of a hundred requests took. One that hiccups beside a target
  that stalls for seconds is not to blame.

What follows:

- Too slow: GENERATOR, even where everything offered was achieved, since the latencies contain its own delay.
- Otherwise, achieved less than 99.5 % of what was offered: SERVER; the requests waited for answers, or failed.
- Otherwise: NONE.
"""

from collections.abc import Mapping
from typing import Final

from ...model.loading import Bottleneck
from .histograms import Counts, percentile_ms

BUSY_PERCENT: Final = 90.0
LATE_MS: Final = 20.0
_ACHIEVED: Final = 0.995
_WINDOW_S: Final = 10


def bottleneck(*, offered: float, achieved: float, busiest_percent: float, late: Counts, p99_ms: float) -> Bottleneck:
    """Return what held the load back; `offered` and `achieved` in the same unit, `late` in microseconds."""
    p90_late_ms, p99_late_ms = percentile_ms(late, 90.0), percentile_ms(late, 99.0)
    is_late = p90_late_ms > LATE_MS or (p99_late_ms > LATE_MS and p99_late_ms >= p99_ms / 2)
    if busiest_percent >= BUSY_PERCENT or is_late:
        return Bottleneck.GENERATOR
    return Bottleneck.SERVER if achieved < _ACHIEVED * offered else Bottleneck.NONE


def busiest_percent(busy: Mapping[str, Mapping[int, float]], begin_s: float, end_s: float) -> float:
    """Return for how much of its busiest ten seconds from begin to end the busiest process was busy."""
    return max((_busiest(by_second, begin_s, end_s) for by_second in busy.values()), default=0.0)


def _busiest(by_second: Mapping[int, float], begin_s: float, end_s: float) -> float:
    used = [cpu_s for number, cpu_s in sorted(by_second.items()) if begin_s <= number and number + 1 <= end_s]
    width = min(_WINDOW_S, len(used))
    windows = (used[start : start + width] for start in range(len(used) - width + 1))
    return round(100 * max((sum(window) / width for window in windows if window), default=0.0), 1)
