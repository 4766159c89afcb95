"""What a run is put together from: what the generator counted, what was seen of processes, and an earlier run."""

from dataclasses import replace

import pytest
from mcp_audit_harness.load.plan import Generated, Plan, Profile, Stage, StageResult
from mcp_audit_harness.load.run import Watched, run_of
from mcp_audit_harness.model import Revision
from mcp_audit_harness.model.loading import Knee, Latency, LoadRun, ProcessSample

from tests.unit.load.runs import load_run

PLAN = Plan(
    url="http://127.0.0.1:1/mcp",
    headers=(),
    verify_tls=True,
    argv=(),
    env=(),
    cwd=None,
    revision=Revision.V2026_07_28,
    profile=Profile("sustained-100", "As the run", (Stage(100.0, 60.0),), clients=16),
    asks=(),
)
WATCHED = Watched([ProcessSample(float(at), 80.0 + at, 1.0, 9, 3, 1) for at in range(-5, 60)], "", 9, 11)


def generated(run: LoadRun) -> Generated:
    return Generated(
        warmup_s=run.warmup_s,
        duration_s=run.duration_s,
        offered_per_s=run.offered_per_s,
        achieved_per_s=run.achieved_per_s,
        bottleneck=run.bottleneck,
        all=run.all,
        series=run.series,
        seconds=run.seconds,
        errors=run.errors,
        generator=run.generator,
        stages=(StageResult(100.0, 6000, 6000, 0, Latency(), 60.0, generator_bound=False),),
    )


def test_a_run_holds_what_was_counted_and_what_was_seen() -> None:
    known = load_run()
    run = run_of(PLAN, generated(known), WATCHED, None)
    assert (run.all, run.seconds, run.handles) == (known.all, known.seconds, (9, 11))
    assert run.memory is not None
    assert run.memory.per_min == pytest.approx(60.0)
    assert (run.knee, run.comparisons, run.not_compared) == (None, (), "")


def test_without_processes_a_run_says_why() -> None:
    run = run_of(PLAN, generated(load_run()), Watched(trouble="it runs on another machine"), None)
    assert (run.processes, run.memory, run.handles) == ((), None, None)
    assert run.no_processes == "it runs on another machine"


def test_a_load_that_grows_in_steps_has_a_knee() -> None:
    plan = replace(PLAN, profile=replace(PLAN.profile, steps=True))
    assert run_of(plan, generated(load_run()), WATCHED, None).knee == Knee(100.0, 0.0, "")


def test_an_earlier_run_is_compared_with() -> None:
    run = run_of(PLAN, generated(load_run(2)), WATCHED, load_run(1))
    assert "p99_ms" in {one.name for one in run.comparisons}
    assert run.not_compared == ""


def test_an_earlier_run_of_another_load_costs_nothing_but_the_comparison() -> None:
    run = run_of(PLAN, generated(load_run()), WATCHED, replace(load_run(1), clients=99))
    assert run.comparisons == ()
    assert "clients: 99, now 16" in run.not_compared
    assert run.all == load_run().all
