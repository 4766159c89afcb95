"""What the generator is told: whom to load, with which requests, how fast and for how long. It travels as JSON."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..model import Revision
from ..model.loading import (
    Arrivals,
    Bottleneck,
    GeneratorUse,
    Latency,
    LoadError,
    LoadSecond,
    LoadSeries,
    Neighbours,
    StreamLoad,
    Thresholds,
)
from ..model.target import is_loopback


class ProfileError(ValueError):
    """A profile that cannot be followed; one sentence that names it and what is wrong."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the run: the rate goes from `start` to `rate` (requests a second), linearly, in `duration_s`."""

    rate: float
    duration_s: float
    start: float | None = None
    """None: `rate` from the beginning."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of request of the mix."""

    label: str
    """`tools/call add`, `resources/read`: what statistics are kept by."""
    method: str
    weight: float
    variants: tuple[dict[str, Any], ...]
    """The params of the requests of this kind, sent in turn; never empty."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a load looks like: a TOML file of `scenarios/mcp_audit_scenarios/load/profiles`, or the operator's own."""

    name: str
    title: str
    stages: tuple[Stage, ...]
    clients: int = 32
    warmup_s: float = 5.0
    """Sent at the first stage's rate, and left out of every number."""
    arrivals: Arrivals = Arrivals.OPEN
    mix: dict[str, float] = field(default_factory=dict)
    """Weight by method: `tools/call`, `tools/list`, `resources/read`, …; what the target does not offer is left out."""
    session_requests: int = 0
    """After so many requests a client ends its session and connection and begins anew; 0: never."""
    streams: int = 0
    """Clients that hold an event stream (GET, or subscriptions/listen) and a subscription open besides."""
    abusive_clients: int = 0
    """Clients that send as fast as they can in the second half of the run, beside the others."""
    payload_bytes: int = 0
    """Strings in arguments are filled up to about this size where the schema allows; 0: small ones."""
    timeout_s: float = 10.0
    steps: bool = False
    """Whether the stages are steps on the way to the knee: the run ends at the first one that breaks the thresholds."""
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def length_s(self) -> float:
        """How long the stages take together, without the warm-up."""
        return sum(stage.duration_s for stage in self.stages)

    @property
    def longest_s(self) -> float:
        """How long it takes at most from the beginning of the warm-up to the last answer."""
        return self.warmup_s + self.length_s + self.timeout_s


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a generator needs to know."""

    url: str
    """Empty: stdio."""
    headers: tuple[tuple[str, str], ...]
    """Credentials among them: the plan is handed over by pipe, never by argument or file."""
    verify_tls: bool
    argv: tuple[str, ...]
    """Empty: HTTP."""
    env: tuple[tuple[str, str], ...]
    cwd: str | None
    revision: Revision
    profile: Profile
    asks: tuple[Ask, ...]
    subscribe: tuple[str, ...] = ()
    """URIs of resources to whose changes streaming clients subscribe, where there are any."""
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Input schemas by name of tool: which of its arguments go into headers as well, at revisions that have that."""
    seed: int = 0
    processes: int = 1
    """Generators on this machine; more than one are Locust workers under a master without load of its own."""
    expect_workers: int = 0
    """Workers that connect from elsewhere (`--master`)."""
    master_bind: tuple[str, int] = ("127.0.0.1", 5557)
    web_port: int = 0
    """Locust's web UI on 127.0.0.1; 0: none."""
    metrics_port: int = 0
    """Prometheus endpoint on 127.0.0.1; 0: none."""

    @property
    def longest_s(self) -> float:
        """How long producing the load takes at most, from coming together to the last answer."""
        return gathering_s(self.processes, self.expect_workers) + self.profile.longest_s


def gathering_s(processes: int, expect_workers: int) -> float:
    """Return how long several generators may take to connect, to prepare themselves and to account for the run."""
    if expect_workers:
        return 400.0
    return 160.0 if processes > 1 else 0.0


def may_load(host: str, named: Iterable[str]) -> bool:
    """Whether a host may be loaded: this machine, and those that the operator has named."""
    return is_loopback(host) or host in named


@dataclass(frozen=True, slots=True)
class StageResult:
    """What became of one stage."""

    rate: float
    """At its end."""
    offered: int
    answered: int
    """Answers without error that came in it, or not later than a second after it."""
    errors: int
    latency: Latency
    seconds: float
    generator_bound: bool


@dataclass(frozen=True, slots=True)
class Generated:
    """What the generator says at the end: the last line of its standard output, as `{"done": …}`.

    Before it come `{"second": LoadSecond}`, one each second; `{"pids": [...]}` once, with the processes of a stdio
    target; and `{"web": url}` once the web UI listens.
    """

    warmup_s: float
    duration_s: float
    offered_per_s: float
    achieved_per_s: float
    bottleneck: Bottleneck
    all: LoadSeries
    series: tuple[LoadSeries, ...]
    seconds: tuple[LoadSecond, ...]
    errors: tuple[LoadError, ...]
    generator: GeneratorUse
    stages: tuple[StageResult, ...]
    silence_s: float = 0.0
    streams: StreamLoad | None = None
    neighbours: Neighbours | None = None
    interrupted: bool = False
