"""Whether the target or the generator was slow: the rule, and what it rests on.

A generator is too slow if one of its processes was busy for 90 % of a core in its busiest ten seconds, or if it was
late: one of a hundred times that something in it was free to act at once (a client whose request was due, or a pulse
that does nothing else), it acted later than 20 ms, and that is at least half of what one of a hundred requests took.
The second half of the sentence is for a target that stalls for seconds beside a generator that hiccups. The pulse also
beats while all clients wait for answers, so a generator to which the target's processes leave no processor shows by its
lateness.

- Too slow: GENERATOR, even where everything offered was achieved, since the latencies contain its own delay.
- Otherwise, achieved less than 99.5 % of what was offered: SERVER; the requests waited for answers, or failed.
- Otherwise: NONE.
"""

from collections.abc import Mapping
from typing import Final

from ...model.loading import Bottleneck

BUSY_PERCENT: Final = 90.0
LATE_MS: Final = 20.0
_ACHIEVED: Final = 0.995
_WINDOW_S: Final = 10


def bottleneck(
    *, offered: float, achieved: float, busiest_percent: float, late_p99_ms: float, p99_ms: float
) -> Bottleneck:
    """Return what held the load back; `offered` and `achieved` in the same unit."""
    late = late_p99_ms > LATE_MS and late_p99_ms >= p99_ms / 2
    if busiest_percent >= BUSY_PERCENT or late:
        return Bottleneck.GENERATOR
    return Bottleneck.SERVER if achieved < _ACHIEVED * offered else Bottleneck.NONE


def busiest_percent(cpu: Mapping[str, Mapping[int, float]], begin_s: float, end_s: float) -> float:
    """Return the share of a core that the busiest process used in its busiest ten seconds from begin to end."""
    return max((_busiest(by_second, begin_s, end_s) for by_second in cpu.values()), default=0.0)


def _busiest(by_second: Mapping[int, float], begin_s: float, end_s: float) -> float:
    used = [cpu_s for number, cpu_s in sorted(by_second.items()) if begin_s <= number and number + 1 <= end_s]
    width = min(_WINDOW_S, len(used))
    windows = (used[start : start + width] for start in range(len(used) - width + 1))
    return round(100 * max((sum(window) / width for window in windows if window), default=0.0), 1)
