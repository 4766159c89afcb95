"""How fast the target is under load: median, tail, rate, neighbours, and beside an earlier run."""

from typing import Final

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import (
    Category,
    Effort,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
)
from mcp_audit_harness.model.loading import Arrivals, Bottleneck, Comparison, LoadRun, LoadSeries

from .under_load import under_load
from .words import generator_bound, held, latency_of, limit_of, limited, load_of, slowest_of, was_all_served

_GOLDEN_SIGNALS: Final = "https://sre.google/sre-book/monitoring-distributed-systems/#xref_monitoring_golden-signals"
_COORDINATED_OMISSION: Final = "https://www.infoq.com/presentations/latency-response-time/"
_CONSUMPTION: Final = "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/"
_SLOWER_OF_ITSELF: Final = frozenset({"p50_ms", "p99_ms", "rate"})
"""Quantities of a comparison in which a slow generator shows."""
_FEWEST: Final = 100
"""Requests of which a 99th percentile can be told."""
_BEARABLE_MS: Final = 100.0
"""Nobody minds to wait so long because of a neighbour."""
_FAILING: Final = 1.0
"""How many more of a hundred requests fail beside an abusive client before it counts."""


@check(
    under_load,
    id="load/slow-median",
    title="Half of all requests take too long under load",
    requirements=("load/answers-soon",),
    severity=Severity.LOW,
    category=Category.PERFORMANCE,
    remediation="Profile a single call first: the median is the work that each request does, with nobody in its way.",
    references=(_GOLDEN_SIGNALS,),
    effort=Effort.MEDIUM,
)
def slow_median(run: LoadRun) -> Verdict:
    """A model calls tools one after another, dozens for one task: what the typical call takes adds up to what a person
    waits. Latency counts from the moment at which a request was due, so that requests which waited in front of a busy
    server count with their wait.
    """
    return _percentile(run, "p50", "p50_ms", run.thresholds.p50_ms)


@check(
    under_load,
    id="load/slow-tail",
    title="One request in a hundred takes too long under load",
    requirements=("load/answers-soon",),
    severity=Severity.LOW,
    category=Category.PERFORMANCE,
    remediation="Look for what only some requests wait for: locks, a full pool, a blocked event loop, a collector.",
    references=(_GOLDEN_SIGNALS, _COORDINATED_OMISSION),
    effort=Effort.MEDIUM,
)
def slow_tail(run: LoadRun) -> Verdict:
    """Who makes a hundred calls meets the slowest hundredth once on the average, so that the tail is what people
    remember. A closed loop hides it: clients that wait during a stall do not ask meanwhile, and the stall counts once.
    Here requests come when they are due, and each that had to wait for a stall counts with its wait.
    """
    return _percentile(run, "p99", "p99_ms", run.thresholds.p99_ms)


def _percentile(run: LoadRun, name: str, percentile: str, demanded: float | None) -> Verdict:
    limit = limit_of(run, demanded, of_speed=False, of_service=True)
    if isinstance(limit, Verdict):
        return limit
    value = getattr(run.all.latency, percentile)
    if run.bottleneck is Bottleneck.GENERATOR and not (value <= limit and was_all_served(run)):
        return generator_bound(run)
    if value > limit:
        what = f"{name} {value:.0f} ms (limit {limit:g} ms) at {load_of(run)}: {latency_of(run.all)}"
        return failed(f"{what}{slowest_of(run, percentile)}.", *run.samples)
    hides = "; clients that wait hide stalls" if run.arrivals is Arrivals.CLOSED else ""
    return held(run, f"{name} {value:.0f} ms (limit {limit:g} ms) at {load_of(run)}{hides}")


@check(
    under_load,
    id="load/misses-offered-rate",
    title="Fewer requests are served than come",
    requirements=("load/serves-the-rate",),
    severity=Severity.LOW,
    category=Category.PERFORMANCE,
    remediation="Find what holds all back: one core, one lock, one connection; then add workers, or refuse early.",
    references=(_GOLDEN_SIGNALS,),
    effort=Effort.MEDIUM,
)
def misses_offered_rate(run: LoadRun) -> Verdict:
    """Where less is served than comes, a queue grows for as long as the load lasts, and with it everybody's wait: no
    latency that was measured meanwhile is the last word. Counted only while the generator itself had time to spare.
    """
    if run.arrivals is Arrivals.CLOSED:
        return not_applicable("clients that wait for each answer offer no rate of their own")
    limit = limit_of(run, run.thresholds.rate_percent, of_speed=False, of_service=True)
    if isinstance(limit, Verdict):
        return limit
    percent = 100 * run.achieved_per_s / run.offered_per_s if run.offered_per_s else 0.0
    said = f"{percent:.1f} % of the offered rate (limit {limit:g} %): {load_of(run)}"
    if percent >= limit and not run.generator.lost:
        return held(run, said)
    if run.bottleneck is Bottleneck.GENERATOR:
        return generator_bound(run)
    if run.bottleneck is Bottleneck.SERVER:
        return failed(f"The target served {said}; {latency_of(run.all)}.", *run.samples)
    return not_observed(f"requests failed rather than waited ({said}): see load/errors-under-load", *run.samples)


@check(
    under_load,
    id="load/unfair-to-neighbours",
    title="One greedy client slows down all others",
    requirements=("exhaustion/serves-others-under-load",),
    severity=Severity.MEDIUM,
    category=Category.PERFORMANCE,
    remediation="Bound what one client may have at work at a time, and answer the rest of it with 429 and Retry-After.",
    references=(_CONSUMPTION, "https://www.rfc-editor.org/rfc/rfc6585#section-4"),
    effort=Effort.MEDIUM,
)
def unfair_to_neighbours(run: LoadRun) -> Verdict:
    """One agent in a loop is enough to flood a server that treats all requests alike. Ordinary clients are measured
    alone first, then beside one that sends as fast as it can. A wait that nobody minds, below a tenth of a second, does
    not count, however many times the one before it is.
    """
    seen = run.neighbours
    if seen is None:
        return not_applicable("the profile has no abusive client; see it with --profile noisy-neighbour")
    limit = limit_of(run, run.thresholds.fairness, of_service=True)
    if isinstance(limit, Verdict):
        return limit
    if min(seen.alone.requests, seen.beside.requests) < _FEWEST:
        return not_observed(
            f"fewer than {_FEWEST} requests of ordinary clients, alone and beside the others", *run.samples
        )
    alone, beside = seen.alone.latency.p99_ms, seen.beside.latency.p99_ms
    more = _failing(seen.beside) - _failing(seen.alone)
    said = (
        f"beside clients that sent {seen.abuse.requests} requests as fast as they could, p99 of ordinary ones was "
        f"{beside:.0f} ms, alone {alone:.0f} ms (limit {limit:g} times as much), and {more:+.1f} % of them failed"
    )
    if (beside > limit * alone and beside > _BEARABLE_MS) or more >= _FAILING:
        return failed(f"{said[0].upper()}{said[1:]}.", *run.samples)
    return held(run, said)


def _failing(series: LoadSeries) -> float:
    return 100 * series.errors / series.requests


@check(
    under_load,
    id="load/slower-than-before",
    title="Slower, or greedier, than in an earlier run",
    requirements=("load/keeps-its-pace",),
    severity=Severity.MEDIUM,
    category=Category.PERFORMANCE,
    remediation="Bisect the changes since the earlier run with the same profile on the same machine.",
    references=("https://sre.google/sre-book/release-engineering/",),
    effort=Effort.MEDIUM,
)
def slower_than_before(run: LoadRun) -> Verdict:
    """Servers get slow bit by bit, and no bit breaks a threshold. Each quantity is compared as a ratio with its 95 %
    interval: one counts as worse only if the whole interval does.
    """
    if run.not_compared:
        return not_observed(run.not_compared, *run.samples)
    if not run.comparisons or not run.samples:
        return not_applicable("there is no earlier run to compare with; name one with --baseline load.json")
    if little := limited(run):
        return little
    bound = run.bottleneck is Bottleneck.GENERATOR
    judged = [one for one in run.comparisons if not (bound and one.name in _SLOWER_OF_ITSELF)]
    worse = [one for one in judged if one.regressed]
    if worse:
        said = "; ".join(_compared(one) for one in worse)
        return failed(f"Worse than in the earlier run, at {load_of(run)}: {said}.", *run.samples)
    if bound:
        return generator_bound(run)
    return held(run, f"no worse than in the earlier run: {'; '.join(_compared(one) for one in judged)}")


def _compared(one: Comparison) -> str:
    return f"{one.name} {one.old:.3g} → {one.new:.3g}, {one.ratio:.2f} times ({one.low:.2f} to {one.high:.2f})"
