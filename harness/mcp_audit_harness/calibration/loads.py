"""How much load it takes to bring out each fault of that kind, in seconds rather than hours.

The thresholds are wide, so that a busy machine breaks none of them, and the faults break them by far. What the fault of
a check breaks beside it by its nature is not demanded in its case: where nobody is answered for seconds, the slowest
hundredth waits for seconds, too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..load.plan import Profile, Stage
from ..load.settings import LoadSettings
from ..model import Consent
from ..model.loading import Thresholds

_DEMANDED: Final = Thresholds(p50_ms=500.0, p99_ms=2000.0, rate_percent=75.0, silence_s=3.0)
_SHORT: Final = Profile(
    name="calibration",
    title="As much load as it takes to bring out a fault",
    stages=(Stage(30.0, 8.0),),
    clients=64,
    warmup_s=1.0,
    timeout_s=30.0,
    mix={"tools/call": 60.0, "tools/list": 20.0, "resources/read": 20.0},
    thresholds=_DEMANDED,
)
_NOT_OF_WAITING: Final = replace(_DEMANDED, p50_ms=None, p99_ms=None)
_ONLY_FOR: Final[Mapping[str, Mapping[str, Any]]] = {
    "load/falls-silent": {"stages": (Stage(30.0, 10.0),), "clients": 64, "thresholds": _NOT_OF_WAITING},
    "load/misses-offered-rate": {"clients": 16, "thresholds": _NOT_OF_WAITING},
    "load/memory-over-budget": {"thresholds": replace(_DEMANDED, rss_mb=200.0)},
    "load/leaks-memory": {"stages": (Stage(30.0, 30.0),)},
    "load/drops-streams": {"streams": 6},
    "load/slower-than-before": {"stages": (Stage(30.0, 14.0),)},
    "load/unfair-to-neighbours": {
        "stages": (Stage(15.0, 18.0),),
        "abusive_clients": 100,
        "thresholds": _NOT_OF_WAITING,
    },
}
_TOOLS: Final = ("oraclepack_list_packs",)
"""The tools that are called: few, since each is tried before the load, also on a server that is slow."""


def load_of(check: str) -> LoadSettings:
    """Return the settings of the load that the fault named after `check` is brought out by."""
    return LoadSettings(replace(_SHORT, **_ONLY_FOR.get(check, {})))


def consent_to(consent: Consent) -> Consent:
    """Return a consent narrowed to the tools that the load calls."""
    return replace(consent, tools=_TOOLS)


def compares(check: str) -> bool:
    """Whether a check compares with an earlier run, which has to be one of the clean server."""
    return check == "load/slower-than-before"
