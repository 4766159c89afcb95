"""Latencies are kept as HdrHistogram keeps them."""

import random

import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]
from mcp_audit_harness.load.generator.histograms import (
    LONGEST_US,
    Counts,
    added,
    encoded,
    latency,
    percentile_ms,
    rounded,
    spectrum,
)


def _counted(values: list[int]) -> Counts:
    return added({rounded(us): 1} for us in values)


@pytest.fixture
def values() -> list[int]:
    rng = random.Random(5)  # noqa: S311 - repeatable
    return [int(rng.lognormvariate(8, 1.5)) + 1 for _ in range(5000)]


def test_percentiles_are_those_of_an_hdr_histogram(values: list[int]) -> None:
    reference = HdrHistogram(1, LONGEST_US, 3)
    for us in values:
        reference.record_value(us)

    found = latency(_counted(values))

    for percent, milliseconds in ((50, found.p50_ms), (90, found.p90_ms), (99, found.p99_ms), (99.9, found.p999_ms)):
        assert milliseconds * 1000 == reference.get_value_at_percentile(percent)
    assert found.mean_ms * 1000 == pytest.approx(sum(values) / len(values), rel=0.001)
    assert found.max_ms * 1000 == pytest.approx(max(values), rel=0.001)


def test_the_histogram_travels_as_text(values: list[int]) -> None:
    counts = _counted(values)

    read = HdrHistogram.decode(encoded(counts))

    assert read.total_count == len(values)
    assert read.get_value_at_percentile(99) == latency(counts).p99_ms * 1000


@pytest.mark.parametrize(
    ("us", "kept"), [(-5, 1), (0, 1), (2047, 2047), (2048, 2048), (2049, 2048), (10**12, 3_598_712_832)]
)
def test_values_are_rounded_to_eleven_bits(us: int, kept: int) -> None:
    assert rounded(us) == kept


def test_rounding_twice_changes_nothing(values: list[int]) -> None:
    assert all(rounded(rounded(us)) == rounded(us) for us in values)


def test_nothing_has_no_latency() -> None:
    assert latency({}).max_ms == 0
    assert spectrum({}) == ()
    assert percentile_ms({}, 99) == 0


def test_one_value_is_every_percentile() -> None:
    found = latency({1000: 1})

    assert {found.p50_ms, found.p90_ms, found.p99_ms, found.p999_ms, found.max_ms, found.mean_ms} == {1.0}


def test_the_spectrum_ascends_and_goes_no_further_than_the_counts(values: list[int]) -> None:
    points = spectrum(_counted(values))

    assert list(points) == sorted(points)
    assert points[-1] == (100.0, latency(_counted(values)).max_ms)
    assert points[-2][0] <= 100 - 100 / len(values)
    assert 60 < len(points) <= 101
