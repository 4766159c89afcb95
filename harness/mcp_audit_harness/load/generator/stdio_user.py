"""Clients over stdio: a few child processes, and over each several clients that multiplex their requests by id.

A server over stdio serves one host, and a host starts few of them; so at most `MOST_CHILDREN` run at a time, and a
client is a place for one request on its way. A session is as old as its process: the churn of a profile does not end
it. A child that ended is started anew, at most once a second.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import ClassVar, Final

import gevent
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from ...model import Era
from ...wire.own_words import initialize_params
from .child import Child, ChildError
from .course import Course
from .ledger import Failure, Group
from .loops import attend
from .messages import Request, notification, request

MOST_CHILDREN: Final = 4
_GRACE_S: Final = 2.0
_OPENING_S: Final = 20.0
"""What an initialize may take at least: the process has to start first."""
_ANEW_S: Final = 1.0


def children(clients: int, worker: int = 0, workers: int = 1) -> int:
    """Return how many children generator `worker` of `workers` starts; each starts one at least."""
    together = max(min(clients, MOST_CHILDREN), workers)
    return len(range(worker, together, workers))


@contextmanager
def serving(found: Environment, course: Course) -> Iterator[tuple[int, ...]]:
    """Start the servers for the clients of an environment, give their process ids, and end them."""
    slots = [Slot(course) for _ in range(children(course.profile.clients, course.worker, course.workers))]
    try:
        gevent.joinall([gevent.spawn(slot.start) for slot in slots], raise_error=True)
        for each in found.user_classes:
            if issubclass(each, StdioClient):
                each.slots = slots
        yield tuple(slot.pid for slot in slots if slot.pid)
    finally:
        gevent.joinall([gevent.spawn(slot.stop) for slot in slots])


class Slot:
    """One child, and the next one after it has ended."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._child: Child | None = None
        self._refused: Failure | None = ("transport", "not started", "")
        self._started: float | None = None
        self._starting = False

    @property
    def pid(self) -> int:
        """The process that runs; 0: none does."""
        return self._child.pid if self._child is not None else 0

    def start(self) -> None:
        """Start the child and open its session, unless one runs, is being started, or was started just now."""
        now = time.monotonic()
        if self._starting or (self._child is not None and not self._child.gone):
            return
        if self._started is not None and now - self._started < _ANEW_S:
            return
        self._started, self._starting = now, True
        try:
            self.stop()
            self._child = Child(self._course.plan)
            self._refused = self._open(self._child)
        except ChildError as error:
            self._refused = ("transport", "not started", str(error))
        finally:
            self._starting = False

    def send(self, message: Request, timeout_s: float) -> Failure | None:
        """Send a request and return how it failed."""
        if self._child is None or self._refused is not None:
            return self._refused
        return self._child.ask(message, timeout_s)

    def stop(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            self._refused = ("transport", child.gone or "was stopped", "")
            child.stop(_GRACE_S)

    def _open(self, child: Child) -> Failure | None:
        course, revision = self._course, self._course.plan.revision
        if revision.era is not Era.HANDSHAKE:
            return self._await_start(child)
        begun = course.now()
        opening = request(revision, "initialize", "initialize", initialize_params(str(revision), {}), {})
        refused = child.ask(opening, max(_OPENING_S, course.profile.timeout_s))
        course.record(opening, begun, course.now(), refused, Group.SESSION)
        if refused is None:
            child.tell(notification(revision, "notifications/initialized"))
        return refused

    def _await_start(self, child: Child) -> Failure | None:
        """Wait for a first answer, of whatever kind: how long a process takes to start is no latency of a request.

        A child that gives none is loaded as it is; its requests then have their own time.
        """
        course = self._course
        first = request(course.plan.revision, "server/discover", "server/discover", {}, {})
        refused = child.ask(first, max(_OPENING_S, course.profile.timeout_s))
        return refused if refused is not None and refused[0] == "transport" else None


class StdioClient(User):
    """One place for a request on its way; `course` and `slots` are set on the class that Locust runs."""

    abstract = True
    course: ClassVar[Course]
    slots: ClassVar[list[Slot]]
    _turns: ClassVar["count[int]"] = count()

    def on_start(self) -> None:
        """Take a child; clients take them in turn."""
        self._slot = self.slots[next(self._turns) % len(self.slots)]

    @task
    def work(self) -> None:
        """Send what the schedule asks for; the end of the run ends this client."""
        attend(self.course, self)
        raise StopUser

    def send(self, message: Request) -> Failure | None:
        """See `loops.Sender`."""
        return self._slot.send(message, self.course.profile.timeout_s)

    def rest(self) -> None:
        """See `loops.Sender`: whoever finds the child gone starts the next one."""
        self._slot.start()

    def leave(self) -> None:
        """See `loops.Sender`: others may wait for the same child, which ends with the run."""
