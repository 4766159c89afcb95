"""Listed tools, and tools that do not exist (server/tools)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, capability, check, listed, scenario
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

from ..schemas import flaw

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}", re.ASCII)
_MAX_SUBJECTS = 5


@dataclass(frozen=True, slots=True)
class ListedTools:
    """The pages of the list of tools."""

    pages: tuple[Exchange, ...]

    def tools(self) -> Iterator[tuple[JsonObject, Exchange]]:
        """Yield each tool object with the page that it stands on."""
        for page in self.pages:
            tools = page.result.get("tools") if page.result is not None else None
            for tool in tools if isinstance(tools, list) else ():
                if isinstance(tool, dict):
                    yield tool, page


@scenario(needs=(listed("tools"),))
async def listed_tools(probe: Probe) -> ListedTools:
    pages = [await probe.request("tools/list")]
    while len(pages) < 20 and pages[-1].result is not None:
        cursor = pages[-1].result.get("nextCursor")
        if not isinstance(cursor, str):
            break
        pages.append(await probe.request("tools/list", {"cursor": cursor}))
    return ListedTools(tuple(pages))


@check(
    listed_tools,
    id="tools/name-outside-charset",
    title="Name of a tool has characters or a length that clients may not accept",
    requirements=("tools/tool-name-charset", "tools/tool-name-length", "tools/tool-name-no-specials"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Use 1 to 128 of A-Z, a-z, 0-9, underscore, hyphen and dot.",
)
def name_outside_charset(seen: ListedTools) -> Verdicts:
    """Models' APIs refuse a whole request for one name that they do not accept."""
    odd = [
        failed(f"the name {name[:60]!r} has other characters, or not 1 to 128 of them", page, subject=f"tool:{name}")
        for name, page in _names(seen)
        if not _NAME.fullmatch(name)
    ]
    return odd[:_MAX_SUBJECTS] or _passed(seen)


@check(
    listed_tools,
    id="tools/duplicate-name",
    title="Two tools have one name",
    requirements=("tools/tool-name-unique",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Give every tool a name of its own.",
)
def duplicate_name(seen: ListedTools) -> Verdicts:
    """Which of the two is called is up to chance, while a person approved one of them."""
    first: dict[str, Exchange] = {}
    twice: list[Verdict] = []
    for name, page in _names(seen):
        if name in first:
            twice.append(failed(f"{name} is listed twice", page, first[name], subject=f"tool:{name}"))
        first.setdefault(name, page)
    return twice[:_MAX_SUBJECTS] or _passed(seen)


@check(
    listed_tools,
    id="tools/invalid-schema",
    title="Schema of a tool is no valid JSON Schema",
    requirements=("basic/schemas-valid", "basic/default-dialect-2020-12"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Validate inputSchema and outputSchema against the meta-schema of their dialect in your own tests.",
)
def invalid_schema(seen: ListedTools) -> Verdicts:
    """Clients compile the schema before the first call; one that does not compile takes its tool away, or the server.

    Schemas without `$schema` are read as 2020-12; those that name a dialect other than the published drafts are left
    alone.
    """
    broken: list[Verdict] = []
    for tool, page in seen.tools():
        for member in ("inputSchema", "outputSchema"):
            schema = tool.get(member)
            trouble = flaw(schema) if isinstance(schema, dict) else ""
            if trouble:
                broken.append(failed(f"{member}: {trouble}", page, subject=f"tool:{tool.get('name')}"))
    return broken[:_MAX_SUBJECTS] or _passed(seen)


def _names(seen: ListedTools) -> Iterator[tuple[str, Exchange]]:
    for tool, page in seen.tools():
        if isinstance(tool.get("name"), str):
            yield tool["name"], page


def _passed(seen: ListedTools) -> Verdict:
    answered = [page for page in seen.pages if page.ok]
    return passed(*answered) if answered else not_observed("tools/list gave no result", *seen.pages)


@dataclass(frozen=True, slots=True)
class UnknownTool:
    """A call of a tool that no server has."""

    control: Exchange
    call: Exchange


@scenario(needs=(capability("tools"),), impact=Impact.PROBING)
async def unknown_tool(probe: Probe) -> UnknownTool:
    control = await probe.request("tools/list")
    name = f"mcp-audit-no-such-tool-{probe.rng.randrange(10**6)}"
    return UnknownTool(control, await probe.request("tools/call", {"name": name, "arguments": {}}))


@check(
    unknown_tool,
    id="tools/runs-unknown-tool",
    title="Call of a tool that does not exist succeeds",
    requirements=("derived/unknown-tool-error",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 to a name that is not listed.",
)
def runs_unknown_tool(seen: UnknownTool) -> Verdict:
    """A model that misspells a name takes the empty success for the tool's answer."""
    if seen.call.result is not None and seen.call.result.get("isError") is not True:
        return failed("the call of a made-up tool succeeded", seen.call, seen.control)
    if not seen.call.answered or (not seen.call.refused and seen.call.result is None):
        return not_observed("the call was not answered", seen.call)
    return passed(seen.call, seen.control)


@check(
    unknown_tool,
    id="tools/unknown-tool-as-result",
    title="Unknown tool is reported as a tool's error, not as a protocol error",
    requirements=("derived/unknown-tool-error",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Answer with the JSON-RPC error -32602.",
)
def unknown_tool_as_result(seen: UnknownTool) -> Verdict:
    """The page names unknown tools among protocol errors; as a result, the mistake reads like the tool's own words."""
    if seen.call.result is not None and seen.call.result.get("isError") is True:
        return failed("the call of a made-up tool gave a result with isError", seen.call, seen.control)
    if seen.call.error is None:
        return not_observed("the call was not refused", seen.call)
    return passed(seen.call, seen.control)
