"""What the checks of a load run have in common: how they say what was measured, and when nothing follows from it."""

from http import HTTPStatus
from typing import Final

from mcp_audit_harness.model import Exchange, Verdict, not_applicable, not_observed, passed
from mcp_audit_harness.model.loading import Arrivals, Bottleneck, LoadError, LoadRun, LoadSeries

NOT_DEMANDED: Final = "the profile does not demand it"
ENDS_WITH_LOAD: Final = "over stdio the processes that were loaded end with the load"
_MOST_KINDS: Final = 3
_ALL: Final = 0.995
_FEW_PERCENT: Final = 0.1
"""Of requests: so few refusals change no figure."""
_KINDS: Final = {"http": "HTTP", "jsonrpc": "error", "tool": "tool error", "transport": "", "timeout": ""}


def limit_of(
    run: LoadRun, limit: float | None, *, of_speed: bool = True, of_ramp: bool = True, of_service: bool = False
) -> float | Verdict:
    """Return a threshold, or why it is not judged.

    `of_speed`: the generator's own slowness would show in what is measured. `of_ramp`: a load that grows until it
    breaks the target breaks this threshold on purpose. `of_service`: what a limit on requests refuses is not measured.
    """
    if limit is None:
        return not_applicable(NOT_DEMANDED)
    if not run.all.requests or not run.samples:
        return not_observed("no request was answered, and none failed", *run.samples)
    if of_speed and run.bottleneck is Bottleneck.GENERATOR:
        return generator_bound(run)
    return (_of_ramp(run) if of_ramp else None) or (limited(run) if of_service else None) or limit


def _of_ramp(run: LoadRun) -> Verdict | None:
    """Return what a growing load says of the thresholds: nothing, unless its first step broke one, or none did."""
    knee = run.knee
    if knee is None:
        return None
    if not knee.rate and not knee.broke_at:
        return not_observed("the generator was late in the first step of the load already", *run.samples)
    if not knee.rate or not knee.broke_at:
        return None
    held = f"{knee.rate:g} requests/s held, {knee.broke_at:g}/s did not ({knee.why})"
    return not_applicable(f"the load grew until something gave way: {held}", *run.samples)


def generator_bound(run: LoadRun) -> Verdict:
    """Return NOT_OBSERVED: the machine that asked was too slow to tell how fast the target is."""
    use = run.generator
    if use.lost:
        return not_observed("; ".join(use.lost), *run.samples)
    return not_observed(
        f"the generator was the bottleneck: busy to {use.busiest_percent:.0f} %, {use.late_p99_ms:.0f} ms late, "
        f"{run.achieved_per_s:.0f} of {run.offered_per_s:.0f} requests/s; see --processes, or offer less with --rate",
        *run.samples,
    )


def limited(run: LoadRun) -> Verdict | None:
    """Return NOT_OBSERVED where a limit on requests said no (429, RFC 6585): no failure, but little was loaded."""
    refused = sum(error.count for error in run.errors if _is_refusal(error))
    if 100 * refused < _FEW_PERCENT * run.all.requests or not refused:
        return None
    return not_observed(
        f"{refused} of {run.all.requests} requests were refused with HTTP 429: allow this load in the target's limits, "
        "or offer less with --rate",
        *run.samples,
    )


def without_refusals(errors: tuple[LoadError, ...]) -> tuple[LoadError, ...]:
    """Return the failures that no limit on requests brought about."""
    return tuple(error for error in errors if not _is_refusal(error))


def _is_refusal(error: LoadError) -> bool:
    return (error.kind, error.what) == ("http", str(HTTPStatus.TOO_MANY_REQUESTS.value))


def was_all_served(run: LoadRun) -> bool:
    """Whether as much was answered as was offered: then a late generator has made latencies longer, never shorter."""
    return run.achieved_per_s >= _ALL * run.offered_per_s and not run.generator.lost


def held(run: LoadRun, message: str) -> Verdict:
    """Return PASS on the ordinary requests that were answered before and after; NOT_OBSERVED without any."""
    answered: list[Exchange] = [sample for sample in run.samples if sample.answered]
    return passed(*answered, message=message) if answered else not_observed("no ordinary request was answered")


def load_of(run: LoadRun) -> str:
    """Return what was offered and what was achieved."""
    if run.arrivals is Arrivals.CLOSED:
        return f"{run.achieved_per_s:.0f} requests/s by {run.clients} clients that wait for each answer"
    offered, achieved = run.offered_per_s, run.achieved_per_s
    return f"{_rate(offered)} requests/s offered, {_rate(achieved)} achieved"


def _rate(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def latency_of(series: LoadSeries) -> str:
    """Return the percentiles of a series."""
    found = series.latency
    return (
        f"p50 {found.p50_ms:.0f}, p90 {found.p90_ms:.0f}, p99 {found.p99_ms:.0f}, p99.9 {found.p999_ms:.0f}, "
        f"max {found.max_ms:.0f} ms over {series.requests} requests"
    )


def slowest_of(run: LoadRun, percentile: str) -> str:
    """Return which kind of request is the slowest, where one stands out; empty otherwise."""
    if len(run.series) < 2:
        return ""
    worst = max(run.series, key=lambda one: getattr(one.latency, percentile))
    return f"; slowest: {worst.label} with {getattr(worst.latency, percentile):.0f} ms"


def kinds_of(errors: tuple[LoadError, ...]) -> str:
    """Return the commonest failures with their numbers."""
    counts: dict[str, int] = {}
    for error in errors:
        name = f"{_KINDS.get(error.kind, error.kind)} {error.what or error.kind}".strip()
        counts[name] = counts.get(name, 0) + error.count
    commonest = sorted(counts.items(), key=lambda item: -item[1])
    rest = sum(count for _, count in commonest[_MOST_KINDS:])
    said = [f"{name} ({count})" for name, count in commonest[:_MOST_KINDS]]
    return ", ".join([*said, f"others ({rest})"] if rest else said)
