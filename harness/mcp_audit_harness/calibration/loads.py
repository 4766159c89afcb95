"""How much load it takes to bring out each fault of that kind, in seconds rather than hours.

What the fault of a check breaks beside it by its nature is not demanded in its case: where nobody is answered for
seconds, the slowest hundredth waits for seconds, too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..load.plan import Profile, Stage
from ..load.settings import LoadSettings
from ..model.loading import Thresholds

_SHORT: Final = Profile(
    name="calibration",
    title="As much load as it takes to bring out a fault",
    stages=(Stage(50.0, 8.0),),
    clients=32,
    warmup_s=1.0,
    thresholds=Thresholds(rate_percent=95.0),
)
_DEMANDED: Final = _SHORT.thresholds
_ONLY_FOR: Final[Mapping[str, Mapping[str, Any]]] = {
    "load/falls-silent": {"clients": 160, "thresholds": replace(_DEMANDED, p50_ms=None, p99_ms=None)},
    "load/misses-offered-rate": {"clients": 160, "thresholds": replace(_DEMANDED, p50_ms=None, p99_ms=None)},
    "load/leaks-memory": {"stages": (Stage(40.0, 32.0),)},
    "load/drops-streams": {"streams": 6},
    "load/unfair-to-neighbours": {
        "stages": (Stage(25.0, 12.0),),
        "abusive_clients": 24,
        "thresholds": replace(_DEMANDED, p50_ms=None),
    },
}
_SLOWER: Final = "load/slower-than-before"


def load_of(check: str) -> LoadSettings:
    """Return the settings of the load that the fault named after `check` is brought out by."""
    return LoadSettings(replace(_SHORT, **_ONLY_FOR.get(check, {})))


def compares(check: str) -> bool:
    """Whether a check compares with an earlier run, which has to be one of the clean server."""
    return check == _SLOWER
