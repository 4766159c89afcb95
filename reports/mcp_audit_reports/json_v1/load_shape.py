"""The shape of the part of report.json about load: rates a second, latencies in milliseconds, memory in 10^6 bytes.

Latencies count from when a request was due. The same rules hold as for the rest of the shape: it only grows.
"""

from typing import Annotated

from mcp_audit_harness.model import Revision, Status
from mcp_audit_harness.model.loading import Arrivals, Bottleneck
from msgspec import UNSET, Meta, Struct, UnsetType

Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0)]


class LoadThreshold(Struct, frozen=True):
    """What the profile demands, and what became of it.

    `measured` is null where it could not be measured. `check` judges it; `status` is its verdict, null where there
    is none.
    """

    name: str
    limit: float
    measured: float | None
    check: str
    status: Status | None


class LoadLatency(Struct, frozen=True):
    """Percentiles of latency; zero where nothing was answered."""

    p50_ms: Amount
    p90_ms: Amount
    p99_ms: Amount
    p999_ms: Amount
    max_ms: Amount
    mean_ms: Amount


class LoadSeries(Struct, frozen=True):
    """All requests of one kind after the warm-up.

    `requests` were answered or failed. `spectrum` holds pairs of a percentile and its latency, ascending. `histogram`
    is an HdrHistogram (V2, compressed, base64) of microseconds.
    """

    label: str
    requests: Count
    errors: Count
    latency: LoadLatency
    spectrum: tuple[tuple[float, float], ...]
    histogram: str


class LoadSecond(Struct, frozen=True):
    """One second of the run; times before zero are the warm-up.

    `due` requests were scheduled in it, `done` were answered or failed; `waiting` requests and `streams` are those
    at its end.
    """

    at_s: float
    due: Count
    done: Count
    errors: Count
    latency: LoadLatency
    waiting: Count
    streams: Count


class LoadFailure(Struct, frozen=True):
    """Requests that failed alike; `kind` is http, jsonrpc, tool, transport or timeout, `example` the first message."""

    label: str
    kind: str
    what: str
    count: Count
    example: str


class LoadGenerator(Struct, frozen=True):
    """What producing the load cost: by which it shows whether the generator was the bottleneck.

    `busiest_percent` is of one core, the busiest process in its busiest ten seconds; `late_p99_ms` how late clients
    sent that were free; `lost` names generators of several that were lost during the run.
    """

    processes: Count
    cpu_s: Amount
    wall_s: Amount
    busiest_percent: Amount
    late_p99_ms: Amount
    lost: tuple[str, ...] = ()


class LoadProcesses(Struct, frozen=True):
    """The target's processes together at one moment of the run; `cpu_s` so far."""

    at_s: float
    rss_mb: Amount
    cpu_s: Amount
    handles: Count
    threads: Count
    processes: Count


class LoadSlope(Struct, frozen=True):
    """How memory changed with time after the warm-up, in MB a minute, with its 95 % interval."""

    per_min: float
    low: float
    high: float


class LoadHandles(Struct, frozen=True):
    """Open files and sockets of the target before the load, and after it once every client has left."""

    before: int
    after: int


class LoadStreams(Struct, frozen=True):
    """Event streams and subscriptions; `dropped` were ended by the target, `most` were open at one time."""

    opened: Count
    refused: Count
    dropped: Count
    events: Count
    most: Count


class LoadNeighbours(Struct, frozen=True):
    """The well-behaved clients, without and with an abusive one beside them."""

    alone: LoadSeries
    beside: LoadSeries
    abuse: LoadSeries


class LoadKnee(Struct, frozen=True):
    """Where a growing load breaks the target.

    `rate` is the highest that a step held, zero if none did; `broke_at` that of the first that did not, zero if none
    broke it; `why` says what gave way.
    """

    rate: Amount
    broke_at: Amount
    why: str


class LoadComparison(Struct, frozen=True):
    """One quantity beside that of an earlier run: the ratio of new to old with its 95 % interval.

    It `regressed` if the whole interval is beyond what the comparison tolerates.
    """

    name: str
    old: Amount
    new: Amount
    ratio: Amount
    low: Amount
    high: Amount
    regressed: bool


class Load(Struct, frozen=True):
    """What the target did under load at one revision.

    `rate` is what was achieved, requests answered without error a second of `duration_s`, which leaves out the
    warm-up; `offered_rate` what was due. `rss_mb` is the most that the target's processes took together. What could
    not be measured is null; `no_processes` says why nothing is known of processes. `handles` are null without
    processes, `streams`, `neighbours` and `knee` where the profile has none. `silence_s` is the longest time without
    any answer while requests waited. `failures` are the errors by kind. `not_compared` says why there is no comparison
    with an earlier run that was named. `evidence` holds ids of exchanges. `servers` is how many of the target's ran at
    a time, over stdio a few: the threshold of memory is for one of them.
    """

    profile: str
    duration_s: Amount
    rate: Amount
    p50_ms: Amount
    p90_ms: Amount
    p99_ms: Amount
    max_ms: Amount
    requests: Count
    errors: Count
    rss_mb: Amount | None
    rss_slope_mb_min: float | None
    thresholds: tuple[LoadThreshold, ...]
    revision: Revision
    arrivals: Arrivals
    clients: Count
    warmup_s: Amount
    offered_rate: Amount
    bottleneck: Bottleneck
    interrupted: bool
    silence_s: Amount
    generator: LoadGenerator
    all: LoadSeries
    series: tuple[LoadSeries, ...]
    failures: tuple[LoadFailure, ...]
    streams: LoadStreams | None
    neighbours: LoadNeighbours | None
    knee: LoadKnee | None
    comparisons: tuple[LoadComparison, ...]
    not_compared: str
    left_out: tuple[str, ...]
    handles: LoadHandles | None
    rss_slope: LoadSlope | None
    no_processes: str
    processes: tuple[LoadProcesses, ...]
    seconds: tuple[LoadSecond, ...]
    evidence: tuple[str, ...]
    servers: Count = 1


class Document(Struct, frozen=True):
    """What of a file is looked at to find a load run in it: a report, or the member `load` of one by itself."""

    load: Load | UnsetType = UNSET
    profile: str | UnsetType = UNSET
