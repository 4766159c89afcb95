"""What counts as a leak, by readings made up here: lines, steps, noise, and what levels off."""

import random

import pytest
from mcp_audit_harness.model import ProcessReading, Status
from mcp_audit_scenarios.attacks import churn
from mcp_audit_scenarios.attacks.growth import Series, goes_on, idles, slope, steady

from tests.exchanges import exchange, silence, status, verdicts

MIB = 1024 * 1024
BASE = 60 * MIB


def reading(rss: float, *, handles: int = 20, pid: int = 7, name: str = "python") -> ProcessReading:
    return ProcessReading(pid, name, 1, int(rss), handles, 4)


def series(*grown: float, units: int = 100, name: str = "python") -> Series:
    return Series(units, tuple(reading(BASE + value, name=name) for value in (0, *grown)))


LEAK = series(*(MIB * number for number in range(1, 6)))
LEVELS_OFF = series(4 * MIB, 5 * MIB, 5.2 * MIB, 5.2 * MIB, 5.2 * MIB)
ONE_STEP = series(0, 0, 8 * MIB, 8 * MIB, 8 * MIB)
FLAT = series(0, 0, 0, 0, 0)
IDLE = Series(0, (reading(BASE), reading(BASE)))


def test_a_straight_line_is_steady_and_its_slope_is_what_each_unit_left() -> None:
    assert steady(LEAK, "rss_bytes", 256)
    assert slope(LEAK, "rss_bytes") == pytest.approx(MIB / 100)
    assert not steady(LEAK, "handles", 0.1)


@pytest.mark.parametrize("other", [LEVELS_OFF, ONE_STEP, FLAT], ids=["levels off", "one step", "flat"])
def test_what_does_not_go_on_is_no_leak(other: Series) -> None:
    assert not steady(other, "rss_bytes", 256)
    assert not goes_on(LEAK, other, "rss_bytes", 256)


def test_a_second_series_that_slows_down_is_no_leak() -> None:
    slower = series(*(MIB * 0.3 * number for number in range(1, 6)))
    assert goes_on(LEAK, LEAK, "rss_bytes", 256)
    assert not goes_on(LEAK, slower, "rss_bytes", 256)


def test_a_collector_that_lets_memory_lie_is_no_leak() -> None:
    saw = series(3 * MIB, 6 * MIB, 1 * MIB, 4 * MIB, 7 * MIB)
    assert not steady(saw, "rss_bytes", 256)


def test_noise_of_an_allocator_is_hardly_ever_taken_for_a_leak() -> None:
    rng = random.Random(11)  # noqa: S311 - repeatable
    alarms = 0
    for _ in range(2000):
        one, two = (series(*(rng.choice((0, 0, 0, 256, 512)) * 1024 for _ in range(5))) for _ in range(2))
        alarms += goes_on(one, two, "rss_bytes", 256)
    assert alarms == 0


def test_random_walks_upwards_are_rarely_steady() -> None:
    rng = random.Random(12)  # noqa: S311 - repeatable
    alarms = 0
    for _ in range(2000):
        pair = []
        for _ in range(2):
            at, values = 0.0, []
            for _ in range(5):
                at += rng.choice((0, 0, 0, 1)) * 256 * 1024
                values.append(at)
            pair.append(series(*values))
        alarms += goes_on(pair[0], pair[1], "rss_bytes", 256)
    assert alarms <= 2


def test_growth_without_work_is_not_put_down_to_the_work() -> None:
    assert idles(IDLE, LEAK, "rss_bytes")
    assert not idles(Series(0, (reading(BASE), reading(BASE + MIB))), LEAK, "rss_bytes")


def churned(*found: Series, idle: Series = IDLE) -> churn.Churn:
    return churn.Churn("call of add", exchange(result={}), idle, found, exchange(result={}))


def test_memory_left_by_every_call_is_a_finding_with_its_amount() -> None:
    (verdict,) = verdicts(churn.memory_per_call, churned(LEAK, LEAK))
    assert verdict.status is Status.FAIL
    assert "+10.49 kB" in verdict.message
    assert "5 rounds of 100" in verdict.message


def test_memory_that_stays_is_a_pass() -> None:
    for check in (churn.memory_per_call, churn.memory_per_session, churn.handles_per_call, churn.handles_per_session):
        assert status(check, churned(FLAT)) is Status.PASS
        assert status(check, churned(LEVELS_OFF, FLAT)) is Status.PASS


def test_what_a_collector_may_have_left_lying_is_not_judged() -> None:
    node = series(*(MIB * number for number in range(1, 6)), name="node")
    assert status(churn.memory_per_call, churned(node, node)) is Status.NOT_OBSERVED
    big = series(*(20 * MIB * number for number in range(1, 6)), name="node")
    assert status(churn.memory_per_call, churned(big, big)) is Status.FAIL


def test_what_a_table_of_a_thousand_entries_may_hold_is_not_judged() -> None:
    filling, full = (series(*(size * MIB * number for number in range(1, 6))) for size in (0.25, 2))
    for check in (churn.memory_per_session, churn.memory_per_call):
        assert status(check, churned(filling, filling)) is Status.NOT_OBSERVED
        assert status(check, churned(filling, filling, full)) is Status.FAIL


def test_memory_that_grows_by_itself_is_not_judged() -> None:
    idle = Series(0, (reading(BASE), reading(BASE + 2 * MIB)))
    assert status(churn.memory_per_session, churned(LEAK, LEAK, idle=idle)) is Status.NOT_OBSERVED


def test_another_process_is_not_compared() -> None:
    other = Series(100, tuple(reading(BASE + MIB * number, pid=8) for number in range(6)))
    assert status(churn.memory_per_call, churned(LEAK, other)) is Status.NOT_OBSERVED


def test_files_left_open_are_a_finding() -> None:
    files = Series(100, tuple(reading(BASE, handles=20 + 30 * number) for number in range(6)))
    assert status(churn.handles_per_call, churned(files, files)) is Status.FAIL
    assert status(churn.handles_per_session, churned(files, files)) is Status.FAIL
    assert status(churn.memory_per_session, churned(files, files)) is Status.PASS


def test_a_server_that_does_not_answer_afterwards_is_not_judged() -> None:
    seen = churn.Churn("session", exchange(result={}), IDLE, (LEAK, LEAK), silence())
    assert status(churn.memory_per_session, seen) is Status.NOT_OBSERVED
