"""A server that is killed in the middle of a run leaves no process, and the next one goes on where it stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.runs import reaper
from oraclepack_mcp.runs.environment import mark_of
from oraclepack_mcp.runs.model import RunOptions
from oraclepack_mcp.runs.preparation import Surroundings
from oraclepack_mcp.runs.service import RunService
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.roots import Location, Root, Roots

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system shows no table of processes"),
]

STEPS = {
    1: "echo 1 >> ran",
    2: "echo 2 >> ran; touch begun; setsid sleep 300 & (trap '' TERM HUP INT; sleep 300; sleep 300) & "
    "test -e go-on || wait",
    3: "echo 3 >> ran",
}

PROCESSES = 4
"""Processes of step 02: its shell, the sleeper in another session, the shell that takes no hint, and its sleeper."""


def service_on(directory: Path, records: Path) -> RunService:
    roots = Roots((Root.open("w", directory, writable=True),))
    settings = ExecutionSettings(policy="confirm", grace_s=0.5, state_dir=records)
    surroundings = Surroundings(lambda name, pack: None, lambda pack, given: given, nullcontext)
    return RunService(roots, Location(roots.roots[0], ()), settings, surroundings)


def serve(directory: Path, records: Path) -> None:
    """The server that will be killed: it begins a detached run and waits."""
    service = service_on(directory, records)
    run = service.start(RunOptions("p.md", step_count="any"), "local", detach=True)
    sys.stdout.write(f"{run.run_id}\n")
    sys.stdout.flush()
    service.get(run.run_id, 300)


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, Path, str]:
    """The directory, the records and the run of a server that was killed during step 02."""
    directory, records = tmp_path / "root", tmp_path / "records"
    directory.mkdir()
    lines = [line for number, code in STEPS.items() for line in (f"# {number:02})", code)]
    (directory / "p.md").write_text("# p\n\n```bash\n" + "\n".join(lines) + "\n```\n")
    with subprocess.Popen(
        [sys.executable, __file__, str(directory), str(records)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            run_id = server.stdout.readline().strip()
            eventually((directory / "begun").exists)
            eventually(lambda: len(reaper.members(0, mark_of(run_id))) >= PROCESSES)
        finally:
            os.kill(server.pid, signal.SIGKILL)
    return directory, records, run_id


@pytest.fixture
def next_server(killed: tuple[Path, Path, str]) -> Iterator[RunService]:
    service = service_on(*killed[:2])
    yield service
    service.shutdown(5)


def state_of(directory: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((directory / "p.state.json").read_text())
    return loaded


def test_no_process_of_the_run_outlives_the_server(killed: tuple[Path, Path, str]) -> None:
    eventually(lambda: not reaper.members(0, mark_of(killed[2])))
    assert reaper.members(0, mark_of(killed[2])) == set()


def test_the_state_is_whole_and_says_what_was_running(killed: tuple[Path, Path, str]) -> None:
    statuses = state_of(killed[0])["step_statuses"]
    assert {key: value["status"] for key, value in statuses.items()} == {"01": "success", "02": "running"}


def test_the_next_server_marks_the_run_and_goes_on(killed: tuple[Path, Path, str], next_server: RunService) -> None:
    directory, _, run_id = killed
    assert next_server.get(run_id).status == "running"
    assert next_server.recover() == [run_id]
    interrupted = next_server.get(run_id)
    assert interrupted.status == "interrupted"
    assert [(step.id, step.status) for step in interrupted.steps] == [
        ("01", "success"),
        ("02", "failed"),
        ("03", "pending"),
    ]
    assert state_of(directory)["step_statuses"]["02"]["error"].startswith("interrupted: ")
    (directory / "go-on").touch()
    resumed = next_server.start(RunOptions("p.md", mode="resume", step_count="any"), "local")
    assert (resumed.status, resumed.selected) == ("success", ["02", "03"])
    assert (directory / "ran").read_text().split() == ["1", "2", "2", "3"]
    assert not reaper.members(0, mark_of(resumed.run_id))


def test_the_dead_run_keeps_nobody_from_starting(killed: tuple[Path, Path, str], next_server: RunService) -> None:
    (killed[0] / "go-on").touch()
    assert next_server.start(RunOptions("p.md", mode="failed", step_count="any"), "local").selected == ["02"]


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
