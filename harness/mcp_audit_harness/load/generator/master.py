"""Several generators for one run: Locust's master, which sends nothing itself, and its workers here and elsewhere.

Each worker takes every n-th request of the schedule and its share of the clients. Their ledgers come with Locust's
reports, once a second, and are merged; a second of the run is told when the reports about it must have come. A worker
that is lost leaves a hole: what it should have sent counts as offered, and the run says that the generator was at
fault, whatever was achieved.
"""

import math
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import gevent
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner

from ..plan import Generated, Plan
from .course import Course
from .crew import Worker, blamed, started_here
from .entry import end_with_parent, say
from .ledger import Ledger
from .local import gave_way, user_classes, users
from .peers import BEGIN, BUILT, DONE, FINISH, HELLO, KEY_VARIABLE, LEDGER, PLAN, READY, REPORT_S, Said, knows, task
from .results import generated
from .watching import watched

_HERE_S: Final = 60.0
_ELSEWHERE_S: Final = 300.0
"""How long workers of this machine, and of others, may take to connect."""
_BUILD_S: Final = 60.0
_READY_S: Final = 30.0
_LAG_S: Final = 2 * REPORT_S + 0.5
_MISSED_S: Final = 10.0
"""A worker that is not heard of for so long is lost."""
_LAST_S: Final = 20.0
"""For the last accounts, after every answer had its time."""


def direct(plan: Plan) -> Generated:
    """Hold a run with several workers; exits with a sentence if they do not come together."""
    here = plan.processes if plan.processes > 1 else 0
    secret = os.environ.get(KEY_VARIABLE) or ("" if plan.expect_workers else secrets.token_hex(16))
    host, port = plan.master_bind if plan.expect_workers else ("127.0.0.1", 0)
    found = Environment(user_classes=user_classes(Course(plan)), host=plan.url or "stdio", stop_timeout=0.0)
    runner = found.create_master_runner(host, port)
    master = Master(plan, runner, here + plan.expect_workers, secret)
    end_with_parent(master.finish)
    local = "127.0.0.1" if host in {"0.0.0.0", "*", ""} else host  # noqa: S104 - compared, not bound
    with started_here(here, local, runner.server.port, secret) as processes:
        master.processes = processes
        with watched(found, plan, master.ledger, lambda url: say("web", url), master.finish):
            return master.hold()


class Master:
    """One run; see the module."""

    def __init__(self, plan: Plan, runner: MasterRunner, workers: int, secret: str) -> None:
        self.plan, self.runner = plan, runner
        self.ledger = Ledger(plan.profile, "master")
        self.ledger.silence.kept.append((-math.inf, math.inf, math.inf))  # it waits for nothing itself
        self.processes: list[subprocess.Popen[bytes]] = []
        self._wanted, self._secret = workers, secret
        self._workers: dict[str, Worker] = {}
        self._origin = math.inf
        self._interrupted = self._finished = False
        for word, take in ((HELLO, self._greet), (BUILT, self._built), (READY, self._ready), (DONE, self._done)):
            runner.register_message(word, take)
        events: Any = runner.environment.events
        events.worker_report.add_listener(self._report)
        events.test_stopping.add_listener(lambda **_: self.finish(interrupted=True))

    def hold(self) -> Generated:
        """Bring the workers together, follow the run to its end, and account for it."""
        self._gather()
        begun = time.perf_counter()
        self._origin = begun + self.plan.profile.warmup_s
        self.runner.send_message(BEGIN)
        second = self._follow()
        self._account_for_lost()
        for number in range(second, max([second, *self.ledger.seconds]) + 1):
            say("second", self.ledger.close(number))
        self._finished = True
        took = time.perf_counter() - begun
        self.runner.quit()
        done = generated(self.ledger, self.plan.profile, took, interrupted=self._interrupted)
        return blamed(done, [each.loss(self._wanted) for each in self._workers.values() if not each.done])

    def finish(self, *, interrupted: bool) -> None:
        """End the run early: let the workers send nothing more."""
        if self._finished:
            return
        if self._origin == math.inf:
            raise SystemExit("interrupted before the workers had come together")
        self._interrupted = self._interrupted or interrupted
        self._finished = True
        self.ledger.end_s = min(self.ledger.end_s, max(0.0, self._now()))
        self.runner.send_message(FINISH, {"interrupted": interrupted})

    def _now(self) -> float:
        return time.perf_counter() - self._origin

    def _gather(self) -> None:
        patience = _ELSEWHERE_S if self.plan.expect_workers else _HERE_S
        self._await(lambda: len(self._workers) == self._wanted, patience, "connected")
        for name, worker in self._workers.items():
            self.runner.send_message(PLAN, task(self.plan, worker.index, self._wanted), name)
        self._await(lambda: all(each.built for each in self._workers.values()), _BUILD_S, "understood the plan")
        refused = [each.refused for each in self._workers.values() if each.refused]
        if refused:
            raise SystemExit(f"a worker refused: {refused[0]}")
        pids = tuple(pid for worker in self._workers.values() for pid in worker.pids)
        if pids:
            say("pids", pids)
        many = users(self.runner.environment)
        self.runner.start(many, spawn_rate=many)
        self._await(lambda: all(each.ready for each in self._workers.values()), _READY_S, "got ready")

    def _await(self, reached: Callable[[], bool], most_s: float, what: str) -> None:
        until = time.monotonic() + most_s
        while not reached():
            ended = [process for process in self.processes if process.poll() is not None]
            if ended or time.monotonic() > until:
                why = "one ended" if ended else f"not within {most_s:.0f} s"
                raise SystemExit(f"not all of {self._wanted} workers {what}: {why}")
            gevent.sleep(0.02)

    def _follow(self) -> int:
        """Tell each second once the reports of it must have come; return the first one that was not told."""
        profile = self.plan.profile
        number = math.floor(-profile.warmup_s)
        while not self._over():
            gevent.sleep(0.1)
            self._look_after()
            while self._now() >= number + 1 + _LAG_S:
                if not say("second", self.ledger.close(number)):
                    self.finish(interrupted=True)
                number += 1
            if profile.steps and not self._finished and gave_way(self.ledger, profile, self._now() - _LAG_S):
                self.finish(interrupted=False)
        return number

    def _over(self) -> bool:
        latest = self.ledger.end_s + self.plan.profile.timeout_s + _LAST_S
        return all(each.done or each.lost_at_s is not None for each in self._workers.values()) or self._now() > latest

    def _look_after(self) -> None:
        """Note which workers are lost: a process of ours has ended, or nothing has been heard of it for long."""
        ended = {process.pid for process in self.processes if process.poll() is not None}
        for name, worker in self._workers.items():
            if worker.done or worker.lost_at_s is not None:
                continue
            node = self.runner.clients.get(name)
            silent = node is None or node.state == STATE_MISSING
            if not silent:
                worker.silent_since = None
            elif worker.silent_since is None:
                worker.silent_since = time.monotonic()
            missed = worker.silent_since is not None and time.monotonic() - worker.silent_since > _MISSED_S
            if missed or worker.pid in ended:
                worker.lost_at_s = self._now()

    def _account_for_lost(self) -> None:
        """Count what lost workers have not sent as offered, and do not take their silence for the target's speech."""
        for worker in self._workers.values():
            if worker.done:
                continue
            for due in worker.missing(self.plan, self._wanted, self.ledger.end_s):
                self.ledger.due(due)
            told = self.ledger.quiet.setdefault(str(worker.index), [])
            last = told[-1][1] if told else -math.inf
            told.append((last, math.inf, math.inf))

    def _greet(self, msg: Any, **_: Any) -> None:
        """Admit a worker that knows the key, as far as one is wanted; send away any other."""
        name = msg.node_id
        if name in self._workers:
            return
        if len(self._workers) >= self._wanted or not knows(msg.data, self._secret):
            sys.stderr.write("a worker was turned away: it is one too many, or does not know the key of the run\n")
            self.runner.send_message("quit", None, name)
            self.runner.clients.pop(name, None)
            return
        self._workers[name] = Worker(len(self._workers), int(msg.data.get("pid", 0)))

    def _built(self, msg: Any, **_: Any) -> None:
        worker = self._workers.get(msg.node_id)
        if worker is not None:
            worker.built, worker.pids, worker.refused = True, tuple(msg.data["pids"]), msg.data["refused"]

    def _ready(self, msg: Any, **_: Any) -> None:
        worker = self._workers.get(msg.node_id)
        if worker is not None:
            worker.ready = True

    def _done(self, msg: Any, **_: Any) -> None:
        self._report(msg.node_id, msg.data)
        worker = self._workers.get(msg.node_id)
        if worker is not None:
            worker.done = True
            self._interrupted = self._interrupted or bool(msg.data["interrupted"])
            self.runner.send_message("quit", None, msg.node_id)

    def _report(self, client_id: str, data: Said, **_: Any) -> None:
        """Merge what a worker has counted since its last report."""
        worker, plain = self._workers.get(client_id), data.get(LEDGER)
        if worker is not None and plain is not None and not worker.done:
            worker.due += sum(second["due"] for second in plain["seconds"].values())
            self.ledger.merge(plain)
