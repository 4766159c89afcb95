"""Numbers as people read them, and a row of small bars."""

import itertools
from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"


def number(value: float) -> str:
    """Return `value` with about three digits, and all those before the point; a whole number as such."""
    size = abs(value)
    if size >= 100 or value == round(value):
        return f"{value:.0f}"
    digits = 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if size < 10 else f"{value:.{digits}f}"


def sparkline(heights: Sequence[float | None], least: float = 0.0) -> str:
    """Return a bar for each height, from the lowest to the highest of them; a dot where there is none.

    The highest bar is for what lies `least` above the lowest, if none lies higher.
    """
    there = [height for height in heights if height is not None]
    low, high = (min(there), max(there)) if there else (0.0, 0.0)
    span = max(high - low, least)
    return "".join(
        _GAP if height is None else _BARS[round((len(_BARS) - 1) * (height - low) / span) if span > 0 else 0]
        for height in heights
    )


def gathered(values: Sequence[float | None], columns: int) -> list[float | None]:
    """Return at most `columns` values: of each group of neighbours the highest, None if none has one."""
    count = min(columns, len(values))
    edges = [part * len(values) // count for part in range(count + 1)] if count else [0]
    groups = [values[left:right] for left, right in itertools.pairwise(edges)]
    return [max((value for value in group if value is not None), default=None) for group in groups]
