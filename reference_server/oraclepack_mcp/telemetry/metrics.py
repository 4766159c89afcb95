"""What Prometheus can ask: counters of one server, or the sum over its workers.

Label values come from closed sets, so that no client can make series without end. With `PROMETHEUS_MULTIPROC_DIR` in
the environment before the first import of prometheus-client, every worker writes its values to files there and every
worker can answer for all of them; `http.workers` sees to that.
"""

import os
from collections.abc import Collection
from typing import Final, get_args

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from oraclepack_mcp.errors import ErrorCode
from oraclepack_mcp.runs.model import FINAL_STATUSES

DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
OTHER: Final = "other"
METHODS: Final = frozenset({"GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH"})
OUTCOMES: Final = frozenset({"ok", "input_required", "internal", *get_args(ErrorCode)})
ERROR_CODES: Final = frozenset(
    {-32700, -32600, -32601, -32602, -32603, -32000, -32001, -32002, -32020, -32021, -32022, -32042}
)
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The metrics of one process; thread-safe. `tools` are the names that tool calls are counted under."""

    def __init__(self, tools: Collection[str] = ()) -> None:
        self._tools = frozenset(tools)
        self._registry = registry = CollectorRegistry()
        requests = Counter(
            "oraclepack_http_requests", "HTTP requests answered", ["method", "status"], registry=registry
        )
        seconds = Histogram(
            "oraclepack_http_request_seconds",
            "Seconds from a request to the end of its answer; streams are left out",
            ["method"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._requests = requests
        self._children: dict[tuple[str, int | None], Counter] = {}
        self._seconds = {method: seconds.labels(method) for method in sorted(METHODS | {OTHER})}
        self.in_flight = Gauge(
            "oraclepack_http_in_flight", "Requests being served", registry=registry, multiprocess_mode="livesum"
        )
        self.sessions = Gauge(
            "oraclepack_sessions", "Open handshake-era sessions", registry=registry, multiprocess_mode="livesum"
        )
        self._rate_limited = Counter("oraclepack_rate_limited", "Requests answered with 429", registry=registry)
        self._errors = Counter("oraclepack_jsonrpc_errors", "JSON-RPC errors sent", ["code"], registry=registry)
        self._runs = Counter("oraclepack_runs", "Runs that ended", ["status"], registry=registry)
        self._calls = Counter("oraclepack_tool_calls", "Tool calls", ["tool", "outcome"], registry=registry)
        self._call_seconds = Histogram(
            "oraclepack_tool_call_seconds", "Seconds of tool calls", ["tool"], buckets=_BUCKETS, registry=registry
        )
        if DIRECTORY_VARIABLE not in os.environ:
            ProcessCollector(registry=registry)

    def request_ended(self, method: str, status: int | None, seconds: float | None) -> None:
        """Count a request; no status: the client left before there was one; no seconds: it was a stream."""
        method = method if method in METHODS else OTHER
        counter = self._children.get((method, status))
        if counter is None:
            counter = self._children[method, status] = self._requests.labels(method, str(status or "none"))
        counter.inc()
        if seconds is not None:
            self._seconds[method].observe(seconds)
        if status == 429:
            self._rate_limited.inc()

    def error_sent(self, code: int) -> None:
        """Count a JSON-RPC error that a client is told."""
        self._errors.labels(str(code) if code in ERROR_CODES else OTHER).inc()

    def run_ended(self, status: str) -> None:
        """Count a run by the status that it ended with."""
        self._runs.labels(status if status in FINAL_STATUSES else OTHER).inc()

    def tool_called(self, tool: str, outcome: str, seconds: float) -> None:
        """Count a tool call; `outcome` is one of `OUTCOMES`."""
        name = tool if tool in self._tools else OTHER
        self._calls.labels(name, outcome if outcome in OUTCOMES else OTHER).inc()
        self._call_seconds.labels(name).observe(seconds)

    def exposition(self) -> bytes:
        """All values in the text format of Prometheus (`CONTENT_TYPE`)."""
        if DIRECTORY_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        summed = CollectorRegistry()
        MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
        return generate_latest(summed)
