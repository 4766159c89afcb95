"""Hits at calls that something a client chose arrives at."""

from collections.abc import Iterator

from mcp_audit_harness.source.rules import Hit
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import hit_at, mark
from mcp_audit_harness.source.script.values import Arrival, Taint


def reached(module: ScriptModule) -> Iterator[Arrival]:
    """Yield the calls that the arguments of a tool arrive at."""
    return (arrival for arrival in module.arrivals if not arrival.tool.checks)


def hit(module: ScriptModule, arrival: Arrival, value: Taint, message: str) -> Hit:
    """Return the hit at a call, with the way of the value to there."""
    end = mark(module, arrival.node, f"it reaches {arrival.name.rpartition('.')[2] or 'the call'}")
    return hit_at(module, arrival.node, message, (*value.trail, end), arrival.tool.subject)
