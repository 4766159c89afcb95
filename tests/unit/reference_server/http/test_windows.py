"""Counting in a sliding minute: never more than the limit, and room again when the package `limits` would have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from oraclepack_mcp.http.windows import Windows

NAME = ("requests", "alice")
START = 60_000.0


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def test_there_is_room_again_as_the_minute_before_slides_out() -> None:
    clock = Clock()
    windows = Windows(clock)
    assert [windows.hit(4, NAME) for _ in range(5)] == [True] * 4 + [False]
    assert not windows.is_free(4, NAME)
    assert windows.retry_after_s(NAME) == 60

    clock.now += 61
    assert windows.is_free(4, NAME), "of four, less than four are still in the window"
    assert [windows.hit(4, NAME) for _ in range(2)] == [True, False]
    assert windows.retry_after_s(NAME) == 14

    clock.now += 14.001
    assert windows.hit(4, NAME)
    clock.now += 120
    assert [windows.hit(4, NAME) for _ in range(5)] == [True] * 4 + [False]


def test_names_are_counted_apart_and_forgotten() -> None:
    clock = Clock()
    windows = Windows(clock)
    for number in range(1000):
        assert windows.hit(1, ("requests", str(number)))
    assert not windows.hit(1, ("requests", "7"))
    assert windows.hit(1, ("calls", "7"))
    clock.now += 130
    assert windows.hit(1, NAME)
    assert len(windows) == 1
    assert windows.retry_after_s(("requests", "nobody")) == 1


@given(limit=st.integers(1, 8), gaps=st.lists(st.sampled_from([0.0, 0.5, 7.3, 29.9, 31.0, 60.0, 121.0]), max_size=60))
def test_it_counts_as_the_package_does(limit: int, gaps: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr("time.time", clock)
        windows, package = Windows(clock), SlidingWindowCounterRateLimiter(MemoryStorage())
        item = RateLimitItemPerMinute(limit)
        for gap in gaps:
            clock.now += gap
            assert windows.is_free(limit, NAME) == package.test(item, *NAME)
            assert windows.hit(limit, NAME) == package.hit(item, *NAME)
