"""Hits at calls that something a client chose arrives at."""

from collections.abc import Iterator

from mcp_audit_harness.source.rules import Hit, Mark
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_harness.source.script.syntax import hit_at
from mcp_audit_harness.source.script.values import Arrival, Taint


def reached(module: ScriptModule) -> Iterator[Arrival]:
    """Yield the calls that the arguments of a tool arrive at."""
    return (arrival for arrival in module.arrivals if not arrival.tool.checks)


def hit(module: ScriptModule, arrival: Arrival, value: Taint, message: str) -> Hit:
    """Return the hit at a call, with the way of the value to there."""
    node = arrival.node
    end = Mark(module.line(node), module.column(node), f"it reaches {arrival.name.rpartition('.')[2] or 'the call'}")
    subject = f"tool:{arrival.tool.name}" if arrival.tool.name else ""
    return hit_at(module, node, message, (*value.trail, end), subject)
