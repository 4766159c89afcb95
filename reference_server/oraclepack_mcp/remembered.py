"""What was worked out before, so that it need not be again: bounded, and the longest unused goes first."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key up to a total weight of `most`; thread-safe.

    A key names all that a value was made of, so that none is ever stale.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value of a key, or None."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, weight: int = 1) -> V:
        """Keep a value, unless it is too heavy, and return it."""
        with self._lock:
            self._drop(key)
            if weight <= self._most:
                self._values[key] = (value, weight)
                self._weight += weight
            while self._weight > self._most:
                self._drop(next(iter(self._values)))
        return value

    def forget(self, key: K) -> None:
        """Keep the value of a key no longer."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        if (found := self._values.pop(key, None)) is not None:
            self._weight -= found[1]
