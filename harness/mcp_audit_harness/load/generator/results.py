"""The final account of a ledger. Pure."""

from collections.abc import Iterable

from ...model.loading import Bottleneck, GeneratorUse, LoadError, LoadSeries, Neighbours, StreamLoad
from ..plan import Generated, Profile, StageResult
from .bottleneck import bottleneck, busiest_percent
from .histograms import added, encoded, latency, spectrum
from .ledger import Group, Ledger
from .silence import longest
from .tallies import Cell


def generated(ledger: Ledger, profile: Profile, wall_s: float, *, interrupted: bool) -> Generated:
    """Return what the run showed; `wall_s` is how long the generators were at it."""
    whole = _of(ledger, Group.LOAD)
    all_together = _series("", whole)
    duration = ledger.end_s
    offered, achieved = sum(ledger.offered), sum(ledger.achieved)
    use = _use(ledger, wall_s)
    return Generated(
        warmup_s=profile.warmup_s,
        duration_s=round(duration, 3),
        offered_per_s=_per_second(offered, duration),
        achieved_per_s=_per_second(achieved, duration),
        bottleneck=bottleneck(
            offered=offered,
            achieved=achieved,
            busiest_percent=use.busiest_percent,
            late=added(ledger.late),
            p99_ms=all_together.latency.p99_ms,
        ),
        all=all_together,
        series=_by_label(ledger),
        seconds=tuple(ledger.closed),
        errors=_errors(ledger),
        generator=use,
        stages=stages(ledger, profile),
        silence_s=round(longest([ledger.silence.kept, *ledger.quiet.values()], ledger.end_s + profile.timeout_s), 3),
        streams=_streams(ledger) if profile.streams else None,
        neighbours=_neighbours(ledger) if profile.abusive_clients else None,
        interrupted=interrupted,
    )


def stages(ledger: Ledger, profile: Profile) -> tuple[StageResult, ...]:
    """Return what became of each stage that has begun."""
    ends, begins = ledger.stage_ends, (0.0, *ledger.stage_ends)
    return tuple(
        _stage(ledger, number, stage.rate, begins[number], min(ends[number], ledger.end_s))
        for number, stage in enumerate(profile.stages)
        if begins[number] < ledger.end_s
    )


def _stage(ledger: Ledger, number: int, rate: float, begin_s: float, end_s: float) -> StageResult:
    parts = [part for part in range(len(ledger.part_ends)) if ledger.stage_of(part) == number]
    cells = _of(ledger, Group.LOAD, parts=parts)
    offered, achieved = sum(ledger.offered[part] for part in parts), ledger.achieved[number]
    took = latency(added(cell.counts for cell in cells))
    why = bottleneck(
        offered=offered,
        achieved=achieved,
        busiest_percent=busiest_percent(ledger.busy, begin_s, end_s),
        late=added(ledger.late[part] for part in parts),
        p99_ms=took.p99_ms,
    )
    errors = sum(cell.errors for cell in cells)
    return StageResult(rate, offered, achieved, errors, took, round(end_s - begin_s, 3), why is Bottleneck.GENERATOR)


def _of(ledger: Ledger, group: Group, *, label: str | None = None, parts: Iterable[int] | None = None) -> list[Cell]:
    wanted = None if parts is None else set(parts)
    return [
        cell
        for (of, name, part), cell in ledger.cells.items()
        if of is group and label in {None, name} and (wanted is None or part in wanted)
    ]


def _series(label: str, cells: list[Cell]) -> LoadSeries:
    counts = added(cell.counts for cell in cells)
    errors = sum(cell.errors for cell in cells)
    return LoadSeries(label, sum(counts.values()), errors, latency(counts), spectrum(counts), encoded(counts))


def _by_label(ledger: Ledger) -> tuple[LoadSeries, ...]:
    """Return one series for each label, those of sessions after those of the load."""
    names = dict.fromkeys((group, label) for group, label, _ in sorted(ledger.cells) if group is not Group.ABUSE)
    return tuple(_series(label, _of(ledger, group, label=label)) for group, label in names)


def _errors(ledger: Ledger) -> tuple[LoadError, ...]:
    """Return the failures, the most frequent first; those of abusive clients are their own."""
    found = [
        LoadError(label, kind, what, count, example)
        for (group, label, kind, what), (count, example) in ledger.errors.items()
        if group is not Group.ABUSE
    ]
    return tuple(sorted(found, key=lambda error: (-error.count, error.label, error.kind, error.what)))


def _use(ledger: Ledger, wall_s: float) -> GeneratorUse:
    return GeneratorUse(
        processes=ledger.processes,
        cpu_s=round(ledger.cpu_s, 3),
        wall_s=round(wall_s, 3),
        busiest_percent=busiest_percent(ledger.busy, 0.0, ledger.end_s),
        late_p99_ms=ledger.late_p99_ms,
    )


def _streams(ledger: Ledger) -> StreamLoad:
    seen = ledger.streams
    most = max((second.streams for second in ledger.closed), default=0)
    return StreamLoad(seen.opened, seen.refused, seen.dropped, seen.events, most)


def _neighbours(ledger: Ledger) -> Neighbours:
    first = [part for part, end in enumerate(ledger.part_ends) if end <= ledger.half_s]
    second = [part for part, end in enumerate(ledger.part_ends) if end > ledger.half_s]
    return Neighbours(
        alone=_series("", _of(ledger, Group.LOAD, parts=first)),
        beside=_series("", _of(ledger, Group.LOAD, parts=second)),
        abuse=_series("", _of(ledger, Group.ABUSE)),
    )


def _per_second(count: int, duration_s: float) -> float:
    return round(count / duration_s, 3) if duration_s > 0 else 0.0
