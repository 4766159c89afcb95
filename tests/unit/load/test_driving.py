"""The harness and its generator: what goes in, what comes out, and that nothing is left behind."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import anyio
import psutil
import pytest
from mcp_audit_harness.errors import HarnessError, TargetError
from mcp_audit_harness.load.driving import Loader
from mcp_audit_harness.load.plan import Ask, Profile, Stage
from mcp_audit_harness.load.settings import LoadSettings
from mcp_audit_harness.model import HttpTarget, Offer, ProcessReading, Revision
from mcp_audit_harness.model.loading import LoadSecond

pytestmark = pytest.mark.anyio

_OFFER = Offer(Revision.V2026_07_28, {}, {}, tools=({"name": "echo", "inputSchema": {"type": "object"}}, {"name": 7}))
_PROFILE = Profile("tiny", "Tiny", (Stage(rate=10, duration_s=1),), warmup_s=0.0, timeout_s=0.5)
_ASKS = (Ask("tools/list", "tools/list", 1.0, ({},)),)
_TARGET = HttpTarget("http://127.0.0.1:9/mcp", headers=(("authorization", "Bearer sesame"),))
_ANSWERS = """
import json, sys
plan = json.loads(sys.stdin.readline())
assert plan["revision"] == "2026-07-28" and plan["schemas"] == {"echo": {"type": "object"}}
latency = dict(p50_ms=1.0, p90_ms=2.0, p99_ms=3.0, p999_ms=3.0, max_ms=4.0, mean_ms=1.0)
second = dict(at_s=0.0, due=10, done=10, errors=0, latency=latency)
series = dict(label="", requests=10, errors=0, latency=latency)
print(json.dumps({"second": second}), flush=True)
print(json.dumps({"web": "http://127.0.0.1:8089/"}), flush=True)
done = dict(
    warmup_s=0.0, duration_s=1.0, offered_per_s=10.0, achieved_per_s=10.0, bottleneck="none", all=series,
    series=[dict(series, label=plan["asks"][0]["label"])], seconds=[second], errors=[], stages=[],
    generator=dict(processes=1, cpu_s=0.1, wall_s=1.0, busiest_percent=10.0, late_p99_ms=0.1),
)
print(json.dumps({"done": done}), flush=True)
"""
_HANGS = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_DFL)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""


def loader(program: str, *arguments: str, settings: LoadSettings | None = None) -> Loader:
    return Loader(_TARGET, settings or LoadSettings(_PROFILE), (sys.executable, "-c", program, *arguments))


def readings(handles: Sequence[int]) -> "_Readings":
    return _Readings(list(handles))


class _Readings:
    """A target's processes, which hold so many handles one reading after the other, then the last number for ever."""

    def __init__(self, handles: list[int]) -> None:
        self._handles = handles

    async def __call__(self) -> ProcessReading:
        handles = self._handles.pop(0) if len(self._handles) > 1 else self._handles[0]
        return ProcessReading(1, "server", 1, 50_000_000, handles, 4, cpu_s=2.5)


async def nowhere() -> ProcessReading:
    raise TargetError("the target's process is on another machine")


async def test_what_the_generator_counted_and_what_the_processes_held_are_put_together() -> None:
    told: list[LoadSecond] = []
    said: list[str] = []
    settings = LoadSettings(_PROFILE, tell=told.append, announce=said.append)
    run = await loader(_ANSWERS, settings=settings).run(_ASKS, _OFFER, readings([10, 14, 12, 10]))
    assert (run.achieved_per_s, run.series[0].label, run.profile) == (10.0, "tools/list", "tiny")
    assert [second.due for second in told] == [10]
    assert said == ["dashboard at http://127.0.0.1:8089/"]
    assert run.processes[0].rss_mb == 50.0
    assert run.handles == (10, 10)
    assert run.memory is None, "a second shows no slope"


async def test_servers_that_the_generator_starts_are_counted() -> None:
    pids = f"import json\nprint(json.dumps({{'pids': [{os.getpid()}] * 3}}), flush=True)\n"
    run = await loader(pids + _ANSWERS).run(_ASKS, _OFFER, readings([10]))
    assert run.servers == 3
    assert run.most_rss_of_one_mb == pytest.approx(50.0 / 3)


async def test_handles_that_stay_open_are_reported_once_the_target_had_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcp_audit_harness.load.driving._SETTLING_S", 0.3)
    run = await loader(_ANSWERS).run(_ASKS, _OFFER, readings([10, 90]))
    assert run.handles == (10, 90)


async def test_a_target_elsewhere_is_loaded_without_its_processes() -> None:
    run = await loader(_ANSWERS).run(_ASKS, _OFFER, nowhere)
    assert run.processes == ()
    assert run.no_processes == "the target's process is on another machine"


async def test_load_goes_to_this_machine_unless_the_operator_names_the_host() -> None:
    elsewhere = HttpTarget("http://192.0.2.1:8000/mcp")
    with pytest.raises(TargetError, match=r"--i-am-authorized 192\.0\.2\.1"):
        await replace(loader("raise SystemExit"), target=elsewhere).run(_ASKS, _OFFER, nowhere)
    named = LoadSettings(_PROFILE, hosts=("192.0.2.1",))
    run = await replace(loader(_ANSWERS, settings=named), target=elsewhere).run(_ASKS, _OFFER, nowhere)
    assert run.achieved_per_s == 10.0


async def test_a_generator_that_fails_is_our_fault_and_says_why() -> None:
    with pytest.raises(HarnessError, match="no such thing"):
        await loader("raise SystemExit('no such thing')").run(_ASKS, _OFFER, nowhere)


async def test_a_generator_does_not_outlive_the_run(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with anyio.move_on_after(30) as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(loader(_HANGS, str(note)).run, _ASKS, _OFFER, nowhere)
            while not (note.exists() and note.read_text()):  # noqa: ASYNC110 - another process writes it
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
    assert not scope.cancelled_caught
    assert not psutil.pid_exists(int(note.read_text()))
