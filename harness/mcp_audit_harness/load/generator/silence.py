"""How long a target said nothing at all while requests waited."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TypeAlias

Quiet: TypeAlias = tuple[float, float, float]
"""Between two answers: beginning, end, and since when a request waited (the end: none did)."""

_WORTH_S = 0.1
"""Shorter times without an answer are not kept."""


class Silence:
    """Follows the answers of one process."""

    def __init__(self, begin_s: float) -> None:
        self.kept: list[Quiet] = []
        self._last = begin_s
        self._waiting = 0
        self._since: float | None = None

    def sent(self, due_s: float) -> None:
        """Take note of a request, which waits since it is due."""
        self._waiting += 1
        if self._since is None:
            self._since = max(due_s, self._last)

    def settled(self, done_s: float, *, answered: bool) -> None:
        """Take note that a request was answered, or given up without an answer."""
        self._waiting -= 1
        if answered:
            self._close(done_s)

    def end(self, at_s: float) -> None:
        """Close the last stretch, which no answer ended."""
        self._close(at_s)

    def _close(self, at_s: float) -> None:
        if at_s - self._last >= _WORTH_S:
            self.kept.append((self._last, at_s, at_s if self._since is None else self._since))
        self._last = max(at_s, self._last)
        self._since = self._last if self._waiting > 0 else None


def longest(processes: Iterable[Sequence[Quiet]], until_s: float) -> float:
    """Return the longest silence between zero and `until_s`, in seconds: no process had an answer, and one waited."""
    shared = reduce(_shared, processes, [(float("-inf"), float("inf"), float("inf"))])
    return max(0.0, *(min(end, until_s) - max(since, 0.0) for _, end, since in shared), 0.0)


def _shared(left: Sequence[Quiet], right: Sequence[Quiet]) -> list[Quiet]:
    """Return where both were quiet; a request waits where it waits in one of them."""
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            found.append((begin, end, max(begin, min(left[i][2], right[j][2]))))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found
