"""Judging how fast a target was under load, from hand-built facts."""

from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Status
from mcp_audit_harness.model.loading import (
    Arrivals,
    Bottleneck,
    Comparison,
    GeneratorUse,
    Knee,
    LoadError,
    LoadRun,
    Neighbours,
)
from mcp_audit_scenarios.load.speed import (
    misses_offered_rate,
    slow_median,
    slow_tail,
    slower_than_before,
    unfair_to_neighbours,
)

from tests.exchanges import status, verdicts
from tests.unit.scenarios.load.facts import AFTER, BEFORE, demanding, load_run, series


def message(check: Check, run: LoadRun) -> str:
    (found,) = verdicts(check, run)
    return found.message


def neighbours(**changes: Any) -> Neighbours:
    return replace(Neighbours(series(), series(), series(requests=90_000)), **changes)


OF_SPEED = (slow_median, slow_tail, misses_offered_rate, unfair_to_neighbours)
every_speed = pytest.mark.parametrize("check", OF_SPEED, ids=lambda check: check.id)
GOOD = load_run(neighbours=neighbours())


@every_speed
def test_a_quick_target_passes_on_what_was_answered(check: Check) -> None:
    (found,) = verdicts(check, GOOD)
    assert found.status is Status.PASS
    assert found.evidence == (BEFORE.id, AFTER.id)


@every_speed
def test_nothing_follows_where_the_generator_was_the_bottleneck(check: Check) -> None:
    slow = series(p50_ms=5000.0, p99_ms=5000.0)
    beside = neighbours(beside=slow)
    run = load_run(bottleneck=Bottleneck.GENERATOR, achieved_per_s=50.0, all=slow, neighbours=beside)
    assert status(check, run) is Status.NOT_OBSERVED
    assert message(check, run) == (
        "the generator was the bottleneck: busy to 97 %, 41 ms late, 50 of 100 requests/s; see --processes, or offer "
        "less with --rate"
    )


@every_speed
def test_nothing_follows_of_requests_that_a_limit_refused(check: Check) -> None:
    slow = series(p50_ms=5000.0, p99_ms=5000.0, errors=3000)
    refused = (LoadError("tools/list", "http", "429", 3000),)
    for taken, bottleneck in ((slow, Bottleneck.SERVER), (series(errors=3000), Bottleneck.NONE)):
        run = replace(GOOD, all=taken, errors=refused, bottleneck=bottleneck, achieved_per_s=50.0)
        assert status(check, run) is Status.NOT_OBSERVED
        assert message(check, run).startswith("3000 of 6000 requests were refused with HTTP 429")


@every_speed
def test_a_generator_that_was_lost_is_named_instead(check: Check) -> None:
    run = load_run(bottleneck=Bottleneck.GENERATOR, achieved_per_s=50.0, neighbours=neighbours())
    run = replace(run, generator=replace(run.generator, lost=("generator 2 of 3 was lost after 7 s",)))
    assert status(check, run) is Status.NOT_OBSERVED
    assert message(check, run) == "generator 2 of 3 was lost after 7 s"


@every_speed
def test_nothing_follows_without_any_request(check: Check) -> None:
    assert status(check, replace(GOOD, all=series(requests=0))) is Status.NOT_OBSERVED


@every_speed
def test_nothing_follows_without_any_evidence(check: Check) -> None:
    assert status(check, replace(GOOD, samples=())) is Status.NOT_OBSERVED


@every_speed
def test_what_the_profile_does_not_demand_is_not_judged(check: Check) -> None:
    nothing = demanding(p50_ms=None, p99_ms=None, rate_percent=None, fairness=None)
    assert status(check, replace(GOOD, thresholds=nothing)) is Status.NOT_APPLICABLE


@every_speed
def test_a_load_that_grows_until_something_breaks_breaks_no_threshold(check: Check) -> None:
    slow = series(p50_ms=5000.0, p99_ms=5000.0)
    ramp = load_run(
        all=slow,
        neighbours=neighbours(beside=slow),
        knee=Knee(400.0, 800.0, "p99 1520 ms"),
        bottleneck=Bottleneck.SERVER,
        achieved_per_s=50.0,
    )
    assert status(check, ramp) is Status.NOT_APPLICABLE
    assert message(check, ramp).endswith("400 requests/s held, 800/s did not (p99 1520 ms)")


def test_a_ramp_whose_first_step_breaks_is_judged() -> None:
    ramp = load_run(all=series(p50_ms=500.0), knee=Knee(0.0, 50.0, "p50 500 ms"))
    assert status(slow_median, ramp) is Status.FAIL


def test_a_ramp_whose_first_step_the_generator_missed_says_nothing() -> None:
    ramp = load_run(all=series(p50_ms=500.0), knee=Knee(0.0, 0.0, ""))
    assert status(slow_median, ramp) is Status.NOT_OBSERVED


def test_a_ramp_that_nothing_breaks_is_judged() -> None:
    assert status(slow_median, load_run(knee=Knee(6400.0, 0.0, ""))) is Status.PASS


def test_a_slow_median_names_numbers_limit_and_load() -> None:
    kinds = (series("tools/list"), series("tools/call add", p50_ms=400.0))
    run = load_run(all=series(p50_ms=120.4, p99_ms=300.0), series=kinds)
    assert status(slow_median, run) is Status.FAIL
    assert message(slow_median, run) == (
        "p50 120 ms (limit 100 ms) at 100 requests/s offered, 100 achieved: p50 120, p90 9, p99 300, p99.9 40, "
        "max 60 ms over 6000 requests; slowest: tools/call add with 400 ms."
    )


def test_a_slow_tail_fails_where_the_median_passes() -> None:
    run = load_run(all=series(p99_ms=2310.0))
    assert status(slow_tail, run) is Status.FAIL
    assert status(slow_median, run) is Status.PASS


def test_a_limit_that_is_just_met_holds() -> None:
    assert status(slow_tail, load_run(all=series(p99_ms=1000.0))) is Status.PASS


def test_a_closed_loop_says_what_it_hides() -> None:
    closed = load_run(arrivals=Arrivals.CLOSED)
    assert status(slow_tail, closed) is Status.PASS
    assert message(slow_tail, closed).endswith("by 16 clients that wait for each answer; clients that wait hide stalls")


def test_a_rate_that_is_missed_is_the_server_s_fault_only_if_requests_waited() -> None:
    missed = load_run(bottleneck=Bottleneck.SERVER, achieved_per_s=66.0)
    assert status(misses_offered_rate, missed) is Status.FAIL
    assert message(misses_offered_rate, missed).startswith(
        "The target served 66.0 % of the offered rate (limit 99.5 %)"
    )
    failing = load_run(achieved_per_s=66.0)
    assert status(misses_offered_rate, failing) is Status.NOT_OBSERVED


def test_who_waits_for_answers_offers_no_rate() -> None:
    assert status(misses_offered_rate, load_run(arrivals=Arrivals.CLOSED)) is Status.NOT_APPLICABLE


def test_a_flood_that_slows_others_down_is_unfair() -> None:
    run = load_run(neighbours=neighbours(beside=series(p99_ms=450.0)))
    assert status(unfair_to_neighbours, run) is Status.FAIL
    assert message(unfair_to_neighbours, run) == (
        "Beside clients that sent 90000 requests as fast as they could, p99 of ordinary ones was 450 ms, alone 20 ms "
        "(limit 3 times as much), and +0.0 % of them failed."
    )


def test_a_flood_that_makes_others_fail_is_unfair() -> None:
    run = load_run(neighbours=neighbours(beside=series(errors=600)))
    assert status(unfair_to_neighbours, run) is Status.FAIL


def test_a_wait_that_nobody_minds_is_fair_however_many_times_it_grew() -> None:
    assert status(unfair_to_neighbours, load_run(neighbours=neighbours(beside=series(p99_ms=90.0)))) is Status.PASS


def test_few_requests_have_no_tail() -> None:
    run = load_run(neighbours=neighbours(alone=series(requests=99)))
    assert status(unfair_to_neighbours, run) is Status.NOT_OBSERVED


def test_without_an_abusive_client_there_is_nothing_to_be_fair_about() -> None:
    assert status(unfair_to_neighbours, load_run()) is Status.NOT_APPLICABLE


WORSE = Comparison("p99_ms", 100.0, 190.0, 1.9, 1.6, 2.2, regressed=True)
SAME = Comparison("rss_mb", 80.0, 81.0, 1.01, 0.99, 1.03, regressed=False)
FATTER = Comparison("rss_mb", 80.0, 160.0, 2.0, 1.9, 2.1, regressed=True)


def test_what_regressed_is_named_with_its_interval() -> None:
    run = load_run(comparisons=(WORSE, SAME))
    assert status(slower_than_before, run) is Status.FAIL
    assert message(slower_than_before, run).endswith("p99_ms 100 → 190, 1.90 times (1.60 to 2.20).")


def test_a_run_like_the_one_before_passes() -> None:
    assert status(slower_than_before, load_run(comparisons=(SAME,))) is Status.PASS


def test_a_slow_generator_says_nothing_of_speed_but_of_memory() -> None:
    bound = {"bottleneck": Bottleneck.GENERATOR}
    assert status(slower_than_before, load_run(comparisons=(WORSE, SAME), **bound)) is Status.NOT_OBSERVED
    assert status(slower_than_before, load_run(comparisons=(WORSE, FATTER), **bound)) is Status.FAIL
    assert "p99" not in message(slower_than_before, load_run(comparisons=(WORSE, FATTER), **bound))


def test_without_an_earlier_run_there_is_nothing_to_compare_with() -> None:
    assert status(slower_than_before, load_run()) is Status.NOT_APPLICABLE


def test_runs_that_cannot_be_compared_say_why() -> None:
    run = load_run(not_compared="the runs have 3 seconds in common, and 10 are needed to compare them")
    assert status(slower_than_before, run) is Status.NOT_OBSERVED
    assert message(slower_than_before, run) == run.not_compared


@pytest.mark.parametrize("check", [slow_median, slow_tail, misses_offered_rate])
def test_a_late_generator_only_adds_to_what_was_quick_enough_and_all_answered(check: Check) -> None:
    assert status(check, load_run(bottleneck=Bottleneck.GENERATOR)) is Status.PASS
    lost = GeneratorUse(2, 12.0, 60.0, 50.0, 1.0, lost=("a worker was lost",))
    assert status(check, load_run(bottleneck=Bottleneck.GENERATOR, generator=lost)) is Status.NOT_OBSERVED
