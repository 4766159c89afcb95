"""The same profile, smaller or larger: what `--rate`, `--duration` and `--clients` do."""

from dataclasses import replace

from .plan import Profile, Stage


def scaled(
    profile: Profile, *, rate: float | None = None, duration_s: float | None = None, clients: int | None = None
) -> Profile:
    """Return the profile with its highest rate (requests a second), its whole duration or its clients replaced.

    Every stage keeps its share of both; a warm-up is no longer than the load that follows it.
    """
    by_rate = 1.0 if rate is None else rate / max(stage.rate for stage in profile.stages)
    by_time = 1.0 if duration_s is None else duration_s / sum(stage.duration_s for stage in profile.stages)
    return replace(
        profile,
        stages=tuple(_stage(stage, by_rate, by_time) for stage in profile.stages),
        warmup_s=profile.warmup_s if duration_s is None else min(profile.warmup_s, duration_s),
        clients=profile.clients if clients is None else clients,
    )


def _stage(stage: Stage, by_rate: float, by_time: float) -> Stage:
    start = None if stage.start is None else stage.start * by_rate
    return Stage(stage.rate * by_rate, stage.duration_s * by_time, start)
