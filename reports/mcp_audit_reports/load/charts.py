"""The charts of a load run."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from mcp_audit_harness.model.loading import LoadRun, LoadSecond, LoadSeries, ProcessSample

from . import words
from .numbers import number
from .scales import Scale, around, linear, logarithmic, nines, timed
from .svg import Band, Chart, Line

_PLACES = 300
"""So many points a line has at most: of a long run each stands for several seconds."""
_LEAST_MS = 0.1
_LOOKS = ("first", "second", "third", "fourth")
_KINDS = 3
"""So many kinds of requests have a curve of their own."""

_Points = tuple[tuple[float, float | None], ...]


def charts(run: LoadRun, name: str) -> Iterator[Chart]:
    """Yield the charts for which there is something to show; `name` begins the names of their elements."""
    run = replace(run, processes=tuple(sorted(run.processes, key=lambda sample: sample.at_s)))
    ends = [second.at_s + 1 for second in run.seconds] + [sample.at_s for sample in run.processes]
    over_time = []
    if ends:
        starts = [second.at_s for second in run.seconds] + [sample.at_s for sample in run.processes]
        across, bands = timed(min(starts), max(ends)), tuple(_bands(run, min(starts)))
        over_time = [replace(chart, bands=bands) for chart in _over_time(run, name, across)]
    yield from over_time[:1]
    if run.all.spectrum:
        yield _spectrum(run, f"{name}-spectrum")
    yield from over_time[1:]


def _over_time(run: LoadRun, name: str, across: Scale) -> Iterator[Chart]:
    if run.seconds:
        yield _latency(run, f"{name}-latency", across)
        yield _throughput(run, f"{name}-throughput", across)
    if any(second.errors for second in run.seconds):
        yield _errors(run, f"{name}-errors", across)
    if any(second.waiting for second in run.seconds):
        yield _waiting(run, f"{name}-waiting", across)
    if any(second.streams for second in run.seconds):
        yield _streams(run, f"{name}-streams", across)
    if len(run.processes) > 1:
        yield _memory(run, f"{name}-memory", across)
        yield _processor(run, f"{name}-processor", across)
        yield _handles(run, f"{name}-handles", across)


def _latency(run: LoadRun, name: str, across: Scale) -> Chart:
    lines = (
        Line("median", "first", _seconds(run, lambda second: second.latency.p50_ms, fmean, answered=True)),
        Line("p99", "second", _seconds(run, lambda second: second.latency.p99_ms, max, answered=True)),
        Line("slowest", "third", _seconds(run, lambda second: second.latency.max_ms, max, answered=True)),
    )
    limits = [(run.thresholds.p50_ms, "median demanded"), (run.thresholds.p99_ms, "p99 demanded")]
    return Chart(
        name=name,
        title="Latency over time",
        description=f"{words.latency(run.all)}. The longest time without any answer was {number(run.silence_s)} s.",
        across=across,
        up=logarithmic(_heights(lines), _LEAST_MS),
        unit="ms from when a request was due, log scale",
        lines=lines,
        limits=tuple((value, text) for value, text in limits if value is not None),
    )


def _spectrum(run: LoadRun, name: str) -> Chart:
    lines = tuple(
        Line(label, look, tuple(series.spectrum))
        for (label, series), look in zip(_curves(run), _LOOKS, strict=False)
        if series.spectrum
    )
    return Chart(
        name=name,
        title="Latency by percentile",
        description=f"How long the slowest part of all requests took: {words.latency(run.all)}.",
        across=nines(run.all.requests),
        up=logarithmic(_heights(lines), _LEAST_MS),
        unit="ms, each nine as wide as the one before",
        lines=lines,
    )


def _curves(run: LoadRun) -> list[tuple[str, LoadSeries]]:
    """Return what has a curve of its own: the clients beside an abusive one, else the commonest kinds of requests."""
    if run.neighbours is not None:
        return [
            ("all requests", run.all),
            ("clients beside an abusive one", run.neighbours.beside),
            ("clients alone", run.neighbours.alone),
        ]
    most = sorted(run.series, key=lambda series: -series.requests)[:_KINDS] if len(run.series) > 1 else []
    return [("all requests", run.all), *((series.label, series) for series in most)]


def _bands(run: LoadRun, first: float) -> Iterator[Band]:
    """Yield the warm-up, and the stretches in which nothing was answered although requests waited."""
    if first < 0:
        yield Band(first, 0.0, "warmup", "warm-up")
    for silent, group in itertools.groupby(run.seconds, lambda second: not second.done and second.waiting > 0):
        if silent:
            stretch = list(group)
            yield Band(stretch[0].at_s, stretch[-1].at_s + 1, "silent", "no answers")


def _throughput(run: LoadRun, name: str, across: Scale) -> Chart:
    during = replace(run, seconds=tuple(second for second in run.seconds if second.at_s < run.duration_s))
    lines = (
        Line("offered", "offered", _seconds(during, lambda second: second.due, fmean)),
        Line("answered without error", "first", _seconds(during, lambda second: second.done - second.errors, fmean)),
    )
    return Chart(name, "Throughput", words.throughput(run), across, linear(_heights(lines)), "requests/s", lines)


def _errors(run: LoadRun, name: str, across: Scale) -> Chart:
    lines = (Line("failed requests", "bad", _seconds(run, lambda second: second.errors, fmean), filled=True),)
    return Chart(name, "Errors", words.errors(run), across, linear(_heights(lines)), "requests/s", lines)


def _waiting(run: LoadRun, name: str, across: Scale) -> Chart:
    lines = (
        Line("due and not yet answered", "fourth", _seconds(run, lambda second: second.waiting, max), filled=True),
    )
    most = max(second.waiting for second in run.seconds)
    said = f"At most {most} requests were due and not yet answered at the end of a second."
    return Chart(name, "Waiting requests", said, across, linear(_heights(lines), whole=True), "requests", lines)


def _streams(run: LoadRun, name: str, across: Scale) -> Chart:
    lines = (Line("open streams", "first", _seconds(run, lambda second: second.streams, max)),)
    said = words.streams(run) or "Event streams that were open at the end of each second."
    return Chart(name, "Event streams", said, across, linear(_heights(lines), whole=True), "streams", lines)


def _memory(run: LoadRun, name: str, across: Scale) -> Chart:
    lines = [Line("resident memory", "first", _sampled(run.processes, lambda sample: sample.rss_mb, fmean))]
    if run.memory is not None:
        counted = [sample for sample in run.processes if sample.at_s >= 0] or list(run.processes)
        level, centre = fmean(item.rss_mb for item in counted), fmean(item.at_s for item in counted)
        ends = (counted[0].at_s, counted[-1].at_s)
        trend = tuple((at, level + run.memory.per_min / 60 * (at - centre)) for at in ends)
        lines.append(Line(f"{run.memory.per_min:+.2f} MB/min", "limit", trend))
    limit = None if run.thresholds.rss_mb is None else run.servers * run.thresholds.rss_mb
    return Chart(
        name=name,
        title="Memory",
        description=words.memory(run),
        across=across,
        up=around([*_heights(lines), *([limit] if limit and limit < 2 * (run.most_rss_mb or 0) else [])]),
        unit="MB, of all processes together",
        lines=tuple(lines),
        limits=((limit, "demanded"),) if limit is not None else (),
    )


def _processor(run: LoadRun, name: str, across: Scale) -> Chart:
    used = [
        (later.at_s, 100 * max(0.0, later.cpu_s - before.cpu_s) / (later.at_s - before.at_s))
        for before, later in itertools.pairwise(run.processes)
        if later.at_s > before.at_s
    ]
    lines = (Line("processor time", "second", _thinned(used, fmean), filled=True),)
    mean = fmean(value for _, value in used) if used else 0.0
    said = f"The target's processes used {number(mean)} % of a core on average."
    return Chart(name, "Processor", said, across, linear(_heights(lines)), "% of a core", lines)


def _handles(run: LoadRun, name: str, across: Scale) -> Chart:
    lines = (
        Line("files and sockets", "first", _sampled(run.processes, lambda sample: sample.handles, max)),
        Line("threads", "third", _sampled(run.processes, lambda sample: sample.threads, max)),
        Line("processes", "fourth", _sampled(run.processes, lambda sample: sample.processes, max)),
    )
    said = words.handles(run) or "Open files and sockets, threads and processes of the target."
    return Chart(
        name, "Handles and threads", said, across, linear(_heights(lines), whole=True), "open at a time", lines
    )


def _seconds(
    run: LoadRun,
    value: Callable[[LoadSecond], float],
    gather: Callable[[Iterable[float]], float],
    *,
    answered: bool = False,
) -> _Points:
    """Return a value of each second; with `answered` only of those in which an answer came."""
    return _thinned(
        [(second.at_s + 0.5, None if answered and not second.done else value(second)) for second in run.seconds], gather
    )


def _sampled(
    samples: Sequence[ProcessSample],
    value: Callable[[ProcessSample], float],
    gather: Callable[[Iterable[float]], float],
) -> _Points:
    return _thinned([(sample.at_s, value(sample)) for sample in samples], gather)


def _thinned(points: Sequence[tuple[float, float | None]], gather: Callable[[Iterable[float]], float]) -> _Points:
    """Return at most `_PLACES` points: of each group of neighbours the middle, and the values gathered into one."""
    count = min(_PLACES, len(points))
    groups = [points[part * len(points) // count : (part + 1) * len(points) // count] for part in range(count)]
    return tuple((fmean(x for x, _ in group), _gathered(group, gather)) for group in groups)


def _gathered(group: Sequence[tuple[float, float | None]], gather: Callable[[Iterable[float]], float]) -> float | None:
    values = [y for _, y in group if y is not None]
    return gather(values) if values else None


def _heights(lines: Iterable[Line]) -> list[float]:
    return [y for line in lines for _, y in line.points if y is not None]
