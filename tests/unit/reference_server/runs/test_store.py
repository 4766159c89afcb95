"""The record of runs decides who may run, over threads and processes, and outlives those who wrote it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.locks import locked, state_key
from oraclepack_mcp.runs.model import PackRef, RunCounts, RunModel, RunStep
from oraclepack_mcp.runs.owners import Owner
from oraclepack_mcp.runs.store import Claim, RunStore
from oraclepack_mcp.security.roots import Location, Root

MYSELF = Owner.myself()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "records")
    yield store
    store.close()


def a_run(run_id: str, pack: str = "w:p.md") -> RunModel:
    return RunModel(
        run_id=run_id,
        pack=PackRef(pack, pack.partition(":")[2], "0" * 64),
        status="queued",
        mode="all",
        selected=["01", "02"],
        counts=RunCounts(total=2, pending=2),
        current_step=None,
        steps=[RunStep("01", "pending"), RunStep("02", "pending")],
        not_run=[],
        warnings=[],
        created_at="2026-01-01T00:00:00Z",
        started_at=None,
        ended_at=None,
        exit_reason="",
        state_uri="oraclepack://state/w:p.md",
        report_uri="oraclepack://report/w:p.md",
    )


def claim(key: str, owner: Owner = MYSELF) -> Claim:
    return Claim("w:", key, "local", owner)


def a_dead_process() -> Owner:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = Owner.of(process.pid)
        assert owner.is_alive()
    return owner


def code_of(caught: pytest.ExceptionInfo[DomainError]) -> str:
    return caught.value.code


def test_a_run_comes_back_as_it_was_saved(store: RunStore) -> None:
    run = a_run("r1")
    store.claim(run, claim("k"), 2)
    assert store.get("r1") == run
    ended = replace(run, status="success", steps=[RunStep("01", "success", 0, attempts=1)])
    store.save(ended)
    assert store.get("r1") == ended


def test_an_unknown_run_is_not_found(store: RunStore) -> None:
    with pytest.raises(DomainError) as caught:
        store.get("nope")
    assert code_of(caught) == "RUN_NOT_FOUND"


def test_a_pack_runs_once_at_a_time(store: RunStore) -> None:
    store.claim(a_run("r1"), claim("k"), 2)
    with pytest.raises(DomainError) as caught:
        store.claim(a_run("r2"), claim("k"), 2)
    assert (code_of(caught), caught.value.details["run_id"]) == ("RUN_BUSY", "r1")
    store.save(replace(store.get("r1"), status="failed"))
    store.claim(a_run("r2"), claim("k"), 2)


def test_so_many_packs_run_at_a_time(store: RunStore) -> None:
    store.claim(a_run("r1"), claim("k1"), 2)
    store.claim(a_run("r2"), claim("k2"), 2)
    with pytest.raises(DomainError) as caught:
        store.claim(a_run("r3"), claim("k3"), 2)
    assert (code_of(caught), caught.value.details["limit"]) == ("RUN_BUSY", "server")


def test_of_many_that_claim_at_once_one_gets_the_pack(tmp_path: Path) -> None:
    stores = [RunStore(tmp_path) for _ in range(4)]
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def attempt(number: int) -> None:
        barrier.wait(10)
        try:
            stores[number % 4].claim(a_run(f"r{number}"), claim("k"), 9)
            outcomes.append("claimed")
        except DomainError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for store in stores:
        store.close()
    assert sorted(outcomes) == ["RUN_BUSY"] * 7 + ["claimed"]


def test_runs_of_dead_processes_hold_no_room(store: RunStore) -> None:
    store.claim(a_run("r1"), claim("k", a_dead_process()), 1)
    store.claim(a_run("r2"), claim("k"), 1)
    assert store.get("r2").run_id == "r2"


def test_a_process_of_the_same_number_is_not_the_same_process() -> None:
    assert MYSELF.is_alive()
    assert not Owner(MYSELF.pid, "another birth").is_alive()


def test_runs_of_dead_processes_are_interrupted_once(store: RunStore) -> None:
    run = replace(
        a_run("r1"),
        status="running",
        current_step="01",
        counts=RunCounts(total=2, pending=1, running=1),
        steps=[RunStep("01", "running", attempts=1), RunStep("02", "pending")],
    )
    store.claim(run, claim("k1", a_dead_process()), 2)
    store.claim(a_run("r2"), claim("k2"), 2)
    found = store.abandon("2026-01-01T00:01:00Z", "interrupted: gone")
    assert [(one.run.run_id, one.workdir) for one in found] == [("r1", "w:")]
    after = store.get("r1")
    assert (after.status, after.exit_reason, after.current_step) == ("interrupted", "interrupted: gone", None)
    assert [(step.status, step.error) for step in after.steps] == [("failed", "interrupted: gone"), ("pending", "")]
    assert after.counts == RunCounts(total=2, pending=1, failed=1)
    assert store.abandon("2026-01-01T00:02:00Z", "again") == []
    assert store.get("r2").status == "queued"


def test_a_request_to_cancel_reaches_other_processes_and_the_first_reason_stays(tmp_path: Path) -> None:
    here, there = RunStore(tmp_path), RunStore(tmp_path)
    here.claim(a_run("r1"), claim("k"), 1)
    assert here.cancel_reason("r1") is None
    there.request_cancel("r1", "first")
    there.request_cancel("r1", "second")
    assert here.cancel_reason("r1") == "first"
    here.close()
    there.close()


def test_a_run_that_has_ended_cannot_be_asked_to_stop(store: RunStore) -> None:
    store.claim(a_run("r1"), claim("k"), 1)
    store.save(replace(a_run("r1"), status="success"))
    store.request_cancel("r1", "too late")
    assert store.cancel_reason("r1") is None


def test_pages_are_newest_first_and_narrowed(store: RunStore) -> None:
    for number in range(5):
        run = a_run(f"r{number}", pack="w:even.md" if number % 2 == 0 else "w:odd.md")
        store.claim(run, claim(f"k{number}"), 9)
        store.save(replace(run, status="failed" if number == 3 else "success"))

    def page(pack: str | None, status: str | None, before: int | None, limit: int) -> list[str]:
        return [run.run_id for _, run in store.page(pack, status, before=before, limit=limit)]

    number_of_r4 = store.page(None, None, before=None, limit=1)[0][0]
    assert page(None, None, number_of_r4, 2) == ["r3", "r2"]
    assert page("w:even.md", None, None, 9) == ["r4", "r2", "r0"]
    assert page("w:odd.md", "failed", None, 9) == ["r3"]


def test_each_change_gives_a_new_version(store: RunStore) -> None:
    store.claim(a_run("r1"), claim("k"), 1)
    before = store.versions(10)
    store.save(a_run("r1"))
    assert before == [("r1", "w:p.md", 1)]
    assert store.versions(10) == [("r1", "w:p.md", 2)]


def test_old_runs_are_forgotten_but_not_running_ones(store: RunStore) -> None:
    for number in range(4):
        run = a_run(f"r{number}")
        store.claim(run, claim(f"k{number}"), 9)
        if number:
            store.save(replace(run, status="success"))
    assert store.forget(keep=2) == ["r1"]
    assert [run.run_id for _, run in store.page(None, None, before=None, limit=9)] == ["r3", "r2", "r0"]


def test_a_nonce_is_used_once_and_then_forgotten(tmp_path: Path) -> None:
    here, there = RunStore(tmp_path), RunStore(tmp_path)
    assert here.use_nonce("n", now=0, expires_at=10)
    assert not there.use_nonce("n", now=5, expires_at=10)
    assert there.use_nonce("n", now=11, expires_at=20)
    here.close()
    there.close()


def test_the_records_are_private(tmp_path: Path) -> None:
    RunStore(tmp_path / "records").close()
    assert (tmp_path / "records").stat().st_mode & 0o777 == 0o700


def test_a_lock_is_held_by_one_and_freed_by_the_death_of_its_holder(tmp_path: Path) -> None:
    state = Location(Root.open("w", tmp_path), ("p.state.json",))
    key = state_key(state)
    program = (
        "import pathlib\nfrom oraclepack_mcp.runs.locks import locked\n"
        f"with locked(pathlib.Path({str(tmp_path)!r}), {key!r}):\n print('held', flush=True)\n input()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DomainError) as caught, locked(tmp_path, key):
            pass
        assert code_of(caught) == "RUN_BUSY"
        holder.kill()
        holder.wait()
        with locked(tmp_path, key):
            assert (tmp_path / f"{key}.lock").exists()


def test_one_file_has_one_key_whatever_its_root_is_called(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    whole = Location(Root.open("a", tmp_path), ("sub", "p.state.json"))
    below = Location(Root.open("b", tmp_path / "sub"), ("p.state.json",))
    assert state_key(whole) == state_key(below)
