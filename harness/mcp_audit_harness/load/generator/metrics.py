"""The run for Prometheus: `/metrics` on the loopback address, computed from where the run stands when it is asked.

Nothing is counted twice and no request pays for it; in a distributed run the master answers for every worker.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from gevent.pywsgi import WSGIServer
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ..plan import Plan
from .standing import BOUNDS_S, ERROR_KINDS, KindStanding, Standing, StreamStanding

HOST: Final = "127.0.0.1"
_KIND: Final = ("traffic", "label")
"""Whose requests (`load`, `session`, `abuse`), and of which kind."""
Look: TypeAlias = Callable[[], Standing]


class RunMetrics(Collector):
    """All metrics of a run; `look` says how it stands."""

    def __init__(self, plan: Plan, look: Look) -> None:
        self._plan = plan
        self._look = look

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it is now."""
        now = self._look()
        profile = self._plan.profile
        yield _labelled(
            GaugeMetricFamily(
                "mcp_load_run", "The run: always 1", labels=("profile", "arrivals", "revision", "transport")
            ),
            {(profile.name, str(profile.arrivals), str(self._plan.revision), "http" if self._plan.url else "stdio"): 1},
        )
        yield CounterMetricFamily("mcp_load_requests_due", "Requests that were scheduled", now.due)
        yield GaugeMetricFamily("mcp_load_waiting_requests", "Requests that are due but not yet answered", now.waiting)
        yield _labelled(
            CounterMetricFamily("mcp_load_requests", "Requests that were answered or failed", labels=_KIND),
            {_names(kind): kind.done for kind in now.kinds},
        )
        yield _labelled(
            CounterMetricFamily("mcp_load_errors", "Requests that failed", labels=(*_KIND, "kind")), _failures(now)
        )
        yield _latency(now.kinds)
        yield GaugeMetricFamily("mcp_load_clients", "Clients at this moment", now.clients)
        yield CounterMetricFamily("mcp_load_sessions_opened", "Sessions that were opened", now.sessions_opened)
        yield from _streams(now.streams)
        yield from _generator(now)


class MetricsServer:
    """Serves one run's metrics until it is stopped."""

    def __init__(self, plan: Plan, look: Look) -> None:
        """Listen on the plan's port.

        Raises:
            OSError: if the port is taken.
        """
        registry = CollectorRegistry()
        registry.register(RunMetrics(plan, look))
        self._server = WSGIServer((HOST, plan.metrics_port), make_wsgi_app(registry), log=None)
        self._server.start()

    @property
    def url(self) -> str:
        """Where Prometheus finds them."""
        return f"http://{HOST}:{self._server.server_port}/metrics"

    def stop(self) -> None:
        """Listen no more."""
        self._server.stop(timeout=1)


def _labelled(family: Any, values: dict[tuple[str, ...], int]) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    found: Metric = family
    return found


def _names(kind: KindStanding) -> tuple[str, ...]:
    return (kind.group.name.lower(), kind.label)


def _failures(now: Standing) -> dict[tuple[str, ...], int]:
    return {
        (*_names(kind), layer): kind.failed(layer) for kind in now.kinds for layer in ERROR_KINDS if kind.failed(layer)
    }


def _latency(kinds: tuple[KindStanding, ...]) -> Metric:
    family = HistogramMetricFamily(
        "mcp_load_latency_seconds", "Seconds from when a request was due to its answer", labels=_KIND
    )
    for kind in kinds:
        counts: list[Any] = [(str(bound), count) for bound, count in zip(BOUNDS_S, kind.within, strict=True)]
        family.add_metric(_names(kind), [*counts, ("+Inf", kind.done)], kind.seconds)
    return family


def _streams(now: StreamStanding) -> Iterator[Metric]:
    yield GaugeMetricFamily("mcp_load_streams", "Open event streams and subscriptions", now.open)
    yield CounterMetricFamily("mcp_load_streams_opened", "Event streams that were opened", now.opened)
    yield CounterMetricFamily("mcp_load_streams_refused", "Event streams that the target refused", now.refused)
    yield CounterMetricFamily("mcp_load_streams_dropped", "Event streams that the target ended", now.dropped)
    yield CounterMetricFamily("mcp_load_stream_events", "Events that came over streams", now.events)


def _generator(now: Standing) -> Iterator[Metric]:
    yield GaugeMetricFamily("mcp_load_generator_processes", "Processes that produce the load", now.processes)
    yield CounterMetricFamily("mcp_load_generator_cpu_seconds", "Their processor seconds", now.cpu_s)
    yield GaugeMetricFamily(
        "mcp_load_generator_busiest_ratio",
        "For how much of the last seconds the busiest of them was busy",
        now.busiest_percent / 100,
    )
    yield GaugeMetricFamily(
        "mcp_load_late_p99_seconds", "99 of 100 requests for which a client was free left so late at most",
        now.late_p99_ms / 1000,
    )  # fmt: skip
