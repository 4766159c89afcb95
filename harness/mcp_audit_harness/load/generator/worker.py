"""One of several generators: a Locust worker that gets its plan from a master and hands it what it counts."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import gevent
import locust.runners
from gevent.event import AsyncResult, Event
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import WorkerRunner

from ..plan import Plan, may_load
from .course import Course
from .entry import end_with_parent
from .local import await_clients, equip, hold, targets
from .peers import BEGIN, BUILT, DONE, FINISH, HELLO, LEDGER, PLAN, READY, REPORT_S, Said, key, read_task

_CLIENTS: Final = "Client"
_PLAN_S: Final = 600.0
"""How long a master may wait for its other workers."""
_BEGIN_S: Final = 60.0
_PARTING_S: Final = 5.0


def work(arguments: Sequence[str]) -> int:
    """Serve one run of a master: `--worker HOST PORT [--may-load HOST]… [--trusted]`; return the exit code."""
    parser = argparse.ArgumentParser(prog="generator")
    parser.add_argument("--worker", nargs=2, required=True, metavar=("HOST", "PORT"))
    parser.add_argument("--may-load", action="append", default=[], metavar="HOST")
    parser.add_argument("--trusted", action="store_true", help="The master runs on this machine, as the same user.")
    given = parser.parse_args(arguments)
    worker = _Worker(gevent.getcurrent())
    end_with_parent(worker.finish)
    try:
        worker.connect(given.worker[0], int(given.worker[1]))
        worker.serve(None if given.trusted else tuple(given.may_load))
    except (ConnectionError, RPCError, _NoRunError) as error:
        sys.stderr.write(f"{str(error) or 'there is no master'}\n")
        return 1
    return 0


class _NoRunError(Exception):
    """There is nothing to do for this worker; the text says why."""


class _Worker:
    def __init__(self, main: Any) -> None:
        self._main = main
        self._course: Course | None = None
        self._plan: AsyncResult[Said] = AsyncResult()
        self._begin = Event()
        self._environment = Environment(stop_timeout=0.0)
        self._runner: WorkerRunner

    def connect(self, host: str, port: int) -> None:
        """Find the master and say hello; raises ConnectionError if there is none for five minutes."""
        locust.runners.WORKER_REPORT_INTERVAL = REPORT_S
        self._runner = runner = self._environment.create_worker_runner(host, port)
        runner.register_message(PLAN, lambda msg, **_: self._plan.set(msg.data))
        runner.register_message(BEGIN, lambda **_: self._begin.set())
        runner.register_message(FINISH, lambda msg, **_: self.finish(interrupted=bool(msg.data["interrupted"])))
        events: Any = self._environment.events
        events.test_stopping.add_listener(self._turned_away)
        runner.send_message(HELLO, {"key": key(), "pid": os.getpid()})

    def serve(self, hosts: tuple[str, ...] | None) -> None:
        """Take the plan, keep to it, and hand over the account; `hosts` may be loaded, None: whatever the plan says."""
        with gevent.Timeout(_PLAN_S, _NoRunError("the master sent no plan")):
            said = self._plan.get()
        plan, worker, workers = read_task(said or {})
        refused = _refusal(plan, hosts)
        if refused:
            self._runner.send_message(BUILT, {"pids": [], "refused": refused})
            raise _NoRunError(refused)
        course = Course(replace(plan, profile=replace(plan.profile, steps=False)), worker, workers)
        equip(self._environment, course)
        self._course = course
        with targets(self._environment, course) as pids:
            self._environment.events.report_to_master.add_listener(_reporter(course))  # type: ignore[no-untyped-call]
            self._runner.send_message(BUILT, {"pids": list(pids), "refused": ""})
            hold(course, self._runner, lambda _: True, self._wait)
        self._runner.send_message(DONE, {LEDGER: course.ledger.dump(), "interrupted": course.interrupted})
        self._part()

    def finish(self, *, interrupted: bool) -> None:
        """End the run early, or this process if there is none yet."""
        if self._course is None:
            gevent.kill(self._main, SystemExit(0))
        else:
            self._course.finish(interrupted=interrupted)
            self._begin.set()

    def _turned_away(self, **_: Any) -> None:
        if self._course is None:
            self._plan.set_exception(_NoRunError("the master turned this worker away"))

    def _wait(self) -> None:
        """Return when every worker is ready."""
        course, runner = self._course, self._runner
        assert course is not None  # noqa: S101 - set before the run is held
        with gevent.Timeout(_BEGIN_S, _NoRunError("the master did not begin")):
            while not runner.target_user_classes_count and not self._begin.is_set():
                gevent.sleep(0.02)
            await_clients(course, runner.target_user_classes_count.get(_CLIENTS, 0))
            runner.send_message(READY)
            self._begin.wait()

    def _part(self) -> None:
        """Wait until the master has the account; nobody else listens to it any more."""
        client: Any = self._runner.client
        with suppress(RPCError, gevent.Timeout), gevent.Timeout(_PARTING_S):
            while client.recv().type != "quit":
                pass


def _reporter(course: Course) -> Any:
    def report(client_id: str, data: Said) -> None:  # noqa: ARG001 - as Locust calls it
        data[LEDGER] = course.ledger.dump()

    return report


def _refusal(plan: Plan, hosts: tuple[str, ...] | None) -> str:
    """Say why a plan is not kept to: no master elsewhere has this machine run commands or load whom it likes."""
    if hosts is None:
        return ""
    if not plan.url:
        return "a worker elsewhere starts no commands: stdio is loaded by --processes"
    host = urlsplit(plan.url).hostname or ""
    if may_load(host, hosts):
        return ""
    return f"this machine may not load {host}; if it may: --worker with --i-am-authorized {host}"
