"""Several generators for one run: here, on other loopback addresses, and in network namespaces."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest
from mcp_audit_harness.load.generator.peers import KEY_VARIABLE
from mcp_audit_harness.load.plan import Generated, Plan, Stage
from mcp_audit_harness.model import Revision
from mcp_audit_harness.model.loading import Bottleneck

from tests.generating import PATIENCE_S, generator, gone, plan_of
from tests.loaded_server import LoadedServer

pytestmark = pytest.mark.e2e

SERVE = "import sys; from mcp_audit_harness.load.workers import serve_worker; "


@contextmanager
def elsewhere(plan: Plan, *hosts: str, key: str = "") -> Iterator["subprocess.Popen[str]"]:
    """Run a worker as another machine would."""
    host, port = plan.master_bind
    process = subprocess.Popen(
        [sys.executable, "-c", f"{SERVE}sys.exit(serve_worker({host!r}, {port}, {hosts!r}))"],
        stderr=subprocess.PIPE,
        env={**os.environ, KEY_VARIABLE: key},
        text=True,
    )
    try:
        yield process
    finally:
        for child in psutil.Process(process.pid).children() if process.poll() is None else []:
            child.kill()
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def awaiting(address: str, plan: Plan, workers: int = 1) -> Plan:
    """Return the plan with a master at a free port of an address, which awaits workers from elsewhere."""
    with socket.create_server((address, 0)) as probe:
        port = probe.getsockname()[1]
    return replace(plan, expect_workers=workers, master_bind=(address, port))


def _whole(done: Generated, requests: int, processes: int) -> None:
    """Hold that all of a schedule was sent by so many processes, and answered."""
    assert done.all.requests == sum(series.requests for series in done.series if series.label == "ping") == requests
    assert 0 < sum(second.due for second in done.seconds if second.at_s >= 0) <= requests
    assert done.errors == ()
    assert done.generator.processes == processes
    assert done.generator.cpu_s > 0
    assert 0 < done.all.latency.p50_ms <= done.all.latency.p99_ms <= done.all.latency.max_ms
    assert (done.generator.lost, done.interrupted) == ((), False)


@pytest.fixture
def server() -> Iterator[LoadedServer]:
    with LoadedServer().running() as running:
        yield running


def test_two_processes_send_one_schedule_between_them_and_leave_nobody(server: LoadedServer) -> None:
    with generator(plan_of(server.url, rate=51, duration_s=4, clients=6, processes=2)) as running:
        running.until("second")
        workers = running.workers()
        done = running.finish()
    assert len(workers) == 2
    assert gone(workers)
    _whole(done, 204, 2)


def test_a_worker_that_is_lost_is_said_and_never_blamed_on_the_server(server: LoadedServer) -> None:
    with generator(plan_of(server.url, rate=60, duration_s=5, processes=2)) as running:
        running.until("second")
        running.workers()[0].kill()
        done = running.finish()
    [lost] = done.generator.lost
    assert lost.startswith("generator ")
    assert " of 2 was lost" in lost
    assert done.offered_per_s == 60
    assert done.achieved_per_s < 59
    assert done.bottleneck is Bottleneck.GENERATOR
    assert all(stage.generator_bound for stage in done.stages)
    assert done.errors == ()


def test_workers_end_with_a_master_that_is_killed(server: LoadedServer) -> None:
    with generator(plan_of(server.url, duration_s=60, processes=2)) as running:
        running.until("second")
        workers = running.workers()
        running.process.kill()
        assert len(workers) == 2
        assert gone(workers)


def test_an_interrupt_ends_the_run_of_every_worker(server: LoadedServer) -> None:
    with generator(plan_of(server.url, duration_s=60, processes=2)) as running:
        running.until("second")
        running.process.send_signal(signal.SIGINT)
        done = running.finish()
    assert done.interrupted
    assert done.duration_s < 60
    assert done.generator.processes == 2
    assert done.errors == ()


def test_a_growing_load_ends_at_the_step_that_all_workers_together_see_break() -> None:
    with LoadedServer(drops=10).running() as server:
        plan = plan_of(server.url, processes=2, steps=True, revision=Revision.V2026_07_28)
        profile = replace(plan.profile, stages=tuple(Stage(rate, 2) for rate in (40, 50, 60, 70, 80)))
        with generator(replace(plan, profile=profile)) as running:
            done = running.finish()
    assert not done.interrupted
    assert done.duration_s < 10
    assert done.stages[0].errors > 0
    assert len(done.stages) < 5


def test_processes_over_stdio_have_their_children_between_them() -> None:
    argv = (sys.executable, "-m", "oraclepack_mcp", "--transport", "stdio")
    with generator(plan_of(argv=argv, rate=20, clients=2, processes=2)) as running:
        children = [psutil.Process(pid) for pid in running.until("pids")]
        done = running.finish()
    assert len(children) == 2
    assert gone(children)
    _whole(done, 40, 2)


def test_workers_come_from_elsewhere_to_a_master_on_another_loopback_address(server: LoadedServer) -> None:
    plan = awaiting("127.0.0.2", plan_of(server.url, rate=40), workers=2)
    with elsewhere(plan, key="k") as one, elsewhere(plan, key="k") as other, generator(plan, {KEY_VARIABLE: "k"}) as it:
        done = it.finish()
        assert (one.wait(PATIENCE_S), other.wait(PATIENCE_S)) == (0, 0)
    _whole(done, 80, 2)


def test_a_worker_without_the_key_of_the_run_is_turned_away_and_sees_no_plan(server: LoadedServer) -> None:
    plan = awaiting("127.0.0.1", plan_of(server.url, rate=20))
    with generator(plan, {KEY_VARIABLE: "right"}) as running:
        with elsewhere(plan, key="wrong") as stranger:
            assert stranger.wait(PATIENCE_S) == 1
            assert stranger.stderr is not None
            assert "turned this worker away" in stranger.stderr.read()
        with elsewhere(plan, key="right") as friend:
            done = running.finish()
            assert friend.wait(PATIENCE_S) == 0
    _whole(done, 40, 1)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (plan_of("http://192.0.2.1/mcp"), "may not load 192.0.2.1"),
        (plan_of(argv=("/bin/true",)), "starts no commands"),
    ],
)
def test_a_worker_elsewhere_loads_and_starts_nothing_that_nobody_allowed_there(plan: Plan, why: str) -> None:
    plan = awaiting("127.0.0.1", plan)
    with generator(plan) as running, elsewhere(plan) as worker:
        assert worker.wait(PATIENCE_S) == 1
        assert worker.stderr is not None
        assert why in worker.stderr.read()
        assert running.process.wait(PATIENCE_S) == 1
