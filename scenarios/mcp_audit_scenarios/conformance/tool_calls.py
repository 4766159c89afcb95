"""Calls of tools that the operator allows: validated inputs, truthful outputs (server/tools)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    JsonObject,
    Outcome,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import incomplete_arguments, invalid_arguments, valid_arguments
from ..schemas import misfit

_MAX_TOOLS = 10
_MAX_QUICK_TOOLS = 60
_QUICK_MS = 3_000.0
"""Tools beyond the first ten are called as long as all calls together have taken no longer."""
_PATIENCE_S = 2.0
"""For one call: tools that take longer cost the whole audit more than they tell."""
_INTERNAL_ERROR = -32603
_NOTHING_SUCCEEDED = "no call succeeded with the plain arguments that the harness makes from the schemas"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool, called with arguments that fit its schema."""

    tool: JsonObject
    exchange: Exchange

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool.get('name')}"

    @property
    def succeeded(self) -> bool:
        """Whether the tool gave a result that is no error."""
        result = self.exchange.result
        return result is not None and result.get("isError") is not True


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """The tools that may be called, each called once."""

    calls: tuple[ToolCall, ...]

    def structured(self) -> Iterator[tuple[ToolCall, Any]]:
        """Yield successful calls with their structured content, None where there is none."""
        for call in self.calls:
            if call.succeeded and call.exchange.result is not None:
                yield call, call.exchange.result.get("structuredContent")


@scenario(needs=(callable_tool,), impact=Impact.PROBING, timeout_s=60.0)
async def tool_calls(probe: Probe) -> ToolCalls:
    """Call every tool once; a tool may change what is listed, so not while other scenarios look at lists."""
    calls: list[ToolCall] = []
    for tool in probe.callable_tools()[:_MAX_QUICK_TOOLS]:
        if len(calls) >= _MAX_TOOLS and sum(call.exchange.elapsed_ms for call in calls) > _QUICK_MS:
            break
        calls.append(ToolCall(tool, await _call(probe, tool, valid_arguments(tool.get("inputSchema")))))
    return ToolCalls(tuple(calls))


@check(
    tool_calls,
    id="tools/structured-content-missing",
    title="Tool with an output schema gives no structured content",
    requirements=("tools/output-schema-conformance",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Return structuredContent from every successful call of a tool that declares outputSchema.",
)
def structured_content_missing(seen: ToolCalls) -> Verdicts:
    """Clients that generate types from the schema get nothing to put into them."""
    declared = [pair for pair in seen.structured() if isinstance(pair[0].tool.get("outputSchema"), dict)]
    missing = [
        failed("the result has no structuredContent", call.exchange, subject=call.subject)
        for call, content in declared
        if content is None
    ]
    return missing or _passed([call for call, _ in declared], "no tool with an output schema was called with success")


@check(
    tool_calls,
    id="tools/structured-content-breaks-schema",
    title="Structured content does not fit the tool's output schema",
    requirements=("tools/output-schema-conformance",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Validate the result against outputSchema before you send it.",
)
def structured_content_breaks_schema(seen: ToolCalls) -> Verdicts:
    """Clients have to validate, so the call fails there although the tool did its work."""
    fitting: list[ToolCall] = []
    broken: list[Verdict] = []
    for call, content in seen.structured():
        schema = call.tool.get("outputSchema")
        if isinstance(schema, dict) and content is not None:
            trouble = misfit(schema, content)
            if trouble:
                broken.append(failed(f"structuredContent: {trouble}", call.exchange, subject=call.subject))
            fitting.append(call)
    return broken or _passed(fitting, "no tool with an output schema gave structured content")


@check(
    tool_calls,
    id="tools/structured-content-not-mirrored",
    title="Structured content is not repeated as text",
    requirements=("tools/structured-content-text-mirror",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Put the same JSON into a text content item.",
)
def structured_content_not_mirrored(seen: ToolCalls) -> Verdicts:
    """Clients from before structured content, and most models, read the text alone."""
    with_content = [(call, content) for call, content in seen.structured() if content is not None]
    silent = [
        failed("no text item holds the same JSON", call.exchange, subject=call.subject)
        for call, content in with_content
        if not _mirrored(call, content)
    ]
    return silent or _passed([call for call, _ in with_content], "no tool gave structured content")


def _mirrored(call: ToolCall, content: Any) -> bool:
    result = call.exchange.result or {}
    items = result.get("content")
    for item in items if isinstance(items, list) else ():
        text = item.get("text") if isinstance(item, dict) else None
        try:
            if isinstance(text, str) and json.loads(text) in (content, _unwrapped(content)):
                return True
        except (ValueError, RecursionError):
            continue
    return False


def _unwrapped(content: Any) -> Any:
    """SDKs wrap a bare value as {"result": value} and repeat the value alone: the same information."""
    return content["result"] if isinstance(content, dict) and set(content) == {"result"} else content


@check(
    tool_calls,
    id="tools/failure-as-protocol-error",
    title="Failure of a tool is a protocol error, which a model does not see",
    requirements=("schema/tool-errors-in-result",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Catch what a tool raises, and answer with a result whose isError is true and whose text says why.",
)
def failure_as_protocol_error(seen: ToolCalls) -> Verdicts:
    """A model can react to a failure that it reads in a result: try other arguments, ask, do without. A protocol error
    ends in the client. Arguments that fit the schema are used; only -32603, the code of internal errors, is judged.
    """
    hidden = [
        failed("a call with arguments that fit the schema gave the error -32603", call.exchange, subject=call.subject)
        for call in seen.calls
        if call.exchange.error_code == _INTERNAL_ERROR
    ]
    shown = [
        call for call in seen.calls if call.exchange.result is not None and call.exchange.result.get("isError") is True
    ]
    return hidden[:_MAX_TOOLS] or _passed(shown[:_MAX_TOOLS], "no tool that may be called failed")


@dataclass(frozen=True, slots=True)
class SpoiledCall:
    """One tool, called with valid arguments that succeed and with arguments that break its schema."""

    tool: JsonObject
    how: str
    control: Exchange
    spoiled: Exchange

    @property
    def subject(self) -> str:
        """How findings name the tool."""
        return f"tool:{self.tool.get('name')}"


@dataclass(frozen=True, slots=True)
class SpoiledCalls:
    """Every tool whose valid call succeeds."""

    calls: tuple[SpoiledCall, ...]


@scenario(needs=(callable_tool,), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def spoiled_calls(probe: Probe) -> SpoiledCalls:
    calls: list[SpoiledCall] = []
    slow = _silent_tools(probe)
    for tool in probe.callable_tools()[:_MAX_TOOLS]:
        if tool["name"] in slow:
            continue
        schema = tool.get("inputSchema")
        spoilings = (
            ("a member of the wrong type", invalid_arguments(schema)),
            ("a required member missing", incomplete_arguments(schema)),
        )
        if all(arguments is None for _, arguments in spoilings):
            continue
        control = await _call(probe, tool, valid_arguments(schema))
        if control.result is None or control.result.get("isError") is True:
            continue
        for how, arguments in spoilings:
            if arguments is not None:
                calls.append(SpoiledCall(tool, how, control, await _call(probe, tool, arguments)))
    return SpoiledCalls(tuple(calls))


async def _call(probe: Probe, tool: JsonObject, arguments: JsonObject) -> Exchange:
    """Call with a progress token, so that a tool that reports progress does so here."""
    params = {"name": tool["name"], "arguments": arguments}
    token = {"progressToken": f"audit-{tool['name']}"}
    return await probe.request("tools/call", params, meta=token, timeout=_PATIENCE_S)


def _silent_tools(probe: Probe) -> frozenset[str]:
    """Return the names of tools whose plain call has gone unanswered at this revision: waiting again tells nothing."""
    silent = [seen for seen in probe.transcript if seen.sent.method == "tools/call" and seen.outcome is Outcome.SILENT]
    return frozenset(name for name in map(_called_name, silent) if name is not None)


def _called_name(exchange: Exchange) -> str | None:
    try:
        params = json.loads(exchange.sent.body)["params"]
        name = params["name"]
    except (ValueError, TypeError, KeyError):
        return None
    return name if isinstance(name, str) else None


@check(
    spoiled_calls,
    id="tools/skips-input-validation",
    title="Arguments that break the tool's own schema are accepted",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Validate arguments against inputSchema before the tool runs.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def skips_input_validation(seen: SpoiledCalls) -> Verdicts:
    """What the schema excludes the author did not think of: most injection flaws of tools begin with such a value."""
    accepted = [
        failed(f"a call with {call.how} succeeded", call.spoiled, call.control, subject=call.subject)
        for call in seen.calls
        if call.spoiled.result is not None and call.spoiled.result.get("isError") is not True
    ]
    answered = [call.spoiled for call in seen.calls if call.spoiled.answered]
    return accepted or (passed(*answered[:10]) if answered else not_observed(_NOTHING_SUCCEEDED))


@check(
    spoiled_calls,
    id="tools/input-error-as-protocol-error",
    title="Invalid arguments are a protocol error, which a model does not see",
    requirements=("derived/tool-error-validation-as-result",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Answer with a result whose isError is true and whose text says what is wrong.",
)
def input_error_as_protocol_error(seen: SpoiledCalls) -> Verdicts:
    """From 2025-11-25 on, input errors go to the model, which can then correct its call."""
    hidden = [
        failed(f"a call with {call.how} gave the error {call.spoiled.error_code}", call.spoiled, subject=call.subject)
        for call in seen.calls
        if call.spoiled.error is not None
    ]
    shown = [call.spoiled for call in seen.calls if call.spoiled.ok]
    return hidden or (passed(*shown[:10]) if shown else not_observed(_NOTHING_SUCCEEDED))


def _passed(calls: list[ToolCall], why_not: str) -> Verdict:
    return passed(*(call.exchange for call in calls)) if calls else not_observed(why_not)
