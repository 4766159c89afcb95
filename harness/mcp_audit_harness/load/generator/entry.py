"""Reads the plan, runs it, and says what passes."""

import logging
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import gevent
import msgspec
from gevent.os import tp_read

from ...model.loading import LoadSecond
from ..plan import Generated, Plan
from .course import Course
from .results import generated

Finish: TypeAlias = Callable[..., None]
"""`finish(interrupted=…)` ends a run early."""

_CHUNK: Final = 1 << 16
_FILES: Final = 1 << 16


def main(arguments: Sequence[str]) -> int:
    """Run the plan on standard input, or as a worker what a master says."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    _allow_many_files()
    if arguments:
        from .worker import work  # noqa: PLC0415 - Locust, which takes a second to import

        return work(arguments)
    plan = msgspec.json.decode(read_line(), type=Plan)
    say("done", run(plan))
    return 0


def run(plan: Plan) -> Generated:
    """Produce the load of a plan, in this process or in several."""
    if plan.processes > 1 or plan.expect_workers:
        from .master import direct  # noqa: PLC0415

        return direct(plan)
    from .local import environment, hold, start, targets  # noqa: PLC0415
    from .watching import watched  # noqa: PLC0415

    course = Course(plan)
    end_with_parent(course.finish)
    found = environment(course)
    with targets(found, course) as pids:
        if pids:
            say("pids", pids)
        runner = start(found)
        with watched(found, plan, course.ledger, lambda url: say("web", url), course.finish):
            took = hold(course, runner, lambda number: say("second", course.ledger.close(number)))
    return generated(course.ledger, plan.profile, took, interrupted=course.interrupted)


def say(kind: str, what: LoadSecond | Generated | str | tuple[int, ...]) -> bool:
    """Print one line; return whether anybody reads it."""
    data = msgspec.json.encode({kind: what}) + b"\n"
    try:
        while data:
            data = data[os.write(1, data) :]
    except BrokenPipeError:
        return False
    return True


def read_line() -> bytes:
    """Return the first line of standard input."""
    line = bytearray()
    while not line.endswith(b"\n"):
        chunk = os.read(0, _CHUNK)
        if not chunk:
            break
        line += chunk
    return bytes(line)


def end_with_parent(finish: Finish) -> None:
    """Call `finish(interrupted=True)` on a signal, and when standard input is a pipe that is closed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, finish, interrupted=True)
    kind = os.fstat(0).st_mode
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
        gevent.spawn(_listen_for_end, finish)


def _listen_for_end(finish: Finish) -> None:
    while tp_read(0, _CHUNK):
        pass
    finish(interrupted=True)


def _allow_many_files() -> None:
    """Every client has a connection: allow as many as the machine does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else hard
    if soft not in {resource.RLIM_INFINITY, wanted}:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
