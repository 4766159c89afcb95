"""Judging what a target keeps of a load, from hand-built facts."""

from dataclasses import replace

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Status
from mcp_audit_harness.model.loading import Bottleneck, LoadRun, Slope
from mcp_audit_scenarios.load.endurance import leaks_handles, leaks_memory, memory_over_budget

from tests.exchanges import status, verdicts
from tests.unit.scenarios.load.facts import demanding, load_run, memory

EVERY = (memory_over_budget, leaks_memory, leaks_handles)
every_check = pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
LEAKS = Slope(30.0, 24.0, 36.0)
GROWING = memory(*(80.0 + at / 2 for at in range(60)))


def message(check: Check, run: LoadRun) -> str:
    (found,) = verdicts(check, run)
    return found.message


@every_check
def test_a_target_that_keeps_nothing_passes(check: Check) -> None:
    assert status(check, load_run()) is Status.PASS


@every_check
def test_memory_does_not_depend_on_the_generator(check: Check) -> None:
    assert status(check, load_run(bottleneck=Bottleneck.GENERATOR)) is Status.PASS


@every_check
def test_without_processes_nothing_is_said_but_why(check: Check) -> None:
    run = load_run(processes=(), memory=None, handles=None, no_processes="it runs on another machine")
    assert status(check, run) is Status.NOT_OBSERVED
    assert message(check, run).endswith("it runs on another machine")


@every_check
def test_what_the_profile_does_not_demand_is_not_judged(check: Check) -> None:
    nothing = demanding(rss_mb=None, rss_slope_mb_min=None, handles=None)
    assert status(check, load_run(thresholds=nothing)) is Status.NOT_APPLICABLE


def test_the_highest_memory_counts() -> None:
    run = load_run(processes=memory(80.0, 612.4, 90.0))
    assert status(memory_over_budget, run) is Status.FAIL
    assert message(memory_over_budget, run).startswith("The target grew to 612 MB in one process (limit 500 MB)")


def test_over_stdio_the_limit_is_that_of_one_server() -> None:
    run = load_run(processes=memory(80.0, 612.0), servers=4)
    assert message(memory_over_budget, run).startswith("at most 153 MB in each of 4 servers (limit 500 MB)")
    heavy = load_run(processes=memory(80.0, 2448.0), servers=4)
    assert message(memory_over_budget, heavy).startswith("The target grew to 612 MB in each of 4 servers (limit 500")


def test_growth_that_is_real_steady_and_above_the_limit_is_a_leak() -> None:
    run = load_run(memory=LEAKS, processes=GROWING)
    assert status(leaks_memory, run) is Status.FAIL
    assert message(leaks_memory, run) == (
        "The target's memory grew by 30 MB: +30.00 MB a minute (95 %: +24.00 to +36.00, limit 0.5) in 60 s at 100 "
        "requests/s offered, 100 achieved."
    )


def test_in_a_short_run_a_collector_may_not_have_looked_yet() -> None:
    lazy = memory(*(280.0 + at / 7 for at in range(60)))
    run = load_run(memory=Slope(8.5, 8.0, 9.0), processes=lazy)
    assert status(leaks_memory, run) is Status.NOT_OBSERVED
    assert status(leaks_memory, replace(run, duration_s=1800.0)) is Status.FAIL


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (load_run(memory=None, duration_s=8.0), "a slope takes about 25 s after the warm-up, and the load lasted 8 s"),
        (load_run(memory=Slope(0.6, 0.1, 1.1)), "a longer run tells which"),
        (load_run(memory=LEAKS, processes=memory(80.0, 81.0, 82.0)), "a table that fills"),
        (load_run(memory=LEAKS, processes=memory(80.0, 80.0, 99.0, 99.0, 100.0, 100.0)), "as a cache does"),
        (load_run(memory=LEAKS, processes=memory(80.0, 99.0)), "a table that fills"),
    ],
    ids=["too short", "unsure", "little", "levels off", "few readings"],
)
def test_growth_that_may_end_is_no_leak_and_no_pass(run: LoadRun, why: str) -> None:
    assert status(leaks_memory, run) is Status.NOT_OBSERVED
    assert why in message(leaks_memory, run)


def test_the_warm_up_is_no_growth() -> None:
    warming = tuple(
        type(one)(one.at_s - 60.0, one.rss_mb / 8, one.cpu_s, one.handles, one.threads, one.processes)
        for one in GROWING
    )
    run = load_run(memory=LEAKS, processes=(*warming, *memory(80.0, 80.5, 81.0)))
    assert status(leaks_memory, run) is Status.NOT_OBSERVED


def test_files_that_stay_open_fail() -> None:
    run = load_run(handles=(12, 33))
    assert status(leaks_handles, run) is Status.FAIL
    assert message(leaks_handles, run).startswith("12 open files and sockets before the load, 33 after 6000 requests")
    assert status(leaks_handles, load_run(handles=(12, 32))) is Status.PASS


def test_over_stdio_files_close_with_the_processes_that_opened_them() -> None:
    assert status(leaks_handles, load_run(handles=None)) is Status.NOT_APPLICABLE
