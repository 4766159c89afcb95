"""Whether a run has to stop: because somebody asked for it, in any process, or because its time is up."""

import threading
import time
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

Halt: TypeAlias = Literal["cancelled", "timed_out"]

_LOOK_S: Final = 0.3
"""Seconds between two looks at the record for requests of other processes."""


class StopRequest:
    """A request to stop one run, which may come at any time, from any thread or through the record."""

    def __init__(self, look: Callable[[], str | None]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._reason: str | None = None
        self._next_look = 0.0
        self._deadline = float("inf")

    def ask(self, reason: str) -> None:
        """Ask the run to stop; the first reason stays."""
        with self._lock:
            if self._reason is None:
                self._reason = reason

    def reason(self) -> str | None:
        """Why the run has to stop, None as long as it need not."""
        with self._lock:
            if self._reason is None and time.monotonic() >= self._next_look:
                self._reason = self._look()
                self._next_look = time.monotonic() + _LOOK_S
            return self._reason

    def is_asked(self) -> bool:
        """Whether the run has been asked to stop."""
        return self.reason() is not None

    def begin(self, limit_s: float) -> None:
        """The time of the run starts."""
        self._deadline = time.monotonic() + limit_s

    def remaining_s(self) -> float:
        """Seconds that are left for the run."""
        return max(0.0, self._deadline - time.monotonic())

    def halt(self) -> Halt | None:
        """Why no further step may start, None while one may."""
        if self.is_asked():
            return "cancelled"
        return None if self.remaining_s() > 0 else "timed_out"
