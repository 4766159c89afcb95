"""One run in this process: Locust's environment and runner, the seconds as they pass, the end."""

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import gevent
from locust.env import Environment
from locust.runners import Runner
from locust.user import User

from ..plan import Profile
from ..steps import broken
from .course import Course
from .exertion import Exertion, beat
from .ledger import Ledger
from .results import stages

_SPAWN_RATE: Final = 100
_OPENING_S: Final = 5.0
"""How long the clients get to open their sessions before the warm-up."""
_LEAVING_S: Final = 10.0


def user_classes(course: Course) -> list[type[User]]:
    """Return the classes of users that the plan asks for, each with how many of it there are."""
    profile = course.profile
    if not course.plan.url:
        from .stdio_user import StdioClient  # noqa: PLC0415 - only what the plan needs

        return [_runnable("Client", StdioClient, course, profile.clients)]
    from .http_user import Abuser, HttpClient  # noqa: PLC0415
    from .streams import Listener  # noqa: PLC0415

    return [
        _runnable(name, of, course, number)
        for name, of, number in (
            ("Client", HttpClient, profile.clients),
            ("Listener", Listener, profile.streams),
            ("Abuser", Abuser, profile.abusive_clients),
        )
        if number
    ]


def environment(course: Course) -> Environment:
    """Return Locust's environment; what the course records is told to its listeners."""
    found = Environment(stop_timeout=0.0)
    equip(found, course)
    return found


def equip(found: Environment, course: Course) -> None:
    """Give an environment the users of a course; whoever stops its runner ends the course."""
    found.user_classes[:] = user_classes(course)
    found.host = course.plan.url or "stdio"
    course.fire = found.events.request.fire

    def stopped(**_: Any) -> None:
        if not course.done():
            course.finish(interrupted=True)

    found.events.test_stopping.add_listener(stopped)  # type: ignore[no-untyped-call]


def targets(found: Environment, course: Course) -> AbstractContextManager[tuple[int, ...]]:
    """Start the servers that a plan for stdio asks for, and give their process ids; none over HTTP."""
    if course.plan.url:
        return nullcontext(())
    from .stdio_user import serving  # noqa: PLC0415

    return serving(found, course)


def users(found: Environment) -> int:
    """Return how many users the plan asks for."""
    return sum(each.fixed_count for each in found.user_classes)


def hold(course: Course, runner: Runner, tell: Callable[[int], bool], wait: Callable[[], None] | None = None) -> float:
    """Run the course to its end and return how long that took.

    `tell` is called with the number of each second that has passed, and says whether anybody still listens. `wait`
    returns when the warm-up may begin; None: as soon as the clients of this process are ready.
    """
    begun = time.perf_counter()
    if wait is None:
        await_clients(course, course.profile.clients)
    else:
        wait()
    gc.collect()
    gc.freeze()
    course.begin()
    pulse = gevent.spawn(beat, course)
    _watch(course, tell)
    pulse.kill()
    _await(lambda: runner.user_count == 0, 0.1 if course.inflight else _LEAVING_S)
    runner.quit()
    course.advance()
    course.abandon()
    return time.perf_counter() - begun


def await_clients(course: Course, clients: int) -> None:
    """Wait until so many clients have opened their sessions, but not long."""
    _await(lambda: course.ready >= clients, _OPENING_S)


def _runnable(name: str, of: type[User], course: Course, number: int) -> type[User]:
    return type(name, (of,), {"course": course, "fixed_count": number, "abstract": False})


def _await(reached: Callable[[], bool], most_s: float) -> None:
    until = time.monotonic() + most_s
    while not reached() and time.monotonic() < until:
        gevent.sleep(0.02)


def _watch(course: Course, tell: Callable[[int], bool]) -> None:
    """Close second after second until everything is answered or has had its time."""
    number, exertion = int(-course.profile.warmup_s // 1), Exertion()
    while not course.done():
        _sleep_to(course, number + 1)
        if course.now() < number + 1:
            continue
        course.advance()
        course.gauge(number)
        exertion.note(course, number)
        if not tell(number):
            course.finish(interrupted=True)
        if course.profile.steps and gave_way(course.ledger, course.profile, course.now()):
            course.finish()
        number += 1
    course.gauge(number)
    exertion.note(course, number)
    tell(number)


def _sleep_to(course: Course, at_s: float) -> None:
    """Sleep till a moment, or till the run is over."""
    while not course.done() and (left := at_s - course.now()) > 0:
        gevent.sleep(min(left, 0.1))


def gave_way(ledger: Ledger, profile: Profile, now_s: float) -> bool:
    """Whether the stage that ended last broke the thresholds, once its answers had the time to come."""
    over = [end for end in ledger.stage_ends[:-1] if end + 1.0 <= now_s]
    if not over:
        return False
    stage = stages(ledger, profile)[len(over) - 1]
    return bool(broken(stage, profile.thresholds))


def start(found: Environment) -> Any:
    """Start the users in this process and return the runner."""
    runner = found.create_local_runner()
    runner.start(users(found), spawn_rate=_SPAWN_RATE)
    return runner
