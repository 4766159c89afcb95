"""A run beside an earlier one: chance is no regression, and a regression is no chance."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_audit_harness.load import pooling
from mcp_audit_harness.load.comparing import FEWEST_SECONDS, compare, foreign
from mcp_audit_harness.model.loading import Arrivals, Bottleneck, Comparison, Knee, Latency, LoadRun, LoadSecond

from tests.unit.load.runs import load_run

_NAMES = ("p50_ms", "p99_ms", "rate", "rss_mb", "cpu_ms_per_request")


def compared(old: LoadRun, new: LoadRun, tolerance: float = 0.1) -> dict[str, Comparison]:
    return {item.name: item for item in compare(old, new, tolerance)}


def test_runs_of_one_server_are_hardly_ever_a_regression() -> None:
    runs = [load_run(seed, seconds=40, rate=30) for seed in range(20)]
    found = [item for old, new in zip(runs[::2], runs[1::2], strict=True) for item in compare(old, new)]
    assert len(found) == 10 * len(_NAMES)
    assert [item for item in found if item.regressed] == []


def test_the_interval_nearly_always_holds_the_true_ratio() -> None:
    pairs = [(load_run(seed, rate=30), load_run(seed + 1, rate=30, pace=1.3)) for seed in range(100, 124, 2)]
    found = [compared(old, new) for old, new in pairs]
    assert sum(item["p50_ms"].low <= 1.3 <= item["p50_ms"].high for item in found) >= 10
    assert sum(item["p99_ms"].low <= 1.3 <= item["p99_ms"].high for item in found) >= 10


def test_a_server_that_became_half_as_slow_again_is_a_regression() -> None:
    for seed in range(0, 8, 2):
        found = compared(load_run(seed, rate=50), load_run(seed + 1, rate=50, pace=1.5))
        assert found["p50_ms"].regressed
        assert found["cpu_ms_per_request"].regressed
        assert not found["rate"].regressed
        assert not found["rss_mb"].regressed


def test_a_server_that_became_faster_is_none() -> None:
    found = compare(load_run(1, pace=1.5), load_run(2))
    assert [item.name for item in found] == list(_NAMES)
    assert not any(item.regressed for item in found)


def test_more_memory_is_a_regression() -> None:
    found = compared(load_run(1), load_run(2, leak_mb_s=1.0))
    assert found["rss_mb"].regressed
    assert 1.3 < found["rss_mb"].ratio < 1.7


def test_fewer_answers_are_a_regression_and_none_at_all_too() -> None:
    assert compared(load_run(1), load_run(2, failing=0.25))["rate"].regressed
    silent = replace(load_run(2, failing=1.0), all=replace(load_run(2).all, latency=Latency()))
    found = compared(load_run(1), silent)
    assert found["rate"].regressed
    assert "p50_ms" not in found


def test_the_ratio_is_that_of_the_figures_that_both_runs_report() -> None:
    old, new = load_run(1), load_run(2)
    found = compared(old, new)
    assert (found["p99_ms"].old, found["p99_ms"].new) == (old.all.latency.p99_ms, new.all.latency.p99_ms)
    assert found["rate"].old == old.achieved_per_s
    for item in found.values():
        assert item.ratio == pytest.approx(item.new / item.old)
        assert item.low <= item.ratio <= item.high


def test_the_same_runs_give_the_same_intervals_and_a_run_equals_itself() -> None:
    assert compare(load_run(1), load_run(2)) == compare(load_run(1), load_run(2))
    for item in compare(load_run(5), load_run(5)):
        assert item.ratio == 1.0
        assert not item.regressed


def test_the_tolerance_decides() -> None:
    old, new = load_run(1, seconds=200), load_run(2, seconds=200, pace=1.5)
    assert compared(old, new, tolerance=0.1)["p50_ms"].regressed
    assert not compared(old, new, tolerance=1.0)["p50_ms"].regressed


def test_one_stall_counts_as_it_counts_for_clients_and_is_no_certainty() -> None:
    found = compared(load_run(1), load_run(2, stall=range(30, 33)))
    assert found["p99_ms"].ratio > 50
    assert not found["p99_ms"].regressed, "one stall in one run may be chance, and the interval says so"


def test_without_processes_only_the_speed_is_compared() -> None:
    found = compare(replace(load_run(1), processes=()), load_run(2))
    assert [item.name for item in found] == ["p50_ms", "p99_ms", "rate"]


def test_a_run_that_ended_earlier_is_compared_over_the_seconds_that_both_have() -> None:
    old = load_run(1, seconds=80)
    new = replace(load_run(2, seconds=40, pace=2.0), knee=Knee(80.0, 100.0, "p99 1520 ms"))
    found = compared(old, new)
    assert found["p50_ms"].regressed
    assert found["p50_ms"].ratio == pytest.approx(2.0, rel=0.2)


@pytest.mark.parametrize(
    ("new", "word"),
    [
        (replace(load_run(2), profile="spike"), "profile"),
        (replace(load_run(2), clients=99), "clients"),
        (replace(load_run(2), arrivals=Arrivals.CLOSED), "arrivals"),
        (load_run(2, rate=120), "100 requests a second, this one 120"),
        (load_run(2, seconds=FEWEST_SECONDS - 1), "9 seconds in common"),
    ],
    ids=["profile", "clients", "arrivals", "rate", "length"],
)
def test_runs_of_different_loads_are_not_compared(new: LoadRun, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        compare(load_run(1), new)


def test_a_baseline_that_the_generator_held_back_says_nothing() -> None:
    old = replace(load_run(1), bottleneck=Bottleneck.GENERATOR)
    assert "generator" in foreign(old, old.profile, old.arrivals, old.clients)
    with pytest.raises(ValueError, match="generator"):
        compare(old, load_run(2))


def test_a_baseline_can_be_refused_before_the_run() -> None:
    old = load_run(1)
    assert foreign(old, "sustained-100", Arrivals.OPEN, 16) == ""
    assert "sustained-100, now spike" in foreign(old, "spike", Arrivals.OPEN, 16)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 50), st.floats(0.01, 100))
def test_pooled_percentiles_are_those_of_all_requests(seed: int, pace: float) -> None:
    run = load_run(seed, seconds=12, rate=200, pace=pace)
    marks = pooling.scale(run.seconds)
    counts = pooling.counted((second for second in run.seconds if second.at_s >= 0), marks)
    for percent, exact in ((50.0, run.all.latency.p50_ms), (99.0, run.all.latency.p99_ms)):
        assert pooling.percentile([(1, counts)], marks, percent) == pytest.approx(exact, rel=0.12)


def test_nothing_answered_has_no_percentile() -> None:
    idle = [LoadSecond(float(at), 10, 0, 0, Latency()) for at in range(3)]
    marks = pooling.scale(idle)
    assert pooling.percentile([(1, pooling.counted(idle, marks))], marks, 99.0) == 0.0
