"""Names of tools are case-sensitive (server/tools#tool-names, from 2025-11-25 on)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments

_MAX_TRIES = 5
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class SwappedCase:
    """A tool called by its name, and by its name in the other case."""

    name: str
    swapped: str
    control: Exchange
    call: Exchange


@scenario(needs=(callable_tool,), impact=Impact.PROBING)
async def swapped_case(probe: Probe) -> SwappedCase:
    """Find a tool whose plain call succeeds, and call it again in the other case."""
    listed = {tool.get("name") for tool in probe.offer.tools}
    for tool in probe.callable_tools()[:_MAX_TRIES]:
        name = str(tool["name"])
        if name.swapcase() in listed:
            continue
        arguments = valid_arguments(tool.get("inputSchema"))
        control = await _call(probe, name, arguments)
        if _succeeded(control):
            return SwappedCase(name, name.swapcase(), control, await _call(probe, name.swapcase(), arguments))
    raise Unobservable("no tool that may be called succeeds with the plain arguments that the harness makes")


async def _call(probe: Probe, name: str, arguments: JsonObject) -> Exchange:
    return await probe.request("tools/call", {"name": name, "arguments": arguments}, timeout=_PATIENCE_S)


def _succeeded(exchange: Exchange) -> bool:
    return exchange.result is not None and exchange.result.get("isError") is not True


@check(
    swapped_case,
    id="tools/name-in-any-case",
    title="Tool runs by a name in another case",
    requirements=("tools/tool-name-case-sensitive",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Compare names of tools as they are.",
)
def name_in_any_case(seen: SwappedCase) -> Verdict:
    """Who allows or forbids a tool by its name compares letter by letter; another spelling slips through."""
    if not seen.call.answered:
        return not_observed("the call was not answered", seen.call, seen.control)
    if _succeeded(seen.call):
        text = f"{seen.name} ran when {seen.swapped} was called"
        return failed(text, seen.call, seen.control, subject=f"tool:{seen.name}")
    return passed(seen.call, seen.control)
