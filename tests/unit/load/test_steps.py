"""Where a growing load breaks a target."""

from mcp_audit_harness.load.plan import StageResult
from mcp_audit_harness.load.steps import broken, knee_of
from mcp_audit_harness.model.loading import Knee, Latency, Thresholds

_THRESHOLDS = Thresholds()


def step(rate: float, *, answered: int = 1000, errors: int = 0, p50: float = 5.0, p99: float = 50.0) -> StageResult:
    latency = Latency(p50_ms=p50, p99_ms=p99)
    return StageResult(rate, 1000, answered, errors, latency, seconds=10.0, generator_bound=False)


def test_the_knee_is_the_last_step_that_held() -> None:
    stages = (step(100), step(200), step(400, p99=1520.0))
    assert knee_of(stages, _THRESHOLDS) == Knee(200, 400, "p99 1520 ms")


def test_a_target_that_holds_every_step_has_no_knee() -> None:
    assert knee_of((step(100), step(200)), _THRESHOLDS) == Knee(200, 0.0, "")


def test_a_step_that_the_generator_missed_says_nothing_of_the_target() -> None:
    missed = StageResult(400, 1000, 700, 0, Latency(p99_ms=9000.0), 10.0, generator_bound=True)
    assert knee_of((step(100), missed), _THRESHOLDS) == Knee(100, 0.0, "")


def test_each_threshold_can_give_way_and_none_that_is_not_demanded() -> None:
    assert broken(step(1, errors=30, answered=970), _THRESHOLDS) == "errors 3 %"
    assert broken(step(1, answered=910), _THRESHOLDS) == "achieved 91.0 %"
    assert broken(step(1, p50=120.0), _THRESHOLDS) == "p50 120 ms"
    lax = Thresholds(p50_ms=None, p99_ms=None, error_percent=None, rate_percent=None)
    assert broken(step(1, errors=900, answered=1, p50=1e6, p99=1e6), lax) == ""
