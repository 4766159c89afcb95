"""Hand-built reports of load runs: one calm, one in which everything happens and the target is hostile."""

from dataclasses import replace

from mcp_audit_harness.model import Category, Level, Result, Revision, Severity, Status
from mcp_audit_harness.model.loading import (
    Bottleneck,
    Comparison,
    Knee,
    LoadError,
    Neighbours,
    Slope,
    StreamLoad,
    Thresholds,
)

from tests.unit.load.runs import load_run
from tests.unit.reports.samples import CLEAN, FUZZED, HOSTILE_NAME, HOSTILE_TEXT, NEW, OLD


def verdict(check: str, status: Status, message: str = "", revision: Revision = NEW) -> Result:
    """Return a verdict of a check of load."""
    return Result(
        check=check,
        title=f"Check of {check}",
        revision=revision,
        status=status,
        severity=Severity.MEDIUM,
        level=Level.ADVICE,
        category=Category.PERFORMANCE,
        area="load",
        requirements=(),
        message=message,
        evidence=("x0001",),
    )


CALM_RUN = load_run(seconds=24, rate=40)
_PASSED = ("slow-median", "slow-tail", "errors-under-load", "misses-offered-rate", "falls-silent", "memory-over-budget")
CALM = replace(
    CLEAN,
    results=tuple(verdict(f"load/{name}", Status.PASS) for name in _PASSED),
    loads=((NEW, CALM_RUN),),
)

_BASE = load_run(2, seconds=24, rate=40, pace=20.0, leak_mb_s=0.5, failing=0.05, stall=range(12, 15))
HOSTILE_RUN = replace(
    _BASE,
    profile="spike <b>",
    bottleneck=Bottleneck.SERVER,
    achieved_per_s=31.5,
    series=(replace(_BASE.series[0], label=f"tools/call {HOSTILE_NAME}"), *_BASE.series[1:]),
    errors=(
        LoadError(f"tools/call {HOSTILE_NAME}", "http", "503", 30, HOSTILE_TEXT),
        LoadError("tools/list", "jsonrpc", "-32603", 9, "Internal error"),
        LoadError("resources/read", "timeout", "10 s", 4),
        LoadError("tools/list", "transport", "connection reset", 2),
    ),
    thresholds=Thresholds(fairness=2.0),
    memory=Slope(30.1, 28.0, 32.2),
    handles=(14, 61),
    seconds=tuple(replace(second, streams=200) for second in _BASE.seconds),
    streams=StreamLoad(opened=210, refused=3, dropped=12, events=4800, most=200),
    neighbours=Neighbours(_BASE.series[0], replace(_BASE.series[0], errors=4), _BASE.series[1]),
    knee=Knee(30.0, 40.0, "p99 3900 ms"),
    comparisons=(
        Comparison("p50_ms", 5.1, 99.2, 19.45, 17.2, 22.1, regressed=True),
        Comparison("rate", 40.0, 31.5, 0.79, 0.61, 1.02, regressed=False),
    ),
    left_out=(f"{HOSTILE_NAME} was not called: it is not said to be read-only",),
    interrupted=True,
)
HOSTILE = replace(
    CLEAN,
    results=(
        verdict("load/slow-median", Status.PASS),
        verdict("load/slow-tail", Status.FAIL, "p99 3900 ms"),
        verdict("load/errors-under-load", Status.FAIL, "4.7 % of requests failed"),
        verdict("load/misses-offered-rate", Status.NOT_OBSERVED, "the knee was looked for"),
        verdict("load/leaks-memory", Status.FAIL, "30.1 MB a minute"),
        verdict("load/slow-median", Status.FAIL, "of another revision", OLD),
    ),
    findings=(
        replace(
            FUZZED.findings[0],
            check="load/slow-tail",
            category=Category.PERFORMANCE,
            title="One request of a hundred waits too long",
            subject="",
            message="p99 3900 ms",
            reproduce="",
        ),
    ),
    loads=((OLD, CALM_RUN), (NEW, HOSTILE_RUN)),
)

LOADED = {"calm": CALM, "hostile": HOSTILE}
