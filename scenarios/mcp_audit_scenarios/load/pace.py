"""How long requests take alone: what is slow by nature, and how many clients it takes to ask at a rate.

A client waits for each answer before it asks again. A tool that takes a second, be it because it has to, keeps its
clients busy for that second; where all of them are, other requests wait for a client, and their latency would say of
the target what is true of the load. By Little's law (1961) so many clients are busy on the average as the rate times
the time that a request takes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.load.plan import Ask, Profile
from mcp_audit_harness.model import JsonObject
from mcp_audit_harness.model.loading import Arrivals

from .mix import shared

UNLIKE_OTHERS_S: Final = 0.5
"""What takes longer alone is left out where most of the mix does not."""
_MOST: Final = 0.5
"""Of the weight of the mix."""
_BUSY: Final = 0.7
"""Of the clients, at most, by what their requests take alone: the others are for what takes longer under load."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Params that had a plain result, and how long that took alone."""

    params: JsonObject
    alone_s: float


def in_pace(asks: Sequence[Ask], tried: Mapping[str, Sequence[Tried]]) -> Mapping[str, Sequence[Tried]]:
    """Return what of `tried` (by label of ask) to send: without what takes long, unless that is most of the mix.

    A target that is slow throughout is loaded as it is: that it is slow is what there is to say of it.
    """
    quick = {label: [one for one in found if one.alone_s <= UNLIKE_OTHERS_S] for label, found in tried.items()}
    kept = {label: found for label, found in quick.items() if found}
    usable = shared([ask for ask in asks if ask.label in tried])
    most = _MOST * sum(ask.weight for ask in usable)
    return kept if sum(ask.weight for ask in usable if ask.label in kept) >= most else tried


def average_s(asks: Sequence[Ask], tried: Mapping[str, Sequence[Tried]]) -> float:
    """Return how long a request of weighted asks takes alone, in seconds; 0 without any."""
    total = sum(ask.weight for ask in asks)
    return sum(ask.weight * _mean_s(tried[ask.label]) for ask in asks) / total if total else 0.0


def clients_needed(profile: Profile, alone_s: float) -> int:
    """Return how many clients a profile needs so that none is waited for, if a request takes `alone_s`.

    Of a ramp it is what its first step needs. Clients that wait for each answer offer no rate, and any number will do.
    """
    if profile.arrivals is Arrivals.CLOSED:
        return 1
    rates = [stage.rate for stage in profile.stages]
    return math.ceil((rates[0] if profile.steps else max(rates)) * alone_s / _BUSY)


def _mean_s(found: Sequence[Tried]) -> float:
    return sum(one.alone_s for one in found) / len(found)
