"""What a target did under load: facts of the load scenario, and the part of the report about it.

Latencies are in milliseconds and count from the moment at which a request was due (`Arrivals.OPEN`), not from the one
at which a busy generator came to send it: whoever waits for a stalled server waits in these numbers, too.
"""

import enum
from dataclasses import dataclass

from .exchange import Exchange


class Arrivals(enum.StrEnum):
    """When the next request is sent."""

    OPEN = "open"
    """At its scheduled time, whatever became of those before it: as independent clients do."""
    CLOSED = "closed"
    """As soon as the same client has its answer: hides every stall, and is there to show just that."""


class Bottleneck(enum.StrEnum):
    """Why less was achieved than was offered."""

    NONE = "none"
    """As much was achieved as was offered."""
    SERVER = "server"
    """Requests waited for answers, while the generator had time to spare."""
    GENERATOR = "generator"
    """The generator was busy or late itself: nothing follows about the target's speed."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a profile demands; None: not demanded."""

    p50_ms: float | None = 100.0
    p99_ms: float | None = 1000.0
    error_percent: float | None = 0.1
    """Less than so many of a hundred requests may fail."""
    rss_mb: float | None = 500.0
    """Of the target's processes together, at most, in megabytes of 10^6 bytes."""
    rss_slope_mb_min: float | None = 0.5
    """How fast memory may grow after the warm-up, in MB a minute."""
    handles: int | None = 20
    """How many more files and sockets may be open afterwards than before."""
    rate_percent: float | None = 99.5
    """How much of the offered rate has to be achieved at least."""
    silence_s: float | None = 2.0
    """How long no request at all may be answered while some wait."""
    fairness: float | None = 3.0
    """How many times slower (p99) the well-behaved clients may become by an abusive one."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of latency, in milliseconds; zero where nothing was answered."""

    p50_ms: float = 0.0
    p90_ms: float = 0.0
    p99_ms: float = 0.0
    p999_ms: float = 0.0
    max_ms: float = 0.0
    mean_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class LoadSeries:
    """All requests of one kind after the warm-up."""

    label: str
    """`tools/call add`, `tools/list`, `initialize`; of all kinds together: empty."""
    requests: int
    """Answered or failed."""
    errors: int
    latency: Latency
    spectrum: tuple[tuple[float, float], ...] = ()
    """(percentile in 0…100, milliseconds), ascending, from the histogram: for the percentile curve."""
    histogram: str = ""
    """HdrHistogram V2, compressed, base64, of microseconds (1 µs … 1 h, 3 digits)."""


@dataclass(frozen=True, slots=True)
class LoadSecond:
    """One second of a run; times before zero are the warm-up."""

    at_s: float
    due: int
    """Requests that were scheduled in this second."""
    done: int
    """Requests that were answered or failed in it."""
    errors: int
    latency: Latency
    waiting: int = 0
    """Requests that were due but not yet answered at its end."""
    streams: int = 0
    """Open event streams at its end."""


@dataclass(frozen=True, slots=True)
class LoadError:
    """Requests that failed alike."""

    label: str
    kind: str
    """`http` (status ≥ 400), `jsonrpc` (error object), `tool` (`isError`), `transport` (no whole answer), `timeout`."""
    what: str
    """`503`, `-32603`, `connection reset`: never text that the target wrote at length."""
    count: int
    example: str = ""
    """The first message, at most 200 characters; escape it like every text of the target."""


@dataclass(frozen=True, slots=True)
class GeneratorUse:
    """What producing the load cost: by which it shows whether the generator was the bottleneck."""

    processes: int
    cpu_s: float
    wall_s: float
    busiest_percent: float
    """Of one core: the busiest process in its busiest ten seconds; when it waited for a core it was busy, too."""
    late_p99_ms: float
    """How late free clients sent: 99 of 100 requests for which a client was free left at most so late."""
    lost: tuple[str, ...] = ()
    """Generators of several that were lost during the run, one sentence each; their share was not sent."""


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """The target's processes together at one moment of the run."""

    at_s: float
    rss_mb: float
    cpu_s: float
    """Processor seconds so far, of those that still run."""
    handles: int
    threads: int
    processes: int


@dataclass(frozen=True, slots=True)
class Slope:
    """How a quantity changed with time after the warm-up: least squares, with a 95 % interval that minds its noise."""

    per_min: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StreamLoad:
    """Open event streams and subscriptions."""

    opened: int
    refused: int
    dropped: int
    """Ended by the target while the client still listened."""
    events: int
    most: int
    """Open at one time."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The well-behaved clients, without and with an abusive one beside them."""

    alone: LoadSeries
    beside: LoadSeries
    abuse: LoadSeries


@dataclass(frozen=True, slots=True)
class Knee:
    """Where a growing load breaks the target."""

    rate: float
    """The highest rate (requests a second) that a step held within the thresholds; 0: not even the first."""
    broke_at: float
    """The rate of the first step that did not; 0: none broke it."""
    why: str
    """What gave way: `p99 1520 ms`, `errors 2.1 %`, `achieved 91 %`; empty if nothing did."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity beside that of an earlier run, as a ratio new to old with its 95 % interval (block bootstrap)."""

    name: str
    """`p50_ms`, `p99_ms`, `rate`, `rss_mb`, `cpu_ms_per_request`."""
    old: float
    new: float
    ratio: float
    low: float
    high: float
    regressed: bool
    """The whole interval lies beyond what the comparison tolerates."""


@dataclass(frozen=True, slots=True)
class LoadRun:
    """The facts of the load scenario."""

    profile: str
    arrivals: Arrivals
    clients: int
    """Clients at a time, each with a connection and, with a handshake, a session of its own."""
    warmup_s: float
    duration_s: float
    """Without the warm-up."""
    offered_per_s: float
    achieved_per_s: float
    """Answered without error, per second of the duration."""
    bottleneck: Bottleneck
    all: LoadSeries
    series: tuple[LoadSeries, ...]
    seconds: tuple[LoadSecond, ...]
    errors: tuple[LoadError, ...]
    generator: GeneratorUse
    thresholds: Thresholds
    silence_s: float = 0.0
    """The longest time without any answer while requests waited."""
    processes: tuple[ProcessSample, ...] = ()
    """Empty: the target's process cannot be looked into."""
    no_processes: str = ""
    """Why `processes` is empty."""
    memory: Slope | None = None
    """Of `rss_mb`; None: too short a run, or no processes."""
    handles: tuple[int, int] | None = None
    """Before the load, and after it once every client has left."""
    streams: StreamLoad | None = None
    neighbours: Neighbours | None = None
    knee: Knee | None = None
    comparisons: tuple[Comparison, ...] = ()
    """With an earlier run (`--baseline`)."""
    not_compared: str = ""
    """Why there is an earlier run, and no comparison with it."""
    left_out: tuple[str, ...] = ()
    """What of the profile's mix was not sent, and why: one sentence each."""
    samples: tuple[Exchange, ...] = ()
    """Ordinary requests before and after the load, on the record: the evidence of every verdict."""
    interrupted: bool = False
    """Whether it was ended before its time."""
    servers: int = 1
    """How many of the target's servers ran at a time: over HTTP one, over stdio a few, since each is a host's own."""

    @property
    def most_rss_mb(self) -> float | None:
        """The most memory that all processes of the target took together; None: unknown."""
        return max((sample.rss_mb for sample in self.processes), default=None)

    @property
    def most_rss_of_one_mb(self) -> float | None:
        """The same of one server, on the average."""
        return None if self.most_rss_mb is None else self.most_rss_mb / max(1, self.servers)
