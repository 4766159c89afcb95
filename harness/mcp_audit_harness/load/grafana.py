"""The Grafana dashboard of a load run: what is sent and how it is answered, and beside it what the server says itself.

Generated, so that a panel is one line and every query is built the same way; the schema is Grafana's dashboard JSON
(https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). The server's panels
ask for the metrics of the reference server; other servers leave them empty.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

SCHEMA_VERSION: Final = 41
UID: Final = "mcp-audit-load"
DATASOURCE_UID: Final = "prometheus"
_DATASOURCE: Final = {"type": "prometheus", "uid": DATASOURCE_UID}
_COLUMNS: Final = 24
_OWN: Final = 'traffic="load"'
"""What the profile offers: neither the opening of sessions nor an abusive client."""
_SERVER: Final = 'job="mcp-server"'
_PER_SECOND, _SECONDS, _PERCENT, _BYTES, _COUNT = "reqps", "s", "percentunit", "bytes", "short"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression, and the name of its curve (`{{label}}` is filled in by Grafana)."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: a title, what it tells, its unit, and its curves."""

    title: str
    says: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    """Or `stat`: the latest value as a number."""
    stacked: bool = False


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    panels = tuple(_laid_out((("", _NUMBERS, 4, 4), ("Load", LOAD, 12, 8), ("Reference server", SERVER, 12, 8))))
    return {
        "uid": UID,
        "title": "MCP load",
        "description": "Load on a Model Context Protocol server, as mcp-audit produces it, and the server's own view.",
        "tags": ["mcp", "load"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": []},
        "panels": list(panels),
    }


def dashboard_json() -> str:
    """Return the dashboard as text: the same on every machine."""
    return json.dumps(dashboard(), indent=2) + "\n"


def expressions() -> tuple[str, ...]:
    """Return every query of the dashboard, in its order."""
    return tuple(query.expr for panel in (*_NUMBERS, *LOAD, *SERVER) for query in panel.queries)


def _laid_out(rows: Sequence[tuple[str, Sequence[Panel], int, int]]) -> Iterator[dict[str, Any]]:
    """Give each panel its place: rows of (title, panels, width, height) in a grid of 24 columns."""
    number, top = 1, 0
    for title, panels, width, height in rows:
        if title:
            place = {"h": 1, "w": _COLUMNS, "x": 0, "y": top}
            yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
            number, top = number + 1, top + 1
        each_row = _COLUMNS // width
        for at, panel in enumerate(panels):
            place = {"h": height, "w": width, "x": at % each_row * width, "y": top + at // each_row * height}
            yield {"id": number, "gridPos": place, **_drawn(panel)}
            number += 1
        top += -(-len(panels) // each_row) * height


def _drawn(panel: Panel) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + at), "datasource": _DATASOURCE, "expr": query.expr, "legendFormat": query.legend}
        for at, query in enumerate(panel.queries)
    ]
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0}
    options: dict[str, Any] = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    if panel.kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"}
    else:
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        fill = 30 if panel.stacked else 5
        defaults["custom"] = {"drawStyle": "line", "lineWidth": 2, "fillOpacity": fill, "stacking": stacking}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": _DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
    }


def _rate(metric: str, by: str = "", where: str = "") -> str:
    selected = f"{metric}{{{where}}}" if where else metric
    summed = f"sum by ({by}) " if by else "sum"
    return f"{summed}(rate({selected}[$__rate_interval]))"


def _quantile(of: float, histogram: str, by: str = "", where: str = "") -> str:
    return f"histogram_quantile({of}, {_rate(histogram + '_bucket', f'le, {by}' if by else 'le', where)})"


def _percentiles(histogram: str, *of: float, where: str = "") -> tuple[Query, ...]:
    return tuple(Query(_quantile(each, histogram, where=where), f"p{each * 100:g}") for each in of)


_LATENCY: Final = "mcp_load_latency_seconds"
_OFFERED = _rate("mcp_load_requests_due_total")
_FAILED = _rate("mcp_load_errors_total", where=_OWN)
_ENDED = _rate("mcp_load_requests_total", where=_OWN)
_CORES = _rate("mcp_load_generator_cpu_seconds_total")

_NUMBERS: Final = (
    Panel("Offered", "Requests that were scheduled.", _PER_SECOND, (Query(_OFFERED, "offered"),), "stat"),
    Panel(
        "Achieved",
        "Requests that were answered without error.",
        _PER_SECOND,
        (Query(f"{_ENDED} - ({_FAILED} or vector(0))", "achieved"),),
        "stat",
    ),
    Panel("p50", "From the due time.", _SECONDS, _percentiles(_LATENCY, 0.5, where=_OWN), "stat"),
    Panel("p99", "From the due time.", _SECONDS, _percentiles(_LATENCY, 0.99, where=_OWN), "stat"),
    Panel("Errors", "Of all requests.", _PERCENT, (Query(f"({_FAILED} or vector(0)) / {_ENDED}", "errors"),), "stat"),
    Panel(
        "Generator", "How busy its busiest process is: near 100 % it is what limits the run.", _PERCENT,
        (Query("mcp_load_generator_busiest_ratio", "busiest"),), "stat",
    ),
)  # fmt: skip

LOAD: Final = (
    Panel(
        "Offered and achieved",
        "Where they part, requests wait: for the server while the generator has time to spare, else for the generator.",
        _PER_SECOND,
        (Query(_OFFERED, "offered"), Query(f"{_ENDED} - ({_FAILED} or vector(0))", "achieved")),
    ),
    Panel(
        "Latency from the due time",
        "Counts from when a request was scheduled, so that waiting for a stalled server shows.",
        _SECONDS,
        _percentiles(_LATENCY, 0.5, 0.9, 0.99, where=_OWN),
    ),
    Panel(
        "Requests by kind", "Answered or failed.", _PER_SECOND,
        (Query(_rate("mcp_load_requests_total", "traffic, label"), "{{traffic}} {{label}}"),), stacked=True,
    ),
    Panel(
        "p99 by kind", "From the due time.", _SECONDS,
        (Query(_quantile(0.99, _LATENCY, "traffic, label"), "{{traffic}} {{label}}"),),
    ),
    Panel(
        "Errors by kind",
        "http: a status of 400 or more; jsonrpc: an error object; tool: isError; transport: no whole answer; timeout.",
        _PER_SECOND,
        (Query(_rate("mcp_load_errors_total", "kind"), "{{kind}}"),),
        stacked=True,
    ),
    Panel(
        "Clients and streams", "At this moment; waiting: requests that are due but not yet answered.", _COUNT,
        (
            Query("mcp_load_clients", "clients"), Query("mcp_load_streams", "streams"),
            Query("mcp_load_waiting_requests", "waiting"),
        ),
    ),
    Panel(
        "Sessions and event streams", "Opened, and what came over streams, and how they ended.", "eps",
        (
            Query(_rate("mcp_load_sessions_opened_total"), "sessions opened"),
            Query(_rate("mcp_load_stream_events_total"), "events"),
            Query(_rate("mcp_load_streams_opened_total"), "streams opened"),
            Query(_rate("mcp_load_streams_refused_total"), "streams refused"),
            Query(_rate("mcp_load_streams_dropped_total"), "streams dropped by the server"),
        ),
    ),
    Panel(
        "Generator", "Cores in use by all its processes, and how late free clients sent (p99).", _COUNT,
        (Query(_CORES, "cores"), Query("mcp_load_late_p99_seconds", "late, seconds")),
    ),
)  # fmt: skip

SERVER: Final = (
    Panel(
        "HTTP requests", "As the server counts them.", _PER_SECOND,
        (Query(_rate("oraclepack_http_requests_total", "method, status"), "{{method}} {{status}}"),), stacked=True,
    ),
    Panel(
        "Time in the server", "From a request to the end of its answer; the rest of the latency passed outside.",
        _SECONDS,
        _percentiles("oraclepack_http_request_seconds", 0.5, 0.9, 0.99),
    ),
    Panel(
        "Tool calls", "By tool and outcome.", _PER_SECOND,
        (Query(_rate("oraclepack_tool_calls_total", "tool, outcome"), "{{tool}} {{outcome}}"),), stacked=True,
    ),
    Panel(
        "p99 of tools", "Seconds of tool calls.", _SECONDS,
        (Query(_quantile(0.99, "oraclepack_tool_call_seconds", "tool"), "{{tool}}"),),
    ),
    Panel(
        "In flight, sessions", "At this moment.", _COUNT,
        (Query("oraclepack_http_in_flight", "in flight"), Query("oraclepack_sessions", "sessions")),
    ),
    Panel(
        "Refusals and errors", "JSON-RPC errors by code, and requests over the rate limit.", _PER_SECOND,
        (
            Query(_rate("oraclepack_jsonrpc_errors_total", "code"), "{{code}}"),
            Query(_rate("oraclepack_rate_limited_total"), "rate limited"),
        ),
    ),
    Panel(
        "Memory", "Resident, of a server with one worker.", _BYTES,
        (Query(f"process_resident_memory_bytes{{{_SERVER}}}", "resident"),),
    ),
    Panel(
        "Processor and files", "Cores in use, and open files and sockets in hundreds; of a server with one worker.",
        _COUNT,
        (
            Query(_rate("process_cpu_seconds_total", where=_SERVER), "cores"),
            Query(f"process_open_fds{{{_SERVER}}} / 100", "files / 100"),
        ),
    ),
)  # fmt: skip
