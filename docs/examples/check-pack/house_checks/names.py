"""Names of tools: a model that uses several servers sees the tools of all of them in one list."""

from dataclasses import dataclass

from mcp_audit_harness.declare import check, listed, scenario
from mcp_audit_harness.model import Category, Exchange, Severity, Verdict, failed, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Probe


@dataclass(frozen=True, slots=True)
class ToolNames:
    """The first page of the tools, and the names on it."""

    listing: Exchange
    names: tuple[str, ...]


@scenario(needs=(listed("tools"),))
async def tool_names(probe: Probe) -> ToolNames:
    """Ask for the list of tools."""
    listing = await probe.request("tools/list")
    tools = (listing.result or {}).get("tools")
    objects = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    return ToolNames(listing, tuple(tool["name"] for tool in objects if isinstance(tool.get("name"), str)))


@check(
    tool_names,
    id="house/tool-without-prefix",
    title="The names of the tools do not begin with the same word",
    requirements=("house/names-begin-alike",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Begin the name of every tool with the name of the server and an underscore.",
)
def tool_without_prefix(seen: ToolNames) -> Verdict:
    """Two servers with a tool `search` leave it to chance which of them a model asks. A prefix tells them apart."""
    if not seen.listing.ok:
        return not_observed("the list of tools was not answered with a result", seen.listing)
    if not seen.names:
        return not_applicable("the server lists no tools", seen.listing)
    words = {name.partition("_")[0] if "_" in name else "" for name in seen.names}
    if len(words) > 1 or "" in words:
        return failed(f"The names begin differently: {', '.join(sorted(seen.names)[:5])}.", seen.listing)
    return passed(seen.listing)
