"""Arguments made plainer as long as they stay what they are: a search cannot shrink what it takes from a bank."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from .paths import Path, put, value_at, without

_MOST_STEPS: Final = 300


def pruned(value: Any, keeps: Callable[[Any], bool], declared: frozenset[Path] = frozenset()) -> Any:
    """Return the value without the members that it can do without, and the rest as plain as it may be.

    `keeps` says what still counts as the same; members at the paths in `declared` stay (of arrays they name the first
    item).
    """
    pruner = _Pruner(value, keeps)
    for path in [*_members(value, ())]:
        if tuple(0 if isinstance(part, int) else part for part in path) not in declared:
            pruner.tries(without(pruner.value, path))
    for path in [*_paths(value, ())]:
        pruner.make_plain(path)
    return pruner.value


@dataclass(slots=True)
class _Pruner:
    value: Any
    keeps: Callable[[Any], bool]
    left: int = _MOST_STEPS

    def tries(self, other: Any) -> bool:
        """Whether another value will do; then it is taken."""
        self.left -= 1
        if self.left < 0 or not self.keeps(other):
            return False
        self.value = other
        return True

    def make_plain(self, path: Path) -> None:
        """Make what stands at a path as plain as it may be, if anything does."""
        here = value_at(self.value, path)
        if not here or isinstance(here[0], dict | None):
            return
        found = here[0]
        plain = {str: ("", "a"), bool: (False,), int: (0, 1), float: (0, 1, 0.5), list: ()}[type(found)]
        if any(other == found or self.tries(put(self.value, path, other)) for other in plain):
            return
        if isinstance(found, str) and self.tries(put(self.value, path, "a" * len(found))):
            self._least(len(found), lambda count: put(self.value, path, "a" * count))
        elif isinstance(found, list) and found:
            self._least(len(found), lambda count: put(self.value, path, [*found[:1], *found[1:count]]))
        elif isinstance(found, int):
            sign = 1 if found > 0 else -1
            self._least(abs(found), lambda size: put(self.value, path, sign * size))

    def _least(self, most: int, made: Callable[[int], Any]) -> None:
        """Take the least number that will do, as if all above it did."""
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.tries(made(middle)) else (middle, high)


def _members(value: Any, path: Path) -> Iterator[Path]:
    """Yield the paths of all members."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from _members(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _members(inner, (*path, index))


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """Yield the paths of all values; of arrays, of the first items."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            yield from _paths(inner, (*path, index))
