"""Puts together what the generator counted and what the target's processes showed."""

from dataclasses import dataclass, field, replace

from ..model.loading import LoadRun, ProcessSample, Slope
from .comparing import compare
from .plan import Generated, Plan
from .slopes import slope
from .steps import knee_of


@dataclass(slots=True)
class Watched:
    """What was seen of the target's processes."""

    samples: list[ProcessSample] = field(default_factory=list)
    trouble: str = ""
    """Why they could not be looked into."""
    handles_before: int | None = None
    handles_after: int | None = None
    servers: int = 1


def run_of(plan: Plan, generated: Generated, watched: Watched, baseline: LoadRun | None) -> LoadRun:
    """Return the facts of a run, compared with an earlier one if there is one."""
    handles = (watched.handles_before, watched.handles_after)
    run = LoadRun(
        profile=plan.profile.name,
        arrivals=plan.profile.arrivals,
        clients=plan.profile.clients,
        warmup_s=generated.warmup_s,
        duration_s=generated.duration_s,
        offered_per_s=generated.offered_per_s,
        achieved_per_s=generated.achieved_per_s,
        bottleneck=generated.bottleneck,
        all=generated.all,
        series=generated.series,
        seconds=generated.seconds,
        errors=generated.errors,
        generator=generated.generator,
        thresholds=plan.profile.thresholds,
        silence_s=generated.silence_s,
        processes=tuple(watched.samples),
        no_processes="" if watched.samples else watched.trouble,
        memory=_memory(watched.samples),
        handles=None if handles[0] is None or handles[1] is None else (handles[0], handles[1]),
        streams=generated.streams,
        neighbours=generated.neighbours,
        knee=knee_of(generated.stages, plan.profile.thresholds) if plan.profile.steps else None,
        interrupted=generated.interrupted,
        servers=watched.servers,
    )
    return run if baseline is None else _compared(run, baseline)


def _compared(run: LoadRun, baseline: LoadRun) -> LoadRun:
    try:
        return replace(run, comparisons=compare(baseline, run))
    except ValueError as reason:  # all else that the run showed still holds
        return replace(run, not_compared=str(reason))


def _memory(samples: list[ProcessSample]) -> Slope | None:
    return slope([(sample.at_s, sample.rss_mb) for sample in samples if sample.at_s >= 0])
