"""What the searches have done so far, for whoever watches."""

import threading
import time
from collections.abc import Callable

from ..fuzz.settings import Tick


class Tally:
    """Counts ticks from several threads: cases, how fast they come, failures, schema coverage."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: dict[tuple[int, str], Tick] = {}
        self._begun = 0.0
        self._told = 0.0
        self._step = 0
        self.cases = 0
        self.in_step = 0
        self.failures = 0
        self.covered = 0
        self.coverable = 0

    def next_step(self) -> None:
        """Tell the ticks of the next scenario, or the next revision, apart from those before."""
        with self._lock:
            self._step += 1
            self.in_step = 0

    def add(self, tick: Tick) -> None:
        """Count a tick."""
        with self._lock:
            before = self._latest.get((self._step, tick.subject), Tick(tick.subject, 0))
            self._latest[self._step, tick.subject] = tick
            if self.cases == 0:
                self._begun = self._told = self._clock()
            self.cases += 1
            self.in_step += 1
            self.failures += tick.failures - before.failures
            self.covered += tick.covered - before.covered
            self.coverable += tick.coverable - before.coverable

    def due(self, every: float) -> bool:
        """Whether `every` seconds have passed since this was last true."""
        with self._lock:
            now = self._clock()
            if now - self._told < every:
                return False
            self._told = now
            return True

    def __str__(self) -> str:
        seconds = max(self._clock() - self._begun, 0.001)
        rate = f" ({self.cases / seconds:.0f}/s)" if self.cases > 1 else ""
        schemas = f", schema coverage {self.covered} of {self.coverable}" if self.coverable else ""
        failures = f"{self.failures} failure{'' if self.failures == 1 else 's'}"
        return f"{self.cases} case{'' if self.cases == 1 else 's'}{rate}{schemas}, {failures}"
