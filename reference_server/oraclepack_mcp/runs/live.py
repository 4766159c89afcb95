"""The runs that this process executes right now."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from oraclepack_mcp.runs.stopping import StopRequest

_LOOK_S: Final = 0.1
"""Seconds between two looks at a run of another process."""


@dataclass(slots=True)
class LiveRuns:
    """All runs of this process, and a bell that rings when one has changed. Thread-safe."""

    _bell: threading.Condition = field(default_factory=threading.Condition)
    _runs: dict[str, StopRequest] = field(default_factory=dict)

    def add(self, run_id: str, stop: StopRequest) -> None:
        """A run begins."""
        with self._bell:
            self._runs[run_id] = stop

    @contextmanager
    def ending(self, run_id: str) -> Iterator[None]:
        """A run has ended once the body has recorded it, or has failed to."""
        try:
            yield
        finally:
            with self._bell:
                del self._runs[run_id]
                self._bell.notify_all()

    def ring(self) -> None:
        """Something about a run has changed."""
        with self._bell:
            self._bell.notify_all()

    def stop(self, run_id: str, reason: str) -> None:
        """Ask a run to stop, if it is one of this process."""
        with self._bell:
            stop = self._runs.get(run_id)
        if stop is not None:
            stop.ask(reason)

    def stop_all(self, reason: str) -> None:
        """Ask every run of this process to stop."""
        with self._bell:
            stops = list(self._runs.values())
        for stop in stops:
            stop.ask(reason)

    def is_idle(self) -> bool:
        """Whether this process executes no run."""
        with self._bell:
            return not self._runs

    def wait_until(self, condition: Callable[[], bool], wait_s: float) -> bool:
        """Wait until a condition holds, also one about runs of other processes; whether it does."""
        deadline = time.monotonic() + wait_s
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._bell:
                self._bell.wait(min(left, _LOOK_S))
        return True
