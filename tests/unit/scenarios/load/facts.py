"""Hand-built facts of a load run: a good one, to be changed."""

from dataclasses import replace
from typing import Any, Final

from mcp_audit_harness.model.loading import (
    Arrivals,
    Bottleneck,
    GeneratorUse,
    Latency,
    LoadRun,
    LoadSeries,
    ProcessSample,
    Slope,
    Thresholds,
)

from tests.exchanges import exchange

QUICK: Final = Latency(p50_ms=5.0, p90_ms=9.0, p99_ms=20.0, p999_ms=40.0, max_ms=60.0, mean_ms=6.0)
BEFORE: Final = exchange(result={})
AFTER: Final = exchange(result={})


def series(label: str = "", *, requests: int = 6000, errors: int = 0, **latency: float) -> LoadSeries:
    """Return a series of quick requests, with some of its latencies as given."""
    return LoadSeries(label, requests, errors, replace(QUICK, **latency))


def memory(*megabytes: float) -> tuple[ProcessSample, ...]:
    """Return readings of one process, one each second from the end of the warm-up on."""
    return tuple(ProcessSample(float(at), value, 1.0, 10, 4, 1) for at, value in enumerate(megabytes))


def load_run(**changes: Any) -> LoadRun:
    """Return the facts of a run of a minute at a hundred requests a second in which all went well."""
    run = LoadRun(
        profile="ours",
        arrivals=Arrivals.OPEN,
        clients=16,
        warmup_s=5.0,
        duration_s=60.0,
        offered_per_s=100.0,
        achieved_per_s=100.0,
        bottleneck=Bottleneck.NONE,
        all=series(),
        series=(),
        seconds=(),
        errors=(),
        generator=GeneratorUse(1, 12.0, 60.0, 97.0, 41.0),
        thresholds=Thresholds(),
        silence_s=0.3,
        processes=memory(*([80.0] * 60)),
        memory=Slope(0.01, -0.1, 0.12),
        handles=(12, 12),
        samples=(BEFORE, AFTER),
    )
    return replace(run, **changes)


def demanding(**changes: Any) -> Thresholds:
    """Return the default thresholds with some changed; None is not demanded."""
    return Thresholds(**changes)
