"""Runs side by side, in one process and in several: busy packs, cancelling, shutting down, going on after a death."""

import os
import threading
from dataclasses import replace
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs import reaper
from oraclepack_mcp.runs.environment import mark_of
from oraclepack_mcp.runs.locks import locked, state_key
from oraclepack_mcp.runs.model import RunModel, RunOptions, RunStep
from oraclepack_mcp.runs.owners import Owner
from oraclepack_mcp.runs.store import Claim, RunStore
from oraclepack_mcp.security.roots import Location

WAITS = {1: "setsid sleep 60 & (trap '' TERM; sleep 60) & touch begun; wait"}


def nothing_is_left(run: RunModel) -> bool:
    return reaper.members(0, mark_of(run.run_id)) == set()


def test_a_detached_run_is_handed_back_at_once_and_followed(bench: Any) -> None:
    service = bench.service()
    os.mkfifo(bench.directory / "gate")
    bench.pack({1: "touch begun; read -r < gate; echo done"})
    run = bench.begin(service)
    assert run.status in {"queued", "running"}
    assert service.get(run.run_id, 0.01).status == "running"
    assert service.get(run.run_id).current_step == "01"
    assert not service.read_log(run.run_id, "01").eof
    (bench.directory / "gate").write_text("\n")
    assert service.get(run.run_id, 20).status == "success"
    assert service.read_log(run.run_id, "01").text == "done\n"
    assert service.read_log(run.run_id, "01").eof


def test_a_pack_that_is_running_is_busy_for_everybody(bench: Any) -> None:
    here, there = bench.service(), bench.service()
    bench.pack(WAITS)
    run = bench.begin(here)
    for service in (here, there):
        with pytest.raises(DomainError) as caught:
            bench.run(service)
        assert (caught.value.code, caught.value.details["run_id"]) == ("RUN_BUSY", run.run_id)
    here.cancel(run.run_id, "", "local")


def test_of_parallel_runs_of_a_pack_one_runs(bench: Any) -> None:
    service = bench.service()
    os.mkfifo(bench.directory / "gate")
    bench.pack({1: "touch begun; read -r < gate"})
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def attempt() -> None:
        barrier.wait(10)
        try:
            outcomes.append(bench.run(service).status)
        except DomainError as error:
            outcomes.append(error.code)
            (bench.directory / "gate").write_text("\n")

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["RUN_BUSY", "success"]


def test_a_third_pack_has_to_wait(bench: Any) -> None:
    service = bench.service()
    runs = []
    for name in ("a.md", "b.md"):
        bench.pack(WAITS, name=name)
        runs.append(bench.begin(service, name))
        (bench.directory / "begun").unlink()
    bench.pack({}, name="c.md")
    with pytest.raises(DomainError) as caught:
        bench.run(service, "c.md")
    assert (caught.value.code, caught.value.details) == ("RUN_BUSY", {"limit": "server"})
    for run in runs:
        service.cancel(run.run_id, "", "local")
    assert bench.run(service, "c.md").status == "success"


def test_the_same_pack_may_run_in_two_directories(bench: Any) -> None:
    service = bench.service()
    bench.pack(WAITS)
    (bench.directory / "other").mkdir()
    run = bench.begin(service)
    second = bench.run(service, workdir="other", mode="steps", steps=("02",))
    assert second.status == "success"
    assert (bench.directory / "other" / "p.state.json").exists()
    service.cancel(run.run_id, "", "local")


@pytest.mark.parametrize("from_other_worker", [False, True])
def test_cancelling_ends_every_process_and_is_recorded(bench: Any, from_other_worker: bool) -> None:
    service = bench.service()
    bench.pack(WAITS)
    run = bench.begin(service)
    asked = bench.service() if from_other_worker else service
    ended = asked.cancel(run.run_id, "enough", "somebody")
    assert (ended.status, ended.exit_reason) == ("cancelled", "cancelled: enough (by somebody)")
    assert nothing_is_left(run)
    assert ended.steps[0].error == "cancelled: enough (by somebody)"
    assert {entry.reason for entry in ended.not_run} == {"cancelled"}
    state = (bench.directory / "p.state.json").read_text()
    assert '"cancelled": true' in state
    assert (bench.directory / "p.report.json").exists()
    assert service.cancel(run.run_id, "again", "local") == ended


def test_a_reason_is_recorded_without_secrets_and_as_text(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_API_KEY", "canary-of-the-server")
    service = bench.service()
    bench.pack(WAITS)
    run = bench.begin(service)
    ended = service.cancel(run.run_id, "canary-of-the-server \ud800", "me")
    assert ended.exit_reason == "cancelled: [masked] ? (by me)"


def test_cancelling_stops_retries(bench: Any) -> None:
    service = bench.service()
    bench.pack({1: "touch begun; sleep 60"})
    run = bench.begin(service, retries=5)
    ended = service.cancel(run.run_id, "", "local")
    assert (ended.status, ended.steps[0].attempts) == ("cancelled", 1)


def test_a_cancelled_prelude_is_no_failure_of_the_pack(bench: Any) -> None:
    service = bench.service()
    bench.pack({}, prelude="touch begun; sleep 60")
    run = bench.begin(service)
    assert service.cancel(run.run_id, "", "local").status == "cancelled"


def test_shutting_down_stops_runs_records_it_and_lets_nothing_start(bench: Any) -> None:
    service = bench.service()
    bench.pack(WAITS)
    run = bench.begin(service)
    service.shutdown(10)
    assert nothing_is_left(run)
    with pytest.raises(DomainError) as caught:
        bench.run(service)
    assert caught.value.code == "UNAVAILABLE"
    ended = bench.service().get(run.run_id)
    assert (ended.status, ended.exit_reason) == ("cancelled", "cancelled: the server is shutting down")


def test_shutting_down_without_patience_still_leaves_no_process(bench: Any) -> None:
    service = bench.service(grace_s=60.0)
    bench.pack({1: "trap '' TERM; touch begun; while true; do sleep 60; done"})
    run = bench.begin(service)
    service.shutdown(0.1)
    assert nothing_is_left(run)
    assert bench.service().get(run.run_id).status == "cancelled"


def test_a_run_of_a_dead_process_is_interrupted_and_goes_on(bench: Any) -> None:
    service = bench.service()
    bench.pack({n: f"echo {n} >> ran; test ! -e bad{n}" for n in range(1, 21)})
    (bench.directory / "bad3").touch()
    first = bench.run(service)
    (bench.directory / "bad3").unlink()
    as_if_running = replace(
        first,
        run_id="20260101T000000-0123456789ab",
        status="running",
        steps=[RunStep("03", "running", attempts=1)],
    )
    store = RunStore(bench.records)
    location = Location(bench.roots().roots[0], ("p.state.json",))
    dead = Owner(os.getpid(), "another birth")
    store.claim(as_if_running, Claim("w:", state_key(location), "local", dead), 2)
    store.close()
    assert service.recover() == [as_if_running.run_id]
    assert service.get(as_if_running.run_id).status == "interrupted"
    assert service.recover() == []
    (bench.directory / "ran").write_text("")
    assert bench.run(service, mode="resume").status == "success"
    assert (bench.directory / "ran").read_text().split()[0] == "3"


def test_a_state_that_is_in_use_is_not_touched(bench: Any) -> None:
    service = bench.service()
    bench.pack({})
    location = Location(bench.roots().roots[0], ("p.state.json",))
    with locked(bench.records / "locks", state_key(location)), pytest.raises(DomainError) as caught:
        bench.run(service)
    assert caught.value.code == "RUN_BUSY"
    assert not (bench.directory / "p.state.json").exists()


def test_a_state_that_cannot_be_written_ends_the_run_and_says_so(bench: Any) -> None:
    service = bench.service()
    bench.pack({1: "mkdir keep; mv p.state.json keep; mkdir p.state.json", 2: "touch never"})
    run = bench.run(service)
    assert (run.status, run.exit_reason) == ("failed", "w:p.state.json is not a regular file")
    assert run.steps[0].status == "failed"
    assert service.get(run.run_id) == run
    assert not (bench.directory / "never").exists()
    assert service.start(RunOptions("p.md", workdir="keep"), "local").status == "failed"


def test_a_step_that_cannot_be_started_fails_like_any_other(bench: Any) -> None:
    bench.pack({})
    run = bench.run(bench.service(runner_prefix=("/no/such/sandbox", "--")))
    assert (run.status, run.steps[0].status) == ("failed", "failed")
    assert run.exit_reason == (
        "step 01 failed: execution failed: the program cannot be started: No such file or directory"
    )
    assert '"failed"' in (bench.directory / "p.state.json").read_text()


def test_a_mistake_of_the_server_is_recorded_and_not_hidden(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = bench.service()
    bench.pack({})

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("oraclepack_mcp.runs.executor.Executor.execute", broken)
    with pytest.raises(ZeroDivisionError):
        bench.run(service)
    monkeypatch.undo()
    assert service.list().runs[0].status == "failed"
    assert bench.run(service).status == "success"


def test_the_state_of_a_running_pack_is_left_alone(bench: Any) -> None:
    here, there = bench.service(), bench.service()
    state = Location(bench.roots().roots[0], ("p.state.json",))
    with there.undisturbed(state):
        assert not bench.records.exists()
    bench.pack(WAITS)
    run = bench.begin(here)
    for service in (here, there):
        with pytest.raises(DomainError, match="RUN_BUSY"), service.undisturbed(state):
            raise AssertionError("it was disturbed")
    here.cancel(run.run_id, "", "local")
    with there.undisturbed(state):
        assert nothing_is_left(run)
