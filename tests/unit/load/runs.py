"""Load runs as a generator would have made them, from simulated latencies: the same arguments give the same run."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from mcp_audit_harness.load.slopes import slope
from mcp_audit_harness.model.loading import (
    Arrivals,
    Bottleneck,
    GeneratorUse,
    Latency,
    LoadError,
    LoadRun,
    LoadSecond,
    LoadSeries,
    ProcessSample,
    Thresholds,
)

_SPECTRUM = (0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 100.0)
_LABELS = ("tools/call add", "tools/list", "resources/read")


def load_run(
    seed: int = 1,
    *,
    seconds: int = 60,
    rate: int = 100,
    pace: float = 1.0,
    leak_mb_s: float = 0.0,
    failing: float = 0.0,
    stall: range = range(0),
) -> LoadRun:
    """Return a run whose latencies are `pace` times those of another, growing by `leak_mb_s`; no answers in `stall`."""
    chance = Random(seed)  # noqa: S311 - repeatable
    latencies = list(_latencies(chance, seconds, rate, pace, stall))
    errors = [sum(chance.random() < failing for _ in taken) for taken in latencies]
    parts = [_second(at, rate, taken, errors[at], stall) for at, taken in enumerate(latencies)]
    everything = sorted(value for taken in latencies for value in taken)
    processes = tuple(_process(chance, at, rate, pace, leak_mb_s) for at in range(-5, seconds + 1))
    return LoadRun(
        profile="sustained-100",
        arrivals=Arrivals.OPEN,
        clients=16,
        warmup_s=5.0,
        duration_s=float(seconds),
        offered_per_s=float(rate),
        achieved_per_s=round((len(everything) - sum(errors)) / seconds, 3),
        bottleneck=Bottleneck.SERVER if stall else Bottleneck.NONE,
        all=_series("", everything, sum(errors)),
        series=tuple(
            _series(label, everything[place :: len(_LABELS)], sum(errors) if place == 0 else 0)
            for place, label in enumerate(_LABELS)
        ),
        seconds=(*(_warming(part) for part in parts[:5]), *parts),
        errors=(LoadError(_LABELS[0], "http", "503", sum(errors), "Service Unavailable"),) if sum(errors) else (),
        generator=GeneratorUse(1, round(seconds * 0.12, 3), float(seconds), 19.5, 1.4),
        thresholds=Thresholds(),
        silence_s=float(len(stall)),
        processes=processes,
        memory=slope([(sample.at_s, sample.rss_mb) for sample in processes if sample.at_s >= 0]),
        handles=(14, 14),
    )


def _latencies(chance: Random, seconds: int, rate: int, pace: float, stall: range) -> Sequence[list[float]]:
    """Return the latencies of each second in milliseconds: its mood lasts, and whoever waits for a stall waits long."""
    mood, taken = 0.0, []
    for at in range(seconds):
        mood = 0.8 * mood + chance.gauss(0, 0.08)
        drawn = [chance.lognormvariate(1.6 + mood, 0.5) * pace for _ in range(rate)]
        waited = [1000.0 * (at - due) - 1000.0 * part / rate for due in stall for part in range(rate)]
        taken.append([] if at in stall else [round(value, 3) for value in drawn])
        if stall and at == stall.stop:
            taken[-1].extend(waited)
    return taken


def _second(at: int, rate: int, taken: list[float], errors: int, stall: range) -> LoadSecond:
    waiting = rate * (at - stall.start + 1) if at in stall else 0
    return LoadSecond(float(at), rate, len(taken), errors, _latency(sorted(taken)), waiting)


def _warming(second: LoadSecond) -> LoadSecond:
    return replace(second, at_s=second.at_s - 5, errors=0, waiting=0)


def _process(chance: Random, at: int, rate: int, pace: float, leak_mb_s: float) -> ProcessSample:
    rss = 60 + max(0, at) * leak_mb_s + chance.uniform(-0.3, 0.3)
    cpu = 1 + (at + 5) * rate * 0.0009 * pace
    return ProcessSample(float(at), round(rss, 3), round(cpu, 4), 14 + chance.randrange(3), 6, 1)


def _series(label: str, ordered: Sequence[float], errors: int) -> LoadSeries:
    spectrum = tuple((percent, _at(ordered, percent)) for percent in _SPECTRUM)
    return LoadSeries(label, len(ordered), errors, _latency(ordered), spectrum, "HISTFAAAAA==")


def _latency(ordered: Sequence[float]) -> Latency:
    if not ordered:
        return Latency()
    p50, p90, p99, p999 = (_at(ordered, percent) for percent in (50.0, 90.0, 99.0, 99.9))
    return Latency(p50, p90, p99, p999, ordered[-1], round(sum(ordered) / len(ordered), 3))


def _at(ordered: Sequence[float], percent: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
