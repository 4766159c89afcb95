"""Growth is told from noise, whatever the noise is like."""

import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.load.slopes import FEWEST, SHORTEST_S, slope

Series = list[tuple[float, float]]


def independent(chance: Random, count: int) -> Series:
    return [(float(at), chance.gauss(0, 1)) for at in range(count)]


def lasting(chance: Random, count: int) -> Series:
    value, series = chance.gauss(0, 2), []
    for at in range(count):
        series.append((float(at), value))
        value = 0.95 * value + chance.gauss(0, 0.6)
    return series


def wandering(chance: Random, count: int) -> Series:
    value, series = 0.0, []
    for at in range(count):
        series.append((float(at), value))
        value += chance.gauss(0, 1)
    return series


def collected(chance: Random, count: int) -> Series:
    phase, period = chance.random(), count / chance.uniform(3, 12)
    return [(float(at), 5 * ((at / period + phase) % 1) + chance.gauss(0, 0.1)) for at in range(count)]


def settling(chance: Random, count: int) -> Series:
    pace = count * chance.uniform(0.03, 0.15)
    return [(float(at), 10 * (1 - math.exp(-at / pace)) + chance.gauss(0, 0.3)) for at in range(count)]


NOISES = [independent, lasting, wandering, collected, settling]


def grown(series: Series, per_min: float) -> Series:
    return [(at, value + per_min * at / 60) for at, value in series]


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("count", [60, 300])
def test_noise_without_growth_is_hardly_ever_growth(noise: Callable[[Random, int], Series], count: int) -> None:
    chance = Random(7)  # noqa: S311
    found = [slope(noise(chance, count)) for _ in range(100)]
    assert sum(item is not None and item.low > 0 for item in found) <= 5


@pytest.mark.parametrize("noise", [independent, lasting, wandering, collected])
def test_the_interval_holds_the_true_slope_nearly_always(noise: Callable[[Random, int], Series]) -> None:
    chance = Random(11)  # noqa: S311
    found = [slope(grown(noise(chance, 300), 2.0)) for _ in range(100)]
    assert sum(item is not None and item.low <= 2.0 <= item.high for item in found) >= 91


@pytest.mark.parametrize("noise", [independent, collected])
def test_steady_growth_beyond_the_noise_is_seen(noise: Callable[[Random, int], Series]) -> None:
    chance = Random(13)  # noqa: S311
    found = [slope(grown(noise(chance, 300), 6.0)) for _ in range(50)]
    assert sum(item is not None and item.low > 0 for item in found) >= 49


def test_a_single_jump_is_no_growth() -> None:
    for jump in range(20, 300, 7):
        found = slope([(float(at), 50.0 * (at >= jump)) for at in range(300)])
        assert found is not None
        assert found.low <= 0


@given(
    st.floats(-1e3, 1e3).filter(lambda rate: rate == 0 or abs(rate) > 1e-3),
    st.floats(-1e4, 1e4),
    st.integers(FEWEST, 200),
)
def test_a_straight_line_has_its_slope_and_no_doubt(rate: float, level: float, count: int) -> None:
    found = slope([(float(at), level + rate * at / 60) for at in range(count)])
    assert found is not None
    assert found.per_min == pytest.approx(rate, rel=1e-6, abs=1e-6)
    assert found.low == pytest.approx(rate, rel=1e-4, abs=1e-4)
    assert found.high == pytest.approx(rate, rel=1e-4, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e6)), max_size=100))
def test_whatever_was_sampled_the_interval_is_in_order(samples: Series) -> None:
    found = slope(samples)
    assert found is None or found.low <= found.per_min <= found.high


def test_too_little_says_nothing() -> None:
    assert slope([]) is None
    assert slope([(float(at), 1.0) for at in range(FEWEST - 1)]) is None
    assert slope([(at * SHORTEST_S / 100, 1.0) for at in range(100)]) is None
    assert slope([(5.0, 1.0)] * 100) is None
    assert slope([(0.0, 1.0)] * 50 + [(100.0, 1.0)] * 50) is None


def test_the_order_of_the_samples_does_not_matter() -> None:
    series = grown(independent(Random(3), 120), 1.0)  # noqa: S311
    assert slope(series) == slope(series[::-1])
