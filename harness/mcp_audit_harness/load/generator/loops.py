"""The life of one client, whatever it speaks through."""

from typing import Protocol

from gevent import GreenletExit

from .course import Course
from .ledger import Failure, Group
from .messages import Request


class Sender(Protocol):
    """What differs between transports."""

    def rest(self) -> None:
        """Do what is due between two requests: open a session, end one, read what is left of a stream; never raise."""

    def send(self, request: Request) -> Failure | None:
        """Send a request and wait for its answer; return how it failed, None if it did not."""

    def leave(self) -> None:
        """End the session and the connection, briefly; never raise."""


def attend(course: Course, sender: Sender) -> None:
    """Send what the schedule asks for until the run ends."""
    sender.rest()
    course.ready += 1
    course.begun.wait()
    if course.open_loop:
        _open(course, sender)
    else:
        _closed(course, sender)


def ask(course: Course, sender: Sender, due_s: float) -> None:
    """Send the next request of the mix and count what came of it."""
    request = course.mix.next()
    course.sending(due_s)
    try:
        error = sender.send(request)
    except GreenletExit:
        if not course.interrupted:
            course.record(request, due_s, course.now(), ("timeout", "end of the run", ""))
        raise
    course.record(request, due_s, course.now(), error)
    sender.rest()


def hammer(course: Course, sender: Sender) -> None:
    """Send as fast as answers come, in the second half of the run."""
    course.begun.wait()
    if not course.sleep_until(course.ledger.half_s):
        return
    sender.rest()
    while (sent := course.now()) < course.end_s:
        request = course.mix.next()
        error = sender.send(request)
        course.record(request, sent, course.now(), error, Group.ABUSE)
        sender.rest()


def _open(course: Course, sender: Sender) -> None:
    while (due := course.take()) is not None:
        ask(course, sender, due)


def _closed(course: Course, sender: Sender) -> None:
    """One after the other, not faster than this client's share of the rate; nothing that was missed is made up for."""
    begin = -course.profile.warmup_s
    place = course.ready_place()
    earliest = begin + place * course.interval_s(begin)
    while course.sleep_until(earliest):
        ask(course, sender, course.now())
        earliest = max(course.now(), earliest + course.interval_s(earliest))
