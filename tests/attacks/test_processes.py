"""Attacks on what scripts inherit, on how they end, and on what is kept of what they say (S-19 to S-23)."""

import os
import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.arena import Arena, attack

with_processes = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="this system shows no table of processes"
)
CANARIES = {
    "OPENAI_API_KEY": "canary-of-a-key",
    "MCP_SERVER_TOKEN": "canary-of-a-token",
    "ORACLEPACK_MCP_REQUEST_STATE_KEY": "canary-of-the-server",
    "LD_CANARY": "canary-of-the-loader",
    "BASH_ENV": "canary-of-the-shell",
}
OFFSPRING = """\
sleep 300 & echo $! >> pids
setsid sleep 300 & echo $! >> pids
(trap '' TERM HUP INT; exec sleep 300) & echo $! >> pids
echo said before
touch begun
wait"""
LOUD = "head -c 40000000 /dev/zero | tr '\\0' x"
KEPT = 65_536


def log_of(arena: Arena, run: dict[str, Any], **part: Any) -> dict[str, Any]:
    return arena.call("oraclepack_read_log", run_id=run["run_id"], step_id="01", **part)


@attack("oraclepack/s19-hands-on-everything")
def test_s19_scripts_see_nothing_of_the_server(arena: Arena) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CANARIES.items():
            patch.setenv(name, value)
        run = arena.run("env > seen; (env >> seen); tr '\\0' '\\n' < /proc/self/environ >> seen || true")
    assert run["status"] == "success"
    seen = arena.root.joinpath("seen").read_text()
    assert not [name for name in CANARIES if name in seen]
    assert "canary" not in seen


@attack("oraclepack/s20-login-shell")
def test_s20_no_profile_is_read(arena: Arena) -> None:
    for name in (".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_logout", "env"):
        arena.outside.joinpath(name).write_text(f"touch '{arena.outside}/read'\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(arena.outside))
        patch.setenv("BASH_ENV", str(arena.outside / "env"))
        patch.setenv("ENV", str(arena.outside / "env"))
        run = arena.run("true")
    assert run["status"] == "success"
    assert not arena.outside.joinpath("read").exists()


@with_processes
@attack("oraclepack/s21-ends-one-process")
def test_s21_nothing_outlives_the_limit_of_a_step(arena: Arena) -> None:
    with offspring(arena) as pids:
        run = arena.run(OFFSPRING, step_timeout_s=1)
        assert run["steps"][0]["error"] == "timed out after 1 s"
        assert len(pids()) == 3
        assert not [pid for pid in pids() if is_alive(pid)]


@with_processes
@attack("oraclepack/s21-ends-one-process")
def test_s21_nothing_outlives_a_run_that_is_cancelled(arena: Arena) -> None:
    with offspring(arena) as pids:
        run = arena.run(OFFSPRING, detach=True)
        while not arena.root.joinpath("begun").exists():
            assert arena.call("oraclepack_get_run", run_id=run["run_id"], wait_s=0.05)["status"] in {
                "queued",
                "running",
            }
        ended = arena.call("oraclepack_cancel_run", run_id=run["run_id"], reason="enough")
        assert ended["status"] == "cancelled"
        assert not [pid for pid in pids() if is_alive(pid)]


@with_processes
@attack("oraclepack/s21-ends-one-process")
def test_s21_nothing_outlives_a_step_that_ends_by_itself(arena: Arena) -> None:
    with offspring(arena) as pids:
        run = arena.run(OFFSPRING.removesuffix("wait"))
        assert run["status"] == "success"
        assert not [pid for pid in pids() if is_alive(pid)]


@attack("oraclepack/s22-collects-and-keeps-the-head", execution={"log_bytes": KEPT})
def test_s22_a_loud_step_costs_little_memory_and_little_disk(arena: Arena) -> None:
    tracemalloc.start()
    try:
        run = arena.run(LOUD)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run["status"] == "success"
    assert log_of(arena, run)["dropped_bytes"] == 40_000_000 - KEPT
    assert peak < 20_000_000
    assert all(path.stat().st_size < KEPT + 1024 for path in arena.settings.execution.records().rglob("*.log"))


@attack("oraclepack/s22-collects-and-keeps-the-head", execution={"log_bytes": KEPT})
def test_s22_the_end_with_the_error_is_kept(arena: Arena) -> None:
    run = arena.run(f"{LOUD}; echo; echo 'the error at the end' >&2; exit 3")
    assert run["steps"][0]["exit_code"] == 3
    log = log_of(arena, run, offset=40_000_000)
    assert log["text"] == "\nthe error at the end\n"
    assert log["eof"]


@attack("oraclepack/s22-collects-and-keeps-the-head", execution={"log_bytes": KEPT})
def test_s22_no_character_is_cut_in_two(arena: Arena) -> None:
    run = arena.run("printf x; for i in {1..30000}; do printf '\\u20ac'; done")
    whole = log_of(arena, run, limit=1_048_576)
    assert whole["dropped_bytes"] == 90_001 - KEPT
    assert set(whole["text"]) == {"\u20ac"}
    pieces, offset = [], 0
    while offset < 90_001:
        part = log_of(arena, run, offset=offset, limit=10_000)
        pieces.append(part["text"])
        offset = part["next_offset"]
    assert "".join(pieces) == whole["text"]


@attack("oraclepack/s23-drops-output-at-limit")
def test_s23_what_was_said_before_the_limit_can_be_read(arena: Arena) -> None:
    run = arena.run("echo said before; printf 'and this'; sleep 300", step_timeout_s=1)
    assert run["steps"][0]["error"] == "timed out after 1 s"
    assert log_of(arena, run)["text"] == "said before\nand this"


@contextmanager
def offspring(arena: Arena) -> Iterator[Any]:
    """The processes that a step has written down; those that a fault has left are ended."""

    def pids() -> list[int]:
        return [int(line) for line in arena.root.joinpath("pids").read_text().split()]

    try:
        yield pids
    finally:
        for pid in pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
