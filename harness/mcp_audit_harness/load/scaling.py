"""A profile with what the operator wants otherwise: faster, longer, by more clients, in the same proportions."""

import math
from dataclasses import replace

from .plan import Profile, ProfileError, Stage


def scaled(
    profile: Profile, *, rate: float | None = None, duration_s: float | None = None, clients: int | None = None
) -> Profile:
    """Return the profile with its highest rate, the length of all stages together, or its clients as given.

    `rate` is in requests a second, `duration_s` in seconds without the warm-up; None leaves a thing as it is.

    Raises:
        ProfileError: for a number that is not above zero.
    """
    for name, value in (("rate", rate), ("duration", duration_s), ("clients", clients)):
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise ProfileError(f"the profile {profile.name} cannot have a {name} of {value:g}")
    faster = 1.0 if rate is None else rate / highest(profile)
    longer = 1.0 if duration_s is None else duration_s / profile.length_s
    stages = tuple(_scaled(stage, faster, longer) for stage in profile.stages)
    return replace(profile, stages=stages, clients=clients or profile.clients)


def highest(profile: Profile) -> float:
    """Return the highest rate of a profile, in requests a second."""
    return max(max(stage.rate, stage.start or 0.0) for stage in profile.stages)


def _scaled(stage: Stage, faster: float, longer: float) -> Stage:
    start = None if stage.start is None else stage.start * faster
    return Stage(stage.rate * faster, stage.duration_s * longer, start)
