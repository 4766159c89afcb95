"""What the tabs of MCP on Locust's web page show: their columns, and rows of where a run stands. Pure."""

from typing import Any, Final

from .standing import ERROR_KINDS, KindStanding, Standing

_KIND_TITLES: Final = {
    "jsonrpc": "JSON-RPC errors",
    "tool": "Tool errors",
    "http": "HTTP errors",
    "transport": "No whole answer",
    "timeout": "Timeouts",
}
TABLES: Final = {
    "mcp": (
        "MCP",
        {
            "method": "Method",
            "subject": "Tool, prompt, resource",
            "done": "Done",
            **{kind: _KIND_TITLES[kind] for kind in ERROR_KINDS},
            "p50": "p50 (ms)",
            "p99": "p99 (ms)",
            "most": "Max (ms)",
        },
    ),
    "mcpErrors": (
        "MCP errors",
        {"name": "Request", "layer": "Layer", "what": "What", "count": "Count", "example": "First message"},
    ),
    "mcpClients": ("MCP sessions and streams", {"name": "What", "value": "Count", "means": "Meaning"}),
}
"""Title and columns of each tab; rows are sorted by `name`."""


def tables(now: Standing) -> list[dict[str, Any]]:
    """Return the rows of every tab."""
    return [
        {"key": "mcp", "data": [_row(kind) for kind in now.kinds]},
        {
            "key": "mcpErrors",
            "data": [
                {
                    "name": kind.name,
                    "layer": _KIND_TITLES.get(error.kind, error.kind).removesuffix(" errors"),
                    "what": error.what,
                    "count": error.count,
                    "example": error.example,
                }
                for kind in now.kinds
                for error in kind.errors
            ],
        },
        {"key": "mcpClients", "data": [{"name": n, "value": v, "means": m} for n, v, m in _clients(now)]},
    ]


def _row(kind: KindStanding) -> dict[str, Any]:
    method, _, subject = kind.name.partition(" ")
    return {
        "name": kind.name,
        "method": method,
        "subject": subject,
        "done": kind.done,
        **{layer: kind.failed(layer) for layer in ERROR_KINDS},
        "p50": round(kind.latency.p50_ms, 1),
        "p99": round(kind.latency.p99_ms, 1),
        "most": round(kind.latency.max_ms, 1),
    }


def _clients(now: Standing) -> tuple[tuple[str, float, str], ...]:
    streams = now.streams
    return (
        ("Clients", now.clients, "at this moment, each with one request on its way at most"),
        ("Events", streams.events, "that came over streams so far"),
        ("Requests due", now.due, "scheduled so far"),
        ("Requests waiting", now.waiting, "at this moment: due but not yet answered"),
        ("Sessions opened", now.sessions_opened, "so far; revisions without a handshake have none"),
        ("Streams", streams.open, "event streams and subscriptions that are open at this moment"),
        ("Streams dropped", streams.dropped, "ended by the target while a client still listened"),
        ("Streams opened", streams.opened, "so far"),
        ("Streams refused", streams.refused, "by the target, so far"),
    )
