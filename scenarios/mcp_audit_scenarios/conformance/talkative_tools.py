"""Tools that speak while they work: known by name, by what earlier calls brought, or taken for it if they last."""

import json

from mcp_audit_harness.model import Exchange, JsonObject
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from .slow_tools import timed_calls

MOST = 3
_KNOWN: dict[str, JsonObject] = {
    "test_slow_tool": {"seconds": 0.3},
    "test_tool_with_progress": {},
    "test_tool_with_logging": {},
}
"""Fixtures that speak while they work; the first one lasts longer than the others."""


def talkative(probe: Probe) -> list[JsonObject]:
    """Return the parameters of calls that should say something before their result, a few at most."""
    tools = {str(tool.get("name")): tool for tool in probe.callable_tools()}
    found = [{"name": name, "arguments": arguments} for name, arguments in _KNOWN.items() if name in tools]
    for exchange in probe.transcript:
        if exchange.sent.method != "tools/call" or not (exchange.ok and exchange.notifications()):
            continue
        name = _named(exchange)
        if name in tools and all(name != params["name"] for params in found):
            found.append({"name": name, "arguments": valid_arguments(tools[name].get("inputSchema"))})
    return (found or list(timed_calls(probe)))[:MOST]


def _named(exchange: Exchange) -> str:
    try:
        return str(json.loads(exchange.sent.body)["params"]["name"])
    except (ValueError, KeyError, TypeError):
        return ""
