"""Whether the target or the generator was slow."""

import pytest
from mcp_audit_harness.load.generator.bottleneck import bottleneck, busiest_percent
from mcp_audit_harness.model.loading import Bottleneck


def _rule(
    achieved: float = 1000, busy: float = 30.0, late: float = 2.0, p99: float = 10.0, often: int = 2
) -> Bottleneck:
    """`late` milliseconds `often` out of a hundred times, else one."""
    lateness = {1000: 100 - often, int(late * 1000): often}
    return bottleneck(offered=1000, achieved=achieved, busiest_percent=busy, late=lateness, p99_ms=p99)


def test_what_is_achieved_by_a_generator_with_time_to_spare_has_no_bottleneck() -> None:
    assert _rule() is Bottleneck.NONE
    assert _rule(achieved=995) is Bottleneck.NONE


def test_less_than_offered_is_the_servers_doing_while_the_generator_has_time_to_spare() -> None:
    assert _rule(achieved=600, p99=9000) is Bottleneck.SERVER


@pytest.mark.parametrize("achieved", [600, 1000])
def test_nothing_follows_from_the_numbers_of_a_busy_generator(achieved: float) -> None:
    assert _rule(achieved=achieved, busy=90.0) is Bottleneck.GENERATOR


@pytest.mark.parametrize("achieved", [600, 1000])
def test_nothing_follows_from_the_numbers_of_a_late_generator(achieved: float) -> None:
    assert _rule(achieved=achieved, late=40.0, p99=45.0) is Bottleneck.GENERATOR


def test_a_hiccup_of_the_generator_does_not_excuse_a_stall_of_seconds() -> None:
    assert _rule(achieved=600, late=40.0, p99=5000.0) is Bottleneck.SERVER


def test_a_generator_that_is_late_throughout_is_to_blame_whatever_the_target_took() -> None:
    assert _rule(achieved=600, late=40.0, p99=5000.0, often=11) is Bottleneck.GENERATOR


def test_the_busiest_ten_seconds_of_the_busiest_process_count() -> None:
    idle = dict.fromkeys(range(-5, 30), 0.1)
    at_once = {**idle, **dict.fromkeys(range(10, 20), 0.8)}

    assert busiest_percent({"0": idle, "1": at_once}, 0, 30) == 80.0
    assert busiest_percent({"0": idle, "1": at_once}, 0, 10) == 10.0


def test_a_short_run_is_one_window_and_the_warm_up_none() -> None:
    assert busiest_percent({"0": {-1: 1.0, 0: 0.2, 1: 0.4}}, 0, 2) == 30.0
    assert busiest_percent({}, 0, 2) == 0.0
    assert busiest_percent({"0": {}}, 0, 2) == 0.0
