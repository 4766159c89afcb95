"""The part of report.json about load: written, and read again as an earlier run to compare with."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TypeVar

import msgspec
from mcp_audit_harness.model import Report, Revision
from mcp_audit_harness.model import loading as facts
from mcp_audit_harness.model.loading import LoadRun
from msgspec import UNSET

from ..load.demands import Demand, demands
from . import load_shape as shape

_Shape = TypeVar("_Shape")


def loads_of(report: Report) -> tuple[shape.Load, ...]:
    """Return what was seen under load as it is written, the newest revision first."""
    return tuple(_load(revision, run, demands(report, revision, run)) for revision, run in reversed(report.loads))


def read_load(data: bytes) -> LoadRun:
    """Return the run at the newest revision in a report.json, or in a file that holds its member `load` alone.

    The exchanges of its evidence are left out.

    Raises:
        ValueError: in one sentence, if there is none.
    """
    try:
        document = msgspec.json.decode(data, type=shape.Document)
        if document.load is not UNSET:
            return _run(document.load)
        if document.profile is not UNSET:
            return _run(msgspec.json.decode(data, type=shape.Load))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
    raise ValueError("the report holds no load run: it was not written by `mcp-audit load`")


def _load(revision: Revision, run: LoadRun, judged: tuple[Demand, ...]) -> shape.Load:
    taken = run.all.latency
    return shape.Load(
        profile=run.profile,
        duration_s=run.duration_s,
        rate=run.achieved_per_s,
        p50_ms=taken.p50_ms,
        p90_ms=taken.p90_ms,
        p99_ms=taken.p99_ms,
        max_ms=taken.max_ms,
        requests=run.all.requests,
        errors=run.all.errors,
        rss_mb=run.most_rss_mb,
        rss_slope_mb_min=run.memory.per_min if run.memory else None,
        thresholds=tuple(_threshold(item) for item in judged),
        revision=revision,
        arrivals=run.arrivals,
        clients=run.clients,
        warmup_s=run.warmup_s,
        offered_rate=run.offered_per_s,
        bottleneck=run.bottleneck,
        interrupted=run.interrupted,
        silence_s=run.silence_s,
        generator=_same(run.generator, shape.LoadGenerator),
        all=_same(run.all, shape.LoadSeries),
        series=_each(run.series, shape.LoadSeries),
        failures=_each(run.errors, shape.LoadFailure),
        streams=_perhaps(run.streams, shape.LoadStreams),
        neighbours=_perhaps(run.neighbours, shape.LoadNeighbours),
        knee=_perhaps(run.knee, shape.LoadKnee),
        comparisons=_each(run.comparisons, shape.LoadComparison),
        not_compared=run.not_compared,
        left_out=run.left_out,
        handles=shape.LoadHandles(*run.handles) if run.handles else None,
        rss_slope=_perhaps(run.memory, shape.LoadSlope),
        no_processes=run.no_processes,
        processes=_each(run.processes, shape.LoadProcesses),
        seconds=_each(run.seconds, shape.LoadSecond),
        evidence=tuple(sample.id for sample in run.samples),
        servers=run.servers,
    )


def _same(value: object, kind: type[_Shape]) -> _Shape:
    """Return a value of the model in the shape that has the same fields, or the other way round."""
    return msgspec.convert(value, kind, from_attributes=True)


def _each(values: Iterable[object], kind: type[_Shape]) -> tuple[_Shape, ...]:
    return tuple(_same(value, kind) for value in values)


def _perhaps(value: object | None, kind: type[_Shape]) -> _Shape | None:
    return None if value is None else _same(value, kind)


def _threshold(item: Demand) -> shape.LoadThreshold:
    return shape.LoadThreshold(item.kind.name, item.limit, item.measured, item.kind.check, item.status)


def _run(load: shape.Load) -> LoadRun:
    return LoadRun(
        profile=load.profile,
        arrivals=load.arrivals,
        clients=load.clients,
        warmup_s=load.warmup_s,
        duration_s=load.duration_s,
        offered_per_s=load.offered_rate,
        achieved_per_s=load.rate,
        bottleneck=load.bottleneck,
        all=_same(load.all, facts.LoadSeries),
        series=_each(load.series, facts.LoadSeries),
        seconds=_each(load.seconds, facts.LoadSecond),
        errors=_each(load.failures, facts.LoadError),
        generator=_same(load.generator, facts.GeneratorUse),
        thresholds=_thresholds(load),
        silence_s=load.silence_s,
        processes=_each(load.processes, facts.ProcessSample),
        no_processes=load.no_processes,
        memory=_perhaps(load.rss_slope, facts.Slope),
        handles=(load.handles.before, load.handles.after) if load.handles else None,
        streams=_perhaps(load.streams, facts.StreamLoad),
        neighbours=_perhaps(load.neighbours, facts.Neighbours),
        knee=_perhaps(load.knee, facts.Knee),
        comparisons=_each(load.comparisons, facts.Comparison),
        not_compared=load.not_compared,
        left_out=load.left_out,
        interrupted=load.interrupted,
        servers=load.servers,
    )


def _thresholds(load: shape.Load) -> facts.Thresholds:
    limits = {item.name: item.limit for item in load.thresholds}
    named: dict[str, float | None] = {field.name: limits.get(field.name) for field in fields(facts.Thresholds)}
    return msgspec.convert(named, facts.Thresholds, strict=False)
