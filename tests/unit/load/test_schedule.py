"""When requests are due."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from mcp_audit_harness.load.generator.schedule import arrivals, rate_at, stage_ends
from mcp_audit_harness.load.plan import Profile, Stage


def _profile(*stages: Stage, warmup_s: float = 0.0) -> Profile:
    return Profile("p", "p", stages, warmup_s=warmup_s)


def _by_second(times: list[float]) -> Counter[int]:
    return Counter(math.floor(at) for at in times)


def test_each_second_gets_just_the_rate() -> None:
    due = list(arrivals(_profile(Stage(100, 5), warmup_s=2), seed=1))

    assert _by_second(due) == dict.fromkeys(range(-2, 5), 100)
    assert due == sorted(due)


def test_requests_do_not_keep_step() -> None:
    due = list(arrivals(_profile(Stage(100, 5)), seed=1))

    gaps = [after - before for before, after in pairwise(due)]
    assert max(gaps) > 0.012
    assert min(gaps) < 0.008


def test_a_seed_gives_the_same_schedule_again_and_another_a_different_one() -> None:
    profile = _profile(Stage(10, 5))

    assert list(arrivals(profile, 3)) == list(arrivals(profile, 3))
    assert list(arrivals(profile, 3)) != list(arrivals(profile, 4))


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_share_the_schedule(workers: int) -> None:
    profile = _profile(Stage(60, 2), Stage(120, 1), warmup_s=1)

    together = sorted(at for worker in range(workers) for at in arrivals(profile, 7, worker, workers))

    assert _by_second(together) == {-1: 60, 0: 60, 1: 60, 2: 120}


def test_a_ramp_goes_from_one_rate_to_the_other() -> None:
    due = list(arrivals(_profile(Stage(100, 10, start=0)), seed=1))

    assert len(due) == pytest.approx(500, abs=1)
    assert _by_second(due)[0] == pytest.approx(5, abs=1)
    assert _by_second(due)[9] == pytest.approx(95, abs=1)
    assert all(0 <= at <= 10 for at in due)


def test_a_falling_ramp_ends_with_nothing() -> None:
    due = list(arrivals(_profile(Stage(0, 10, start=100)), seed=1))

    assert len(due) == pytest.approx(500, abs=1)
    assert _by_second(due)[0] == pytest.approx(95, abs=1)


def test_stages_follow_each_other() -> None:
    stages = (Stage(10, 2), Stage(30, 2, start=10), Stage(5, 1))

    assert Profile("p", "", stages).length_s == 5
    assert stage_ends(stages) == (2, 4, 5)
    assert [rate_at(stages, at) for at in (-1, 0, 1.9, 2, 3, 4.5, 9)] == [10, 10, 10, 10, 20, 5, 5]


def test_a_stage_without_load_is_a_pause() -> None:
    assert _by_second(list(arrivals(_profile(Stage(10, 1), Stage(0, 2), Stage(10, 1)), 1))) == {0: 10, 3: 10}
