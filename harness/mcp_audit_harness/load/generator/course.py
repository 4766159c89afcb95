"""One run in this process: its clock, the requests that are due next, and the ledger they are counted in."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import gevent
from gevent.event import Event

from ...model.loading import Arrivals
from ..plan import Plan
from .ledger import Failure, Group, Ledger
from .messages import Mix, Request
from .schedule import arrivals, rate_at

Fire: TypeAlias = Callable[..., None]
"""Locust's `request` event."""

_NAP_S: Final = 0.25
"""A sleeping client looks this often whether the run was ended early."""
_GOLDEN: Final = 0.618034


class RequestFailedError(Exception):
    """What Locust's statistics show of a failed request."""


class Course:
    """See the module. Moments are in seconds from the end of the warm-up."""

    def __init__(self, plan: Plan, worker: int = 0, workers: int = 1) -> None:
        """`worker` of `workers` generators takes its share of the schedule, from 0."""
        self.plan = plan
        self.worker, self.workers = worker, workers
        self.profile = plan.profile
        self.ledger = Ledger(plan.profile, str(worker))
        self.mix = Mix(plan, worker)
        self.begun = Event()
        self.ready = 0
        """Clients that have opened their sessions, or tried to."""
        self.inflight = 0
        self.streams_open = 0
        self.interrupted = False
        self.fire: Fire = _nobody
        self.end_s = self.ledger.end_s
        """When the last request is due; before the end of the warm-up if the run was ended in it."""
        self._origin = time.perf_counter()
        self._schedule = arrivals(plan.profile, plan.seed, worker, workers)
        self._next: float | None = next(self._schedule, None)
        self._backlog: deque[float] = deque()
        self._placed = 0

    @property
    def open_loop(self) -> bool:
        """Whether requests are sent when they are due."""
        return self.profile.arrivals is Arrivals.OPEN

    def begin(self) -> None:
        """Start the clock: the warm-up begins now."""
        self._origin = time.perf_counter() + self.profile.warmup_s
        self.begun.set()

    def now(self) -> float:
        """Return the moment."""
        return time.perf_counter() - self._origin

    def finish(self, *, interrupted: bool = False) -> None:
        """Let nothing more be due from now on; what is on its way is waited for."""
        self.interrupted = self.interrupted or interrupted
        self.end_s = min(self.end_s, self.now() if self.begun.is_set() else -math.inf)
        self.ledger.end_s = max(0.0, self.end_s)

    def done(self) -> bool:
        """Whether the run is over: everything is answered, or has had its time."""
        now = self.now()
        left = self.inflight or self._backlog
        patience = min(self.profile.timeout_s, 1.0) if self.interrupted else self.profile.timeout_s
        return now >= self.end_s and (not left or now >= self.end_s + patience)

    def advance(self) -> None:
        """Count all that has become due; what no client was free for waits."""
        now, end = self.now(), self.end_s
        while self._next is not None and self._next <= now and self._next < end:
            self.ledger.due(self._next)
            if self.open_loop:
                self._backlog.append(self._next)
            self._next = next(self._schedule, None)

    def take(self) -> float | None:
        """Sleep until a request is due, and return its moment; None when there is none any more.

        Timers wake on whole milliseconds: up to one is in the latency of a request for which a client was free.
        """
        self.advance()
        if self._backlog:
            return None if self.done() else self._backlog.popleft()
        due = self._next
        if due is None or due >= self.end_s:
            return None
        self._next = next(self._schedule, None)
        if not self.sleep_until(due):
            return None
        self.ledger.due(due)
        self.ledger.lateness(due, self.now() - due)
        return due

    def sleep_until(self, at_s: float) -> bool:
        """Sleep until a moment; return whether the run goes on then."""
        while at_s < self.end_s:
            left = at_s - self.now()
            if left <= 0:
                return True
            gevent.sleep(min(left, _NAP_S))
        return False

    def nap(self, seconds: float) -> None:
        """Sleep for a time, at most till the end of the run."""
        until = self.now() + seconds
        while (left := min(until, self.end_s) - self.now()) > 0:
            gevent.sleep(min(left, _NAP_S))

    def interval_s(self, at_s: float) -> float:
        """Return the least time between two requests of one client, where each waits for its answer."""
        return self.profile.clients / max(1e-9, rate_at(self.profile.stages, at_s))

    def ready_place(self) -> float:
        """Return a place in 0…1 for one more client, so that all of them do not send at once."""
        self._placed += 1
        return self._placed * _GOLDEN % 1

    def sending(self, due_s: float) -> None:
        """Take note that a request is sent."""
        self.inflight += 1
        self.ledger.silence.sent(due_s)

    def record(
        self, request: Request, due_s: float, done_s: float, error: Failure | None = None, group: Group = Group.LOAD
    ) -> None:
        """Count a request that was answered or failed, and tell Locust."""
        self.ledger.record(request.label, due_s, done_s, error, group)
        if group is Group.LOAD:
            self.inflight -= 1
            self.ledger.silence.settled(done_s, answered=error is None or error[0] not in {"transport", "timeout"})
        self.fire(
            request_type=request.method,
            name=request.label,
            response_time=(done_s - due_s) * 1000,
            response_length=0,
            exception=None if error is None else RequestFailedError(f"{error[0]} {error[1]}"),
            context={},
        )

    def abandon(self) -> None:
        """Count what is still waiting at the very end as timed out, and close the account."""
        now = self.now()
        while self._backlog:
            due = self._backlog.popleft()
            if not self.interrupted:
                self.ledger.record(self.mix.next().label, due, now, ("timeout", "never sent", ""))
        self.ledger.silence.end(min(now, self.end_s + self.profile.timeout_s))

    def gauge(self, number: int) -> None:
        """Note what is waiting and open at the end of a second."""
        second = self.ledger.second(number)
        second.waiting = self.inflight + len(self._backlog)
        second.streams = self.streams_open


def _nobody(**_: Any) -> None:
    """Nobody is told."""
