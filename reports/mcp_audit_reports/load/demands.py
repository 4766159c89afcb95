"""What a profile demands of a target, what was measured, and which check says whether it was met."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from mcp_audit_harness.model import Report, Result, Revision, Status
from mcp_audit_harness.model.loading import LoadRun

from ..digest import status_word
from .numbers import number


@dataclass(frozen=True, slots=True)
class Kind:
    """What a profile may demand."""

    name: str
    """A field of `Thresholds`."""
    what: str
    """`median latency`."""
    relation: str
    """`below`, `at most` or `at least`."""
    unit: str
    check: str
    measured: Callable[[LoadRun], float | None]


@dataclass(frozen=True, slots=True)
class Demand:
    """A threshold, and what became of it."""

    kind: Kind
    limit: float
    measured: float | None
    status: Status | None
    """None: there is no verdict."""
    reason: str
    """Of the verdict, in the words of the check."""

    @property
    def tells(self) -> bool:
        """Whether it tells a reader anything: it was measured, or there is a verdict that says why it was not."""
        return self.measured is not None or self.status not in {None, Status.NOT_APPLICABLE}

    @property
    def limit_text(self) -> str:
        """The limit with relation and unit: `below 100 ms`."""
        return f"{self.kind.relation} {_with(self.limit, self.kind.unit)}"

    @property
    def measured_text(self) -> str:
        """What was measured, with its unit; a dash where nothing was."""
        return "-" if self.measured is None else _with(self.measured, self.kind.unit)

    @property
    def verdict(self) -> str:
        """The verdict in a word or two."""
        return "no verdict" if self.status is None else status_word(self.status)


def error_percent(run: LoadRun) -> float:
    """Return how many of a hundred requests failed."""
    return 100 * run.all.errors / run.all.requests if run.all.requests else 0.0


def achieved_percent(run: LoadRun) -> float:
    """Return how much of the offered rate was achieved."""
    return 100 * run.achieved_per_s / run.offered_per_s if run.offered_per_s else 0.0


def unfairness(run: LoadRun) -> float | None:
    """Return how many times slower (p99) the well-behaved clients became by the abusive one; None: unknown."""
    seen = run.neighbours
    return seen.beside.latency.p99_ms / seen.alone.latency.p99_ms if seen and seen.alone.latency.p99_ms else None


def _slope(run: LoadRun) -> float | None:
    return run.memory.per_min if run.memory else None


def _kept(run: LoadRun) -> float | None:
    return float(run.handles[1] - run.handles[0]) if run.handles else None


_KINDS = (
    Kind("p50_ms", "median latency", "below", "ms", "load/slow-median", lambda run: run.all.latency.p50_ms),
    Kind("p99_ms", "p99 latency", "below", "ms", "load/slow-tail", lambda run: run.all.latency.p99_ms),
    Kind("error_percent", "errors", "below", "%", "load/errors-under-load", error_percent),
    Kind("rate_percent", "achieved of offered", "at least", "%", "load/misses-offered-rate", achieved_percent),
    Kind("silence_s", "silence", "at most", "s", "load/falls-silent", lambda run: run.silence_s),
    Kind("rss_mb", "memory", "below", "MB", "load/memory-over-budget", lambda run: run.most_rss_of_one_mb),
    Kind("rss_slope_mb_min", "memory growth", "at most", "MB/min", "load/leaks-memory", _slope),
    Kind("handles", "handles kept", "at most", "", "load/leaks-handles", _kept),
    Kind("fairness", "slowdown by a neighbour", "at most", "times", "load/unfair-to-neighbours", unfairness),
)


def demands(report: Report, revision: Revision, run: LoadRun) -> tuple[Demand, ...]:
    """Return the thresholds of a run with what was measured and the verdicts of the report."""
    judged = {item.check: item for item in report.results if item.revision is revision}
    limits = ((kind, getattr(run.thresholds, kind.name)) for kind in _KINDS)
    return tuple(_demand(kind, limit, judged.get(kind.check), run) for kind, limit in limits if limit is not None)


def _demand(kind: Kind, limit: float, verdict: Result | None, run: LoadRun) -> Demand:
    measured = kind.measured(run)
    return Demand(
        kind=kind,
        limit=float(limit),
        measured=measured if measured is not None and math.isfinite(measured) else None,
        status=verdict.status if verdict else None,
        reason=verdict.message if verdict else "",
    )


def _with(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()
