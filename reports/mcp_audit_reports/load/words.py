"""What a load run showed, in the words that every format for people uses."""

from collections import Counter

from mcp_audit_harness.model.loading import Arrivals, Bottleneck, Comparison, LoadError, LoadRun, LoadSeries

from ..digest import listed, plural
from .demands import achieved_percent, error_percent
from .numbers import number

SERIES_COLUMNS = ("Requests of", "Count", "Errors", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms")
COMPARED_COLUMNS = ("Quantity", "Earlier", "Now", "Ratio", "95 % interval", "Verdict")
COMPARED = {
    "p50_ms": "median latency, ms",
    "p99_ms": "p99 latency, ms",
    "rate": "requests/s",
    "rss_mb": "mean memory, MB",
    "cpu_ms_per_request": "processor time a request, ms",
}
_ARRIVALS = {
    Arrivals.OPEN: "each request at its scheduled time",
    Arrivals.CLOSED: "each client waits for its answer (closed loop: stalls are hidden)",
}
_BOTTLENECK = {
    Bottleneck.NONE: "none: as much was achieved as was offered",
    Bottleneck.SERVER: "the target: requests waited for it while the generator had time to spare",
    Bottleneck.GENERATOR: "the generator: nothing follows about the target's speed (try --processes)",
}
_KINDS = 3


def setting(run: LoadRun) -> str:
    """Return which load it was, in one line."""
    long = f"{number(run.duration_s)} s after {number(run.warmup_s)} s of warm-up"
    cut = ", ended before its time" if run.interrupted else ""
    return f"{plural(run.clients, 'client')}, {_ARRIVALS[run.arrivals]}, {long}{cut}"


def throughput(run: LoadRun) -> str:
    """Return what was achieved of what was offered."""
    part = f" ({achieved_percent(run):.1f} %)" if run.offered_per_s else ""
    return f"{number(run.achieved_per_s)} of {number(run.offered_per_s)} requests/s offered{part}"


def latency(series: LoadSeries) -> str:
    """Return the percentiles on one line."""
    taken = series.latency
    figures = {"p50": taken.p50_ms, "p90": taken.p90_ms, "p99": taken.p99_ms, "max": taken.max_ms}
    return f"{', '.join(f'{name} {number(value)}' for name, value in figures.items())} ms"


def errors(run: LoadRun) -> str:
    """Return how many requests failed, and the commonest ways."""
    if not run.all.errors:
        return f"none of {plural(run.all.requests, 'request')}"
    kinds: Counter[str] = Counter()
    for error in run.errors:
        kinds[f"{error.kind} {error.what}".strip()] += error.count
    named = listed([f"{count} {kind}" for kind, count in kinds.most_common()], _KINDS)
    told = f": {named}" if named else ""
    return f"{run.all.errors} of {run.all.requests} ({number(error_percent(run))} %){told}"


def commonest_errors(run: LoadRun) -> list[LoadError]:
    """Return the kinds of failures, the one that was seen most first."""
    return sorted(run.errors, key=lambda error: -error.count)


def memory(run: LoadRun) -> str:
    """Return how much memory the target took, and whether it grew."""
    most = run.most_rss_mb
    if most is None:
        return f"not known: {run.no_processes or 'no process was looked into'}"
    slope = run.memory
    grew = f", {slope.per_min:+.2f} MB/min (95 %: {slope.low:+.2f} to {slope.high:+.2f})" if slope else ""
    held_by = f" in {run.servers} servers" if run.servers > 1 else ""
    return f"{number(most)} MB at most{held_by}{grew}"


def handles(run: LoadRun) -> str:
    """Return how many handles were open before and after; empty where nothing is known."""
    return f"{run.handles[0]} before the load, {run.handles[1]} after it" if run.handles else ""


def bottleneck(run: LoadRun) -> str:
    """Return who held the rate back."""
    return _BOTTLENECK[run.bottleneck]


def warnings(run: LoadRun) -> tuple[str, ...]:
    """Return what a reader must know before any figure, one sentence each."""
    said = (
        (
            run.bottleneck is Bottleneck.GENERATOR,
            "The generator was the bottleneck: nothing follows about the target's speed.",
        ),
        (
            run.arrivals is Arrivals.CLOSED,
            "Clients waited for their answers before they sent again: stalls are hidden.",
        ),
        (run.interrupted, "The run was ended before its time."),
    )
    return tuple(text for holds, text in said if holds)


def generator(run: LoadRun) -> str:
    """Return what producing the load cost, by which it can be judged whether the generator was fast enough."""
    used = run.generator
    cost = (
        f"{plural(used.processes, 'process', 'processes')}, {number(used.cpu_s)} s of processor time, "
        f"the busiest {number(used.busiest_percent)} % of a core, 99 % of free clients sent within "
        f"{number(used.late_p99_ms)} ms of when it was due"
    )
    return "; ".join((cost, *used.lost))


def knee(run: LoadRun) -> str:
    """Return where a growing load broke the target; empty where none grew."""
    found = run.knee
    if found is None:
        return ""
    held = f"held {number(found.rate)} requests/s" if found.rate else "did not hold the first step"
    broke = f", broke at {number(found.broke_at)}" if found.broke_at else ", nothing broke it"
    return f"{held}{broke}{f': {found.why}' if found.why else ''}"


def not_compared(run: LoadRun) -> str:
    """Return why nothing was compared with the earlier run; empty where it was, or where none was named."""
    return f"not compared: {run.not_compared}" if run.not_compared else ""


def streams(run: LoadRun) -> str:
    """Return what became of event streams; empty where none were opened."""
    seen = run.streams
    if seen is None:
        return ""
    counts = f"{seen.most} open at a time, {seen.opened} opened, {seen.refused} refused, {seen.dropped} dropped"
    return f"{counts}, {plural(seen.events, 'event')}"


def neighbours(run: LoadRun) -> str:
    """Return what an abusive client did to the others; empty where there was none."""
    seen = run.neighbours
    if seen is None:
        return ""
    alone, beside = (number(series.latency.p99_ms) for series in (seen.alone, seen.beside))
    return f"p99 {alone} ms alone, {beside} ms beside an abusive one ({seen.beside.errors} errors)"


def beyond_figures(run: LoadRun) -> dict[str, str]:
    """Return what was seen on some runs only, each by its name."""
    said = {
        "Streams": streams(run),
        "Neighbours": neighbours(run),
        "Knee": knee(run),
        "Baseline": not_compared(run),
    }
    return {name: text for name, text in said.items() if text}


def compared(item: Comparison) -> str:
    """Return one quantity beside that of the earlier run, in one line."""
    worse = ", a regression" if item.regressed else ""
    interval = f"95 %: {item.low:.2f} to {item.high:.2f}"
    return f"{name_of(item)}: {number(item.old)} -> {number(item.new)}, ratio {item.ratio:.2f} ({interval}){worse}"


def compared_cells(item: Comparison) -> list[str]:
    """Return the cells of `COMPARED_COLUMNS` but for the first."""
    interval = f"{item.low:.2f} to {item.high:.2f}"
    verdict = "regression" if item.regressed else "no regression"
    return [number(item.old), number(item.new), f"{item.ratio:.2f}", interval, verdict]


def failure(error: LoadError) -> str:
    """Return one kind of failure in one line."""
    example = f": {error.example}" if error.example else ""
    return f"{error.kind} {error.what} of {error.label}{example}"


def name_of(item: Comparison) -> str:
    """Return what is compared, in words."""
    return COMPARED.get(item.name, item.name)


def series_row(series: LoadSeries) -> list[str]:
    """Return the cells of `SERIES_COLUMNS`."""
    taken = series.latency
    values = (taken.p50_ms, taken.p90_ms, taken.p99_ms, taken.p999_ms, taken.max_ms)
    return [series.label or "all", str(series.requests), str(series.errors), *(number(value) for value in values)]
