"""What a target keeps of a load: memory while it lasts, memory and files that grow, files that stay open."""

import statistics
from typing import Final

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import Category, Effort, Severity, Verdict, failed, not_applicable, not_observed
from mcp_audit_harness.model.loading import LoadRun

from .under_load import under_load
from .words import ENDS_WITH_LOAD, held, limit_of, load_of

SHORTEST_S: Final = 25.0
"""A slope of memory takes about so many seconds after the warm-up at least."""
_LEAST_MB: Final = 4.0
"""Growth that counts: tables and pools that are filled once stay below it."""
_SHORT_S: Final = 600.0
_LEAST_SHARE: Final = 0.1
"""Growth that counts in a shorter run, as a part of what there was: some collectors look once in some minutes."""
_STEADY: Final = 0.5
"""How fast memory still grows in the last third, as a part of how it grew between the thirds before."""
_MEMORY: Final = "https://cwe.mitre.org/data/definitions/401.html"
_HANDLES: Final = ("https://cwe.mitre.org/data/definitions/772.html", "https://cwe.mitre.org/data/definitions/775.html")


@check(
    under_load,
    id="load/memory-over-budget",
    title="The load takes more memory than it may",
    requirements=("load/bounded-memory",),
    severity=Severity.MEDIUM,
    category=Category.PERFORMANCE,
    remediation="Stream or page large results, bound caches and queues, and bound how much is at work at a time.",
    references=("https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",),
    effort=Effort.MEDIUM,
)
def memory_over_budget(run: LoadRun) -> Verdict:
    """A container has a limit, and what goes over it is killed, with every session in it. Counted is the resident
    memory of all processes of the target together, at its highest; over stdio that of one server, on the average of
    the few that run.
    """
    limit = limit_of(run, run.thresholds.rss_mb, of_speed=False)
    if isinstance(limit, Verdict):
        return limit
    rss_mb = run.most_rss_of_one_mb
    if rss_mb is None:
        return _unseen(run)
    most = max(run.processes, key=lambda sample: sample.rss_mb)
    held_by = "one process" if most.processes == 1 else f"{most.processes} processes"
    held_by = f"each of {run.servers} servers" if run.servers > 1 else held_by
    said = f"{rss_mb:.0f} MB in {held_by} (limit {limit:g} MB), at {load_of(run)}"
    if rss_mb > limit:
        return failed(f"The target grew to {said}.", *run.samples)
    return held(run, f"at most {said}")


@check(
    under_load,
    id="load/leaks-memory",
    title="Memory grows for as long as the load lasts",
    requirements=("churn/frees-what-it-used",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Compare two heap snapshots some minutes apart under the same load; look for what only ever grows.",
    references=(_MEMORY,),
    effort=Effort.MEDIUM,
)
def leaks_memory(run: LoadRun) -> Verdict:
    """A server runs for weeks at a load like this one; what grows each minute ends it some night. Asserted only where
    the whole 95 % interval of the slope lies above the limit, at least four megabytes came after the warm-up (in less
    than ten minutes a tenth of what there was), and the last third of the time still grew at no less than half the
    pace: a cache that fills does not.
    """
    limit = limit_of(run, run.thresholds.rss_slope_mb_min, of_speed=False)
    if isinstance(limit, Verdict):
        return limit
    if not run.processes:
        return _unseen(run)
    if run.memory is None:
        why = f"a slope takes about {SHORTEST_S:g} s after the warm-up, and the load lasted {run.duration_s:.0f} s"
        return not_observed(f"{why}; give it more with --duration", *run.samples)
    slope = run.memory
    said = (
        f"{slope.per_min:+.2f} MB a minute (95 %: {slope.low:+.2f} to {slope.high:+.2f}, limit {limit:g}) "
        f"in {run.duration_s:.0f} s at {load_of(run)}"
    )
    if slope.high <= limit:
        return held(run, said)
    if slope.low <= limit:
        return not_observed(f"memory changed by {said}: a longer run tells which; see --duration", *run.samples)
    grown, steady = _growth(run)
    is_little = grown < _least_mb(run)
    if is_little or not steady:
        why = "little enough to be a table that fills" if is_little else "it grew less and less, as a cache does"
        return not_observed(f"memory changed by {said}: {why}; a longer run tells, see --duration", *run.samples)
    return failed(f"The target's memory grew by {grown:.0f} MB: {said}.", *run.samples)


def _after_warmup(run: LoadRun) -> list[float]:
    return [sample.rss_mb for sample in run.processes if sample.at_s >= 0]


def _least_mb(run: LoadRun) -> float:
    """Return the growth that counts, in MB."""
    begun = next(iter(_after_warmup(run)), 0.0)
    return max(_LEAST_MB, _LEAST_SHARE * begun) if run.duration_s < _SHORT_S else _LEAST_MB


def _growth(run: LoadRun) -> tuple[float, bool]:
    """Return by how many MB memory grew after the warm-up, and whether it grew to the end."""
    values = _after_warmup(run)
    third = len(values) // 3
    if not third:
        return 0.0, False
    means = [statistics.fmean(part) for part in (values[:third], values[third:-third], values[-third:])]
    return values[-1] - values[0], means[2] - means[1] >= _STEADY * (means[1] - means[0])


@check(
    under_load,
    id="load/leaks-handles",
    title="Files or sockets stay open when the load is over",
    requirements=("churn/frees-what-it-used",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Close in a `finally` or a context manager whatever a request, stream or session opens.",
    references=_HANDLES,
)
def leaks_handles(run: LoadRun) -> Verdict:
    """A process may hold about a thousand files; then it accepts no connections any more, from nobody. They are counted
    before the load, and again when every client has left and had its connections closed for some seconds.
    """
    limit = limit_of(run, run.thresholds.handles, of_speed=False, of_ramp=False)
    if isinstance(limit, Verdict):
        return limit
    if run.handles is None:
        return _unseen(run) if not run.processes else not_applicable(ENDS_WITH_LOAD, *run.samples)
    before, after = run.handles
    said = (
        f"{before} open files and sockets before the load, {after} after {run.all.requests} requests (limit {limit:+d})"
    )
    if after - before > limit:
        return failed(f"{said}, with every client gone.", *run.samples)
    return held(run, said)


def _unseen(run: LoadRun) -> Verdict:
    why = run.no_processes or "the target's processes were not looked into"
    return not_observed(f"nothing is known of the target's processes: {why}", *run.samples)
