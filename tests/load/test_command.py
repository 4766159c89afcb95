"""`mcp-audit load`: what it says of a clean server and of one that stalls, by open and by closed loop."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_audit_harness.calibration.reference import http_reference
from mcp_audit_harness.declare import Bench
from mcp_audit_harness.model.loading import Arrivals, LoadRun
from mcp_audit_reports import read_load
from oraclepack_faults.serve import running
from oraclepack_mcp.http.settings import LimitSettings, Rate
from oraclepack_mcp.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PROGRAM = [sys.executable, "-c", "from mcp_audit_harness.cli import main; main()"]
STALL_S, PERIOD_S = 4.0, 9.0
"""Of the server that falls silent."""
WIDE = """
[thresholds]
p50_ms = 2000
p99_ms = 2000
rate_percent = 50
rss_mb = false # some servers here are a thread of pytest
rss_slope_mb_min = false
silence_s = 3
"""
OPEN = f"""
title = "Requests come when they are due"
clients = 200
warmup_s = 1
timeout_s = 30
[[stages]]
rate = 30
duration_s = {PERIOD_S}
{WIDE}"""
FEW = f"""
title = "Few clients, of which none has much time to wait"
clients = 6
warmup_s = 1
[[stages]]
rate = 40
duration_s = 6
[mix]
"tools/call" = 1
{WIDE}"""
CLOSED = f"""
title = "One client that waits for each answer"
arrivals = "closed"
clients = 1
warmup_s = 1
timeout_s = 30
[[stages]]
rate = 150
duration_s = {PERIOD_S}
[mix]
"tools/list" = 1
{WIDE}"""


def load(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    options = ("--call", "all", "--tool", "oraclepack_list_*", "--no-color", "--revision", "2026-07-28")
    return subprocess.run(
        [*PROGRAM, "load", *words, *options],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def seen_in(directory: Path) -> LoadRun:
    return read_load((directory / ".mcp-audit" / "report.json").read_bytes())


def profile_in(directory: Path, text: str) -> str:
    path = directory / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def clean() -> Iterator[str]:
    with http_reference((), Bench.PROCESS) as target:
        yield target.url


@pytest.fixture(scope="module")
def stalling() -> Iterator[str]:
    with http_reference(("load/falls-silent",), Bench.PROCESS) as target:
        yield target.url


def test_a_clean_server_is_loaded_and_nothing_is_found(clean: str, tmp_path: Path) -> None:
    done = load(clean, "--profile", profile_in(tmp_path, OPEN), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    run = seen_in(tmp_path)
    assert run.all.requests == 30 * PERIOD_S
    assert run.all.errors == 0
    assert run.processes


def test_a_stall_shows_when_requests_come_as_they_are_due(stalling: str, tmp_path: Path) -> None:
    done = load(stalling, "--profile", profile_in(tmp_path, OPEN), cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    run = seen_in(tmp_path)
    assert run.arrivals is Arrivals.OPEN
    assert run.all.latency.p99_ms > 600 * STALL_S
    assert "load/slow-tail" in done.stdout


def test_the_same_stall_is_hidden_from_who_waits_for_each_answer(stalling: str, tmp_path: Path) -> None:
    load(stalling, "--profile", profile_in(tmp_path, CLOSED), cwd=tmp_path)
    run = seen_in(tmp_path)
    assert run.arrivals is Arrivals.CLOSED
    assert run.all.latency.max_ms > 600 * STALL_S
    assert run.all.latency.p99_ms < 300 * STALL_S


def test_a_tool_is_not_asked_to_take_its_time(tmp_path: Path) -> None:
    with running(Settings(transport="streamable-http", port=0, profile="diagnostics")) as url:
        done = load(url, "--profile", profile_in(tmp_path, FEW), "--tool", "test_slow_tool", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    slowest = {series.label: series.latency.max_ms for series in seen_in(tmp_path).series}
    assert slowest["tools/call test_slow_tool"] < 450, "with other arguments it takes half a second, or a whole one"


def test_a_limit_on_requests_is_no_failure(tmp_path: Path) -> None:
    rate = Rate(requests=250, calls_of_a_tool=250)
    limits = LimitSettings(anonymous=rate)
    with running(Settings(transport="streamable-http", port=0, limits=limits)) as url:
        done = load(url, "--profile", profile_in(tmp_path, OPEN), cwd=tmp_path)
    assert any(error.what == "429" for error in seen_in(tmp_path).errors), "the limit was reached"
    assert done.returncode == 0, done.stdout + done.stderr
    assert "were refused with HTTP 429" in done.stdout


def test_a_profile_that_cannot_be_followed_is_refused_by_file_and_key(clean: str, tmp_path: Path) -> None:
    done = load(clean, "--profile", profile_in(tmp_path, 'title = "x"\nstages = []'), cwd=tmp_path)
    assert done.returncode == 2
    assert "ours.toml: stages: at least one is needed" in done.stderr
