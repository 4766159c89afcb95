"""A load that grows in steps: which step the target held, and what gave way at the first one that it did not."""

from ..model.loading import Knee, Thresholds
from .plan import StageResult


def broken(stage: StageResult, thresholds: Thresholds) -> str:
    """Return what the stage breaks of the thresholds, as a reader wants it; empty if nothing."""
    latency = stage.latency
    errors = 100 * stage.errors / max(1, stage.answered + stage.errors)
    achieved = 100 * stage.answered / max(1, stage.offered)
    if thresholds.error_percent is not None and errors >= max(thresholds.error_percent, 1e-9):
        return f"errors {errors:.2g} %"
    if thresholds.rate_percent is not None and achieved < thresholds.rate_percent:
        return f"achieved {achieved:.1f} %"
    if thresholds.p50_ms is not None and latency.p50_ms > thresholds.p50_ms:
        return f"p50 {latency.p50_ms:.0f} ms"
    if thresholds.p99_ms is not None and latency.p99_ms > thresholds.p99_ms:
        return f"p99 {latency.p99_ms:.0f} ms"
    return ""


def knee_of(stages: tuple[StageResult, ...], thresholds: Thresholds) -> Knee:
    """Return between which steps the target gave way; nothing follows from a step that the generator missed."""
    held = 0.0
    for stage in stages:
        if stage.generator_bound:
            break
        why = broken(stage, thresholds)
        if why:
            return Knee(held, stage.rate, why)
        held = stage.rate
    return Knee(held, 0.0, "")
