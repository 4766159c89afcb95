"""How hard this process has to work, and whether it comes to it in time: by which it shows to be the bottleneck."""

import time
from pathlib import Path
from typing import Final, NoReturn

import gevent

from .course import Course

PULSE_S: Final = 0.05
_SCHEDULER: Final = Path("/proc/self/schedstat")
"""Linux: nanoseconds for which the process ran, and for which it could have run had a core been free."""


class Exertion:
    """Measures from one second to the next."""

    def __init__(self) -> None:
        self._used = time.process_time()
        self._waited = _waited_s()

    def note(self, course: Course, number: int) -> None:
        """Tell the ledger what this process needed since the last time, in the second that is over."""
        used, waited = time.process_time(), _waited_s()
        course.ledger.used(number, used - self._used, used - self._used + waited - self._waited)
        self._used, self._waited = used, waited


def beat(course: Course) -> NoReturn:
    """Measure how late this process is when it wants to act: also while every client waits for an answer."""
    while True:
        due = course.now() + PULSE_S
        gevent.sleep(PULSE_S)
        course.ledger.lateness(due, max(0.0, course.now() - due))


def _waited_s() -> float:
    """Return for how long this process has waited for a core so far; zero where the system does not say."""
    try:
        return int(_SCHEDULER.read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
