"""How the time of a run is shared among the scenarios that generate their requests."""

import time
from dataclasses import dataclass, field, replace

from ..fuzz.settings import FuzzSettings
from ..policy import Options
from .select import Plan, Step

_FOR_SEARCHING = 0.9
"""The rest of a share is for what follows a search: playing again what it found."""


@dataclass(slots=True)
class Allotment:
    """Gives each deep scenario, as it begins, an equal share of what is left of the budget."""

    fuzz: FuzzSettings
    ends_at: float
    """By `time.monotonic()`."""
    waiting: set[Step] = field(default_factory=set)

    @classmethod
    def of(cls, plan: Plan, options: Options, begun: float) -> "Allotment":
        """Return the allotment of a run that began at `begun`, by `time.monotonic()`."""
        deep = {step for step in plan.steps if step.scenario.deep}
        return cls(options.fuzz, begun + options.budget_s, deep)

    def settings(self, step: Step) -> FuzzSettings:
        """Return the settings for a step that begins now."""
        if not step.scenario.deep:
            return self.fuzz
        now = time.monotonic()
        share = max(0.0, self.ends_at - now) / max(1, len(self.waiting))
        self.waiting.discard(step)
        return replace(self.fuzz, until=now + share * _FOR_SEARCHING)
