"""Arguments whose schema lies in another document (2026-07-28, basic, reference resolution)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import NONSENSE, valid_arguments
from ..questions import kind_of

_MAX_TOOLS = 3


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A tool, the parameter whose schema lies elsewhere, and a call with nonsense in that place."""

    tool: str
    parameter: str
    call: Exchange


@dataclass(frozen=True, slots=True)
class UnresolvedCalls:
    """Each such tool, called once."""

    calls: tuple[Unresolved, ...]


def refers_elsewhere(probe: Probe) -> Verdict | None:
    """Need a listed tool with a parameter whose schema is a reference to another document."""
    if any(True for tool in probe.offer.tools for _ in _parameters(tool)):
        return None
    return not_applicable("no parameter of a listed tool refers to a schema in another document")


def _parameters(tool: JsonObject) -> Iterator[str]:
    schema = tool.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, inner in (properties if isinstance(properties, dict) else {}).items():
        reference: Any = inner.get("$ref") if isinstance(inner, dict) else None
        if isinstance(reference, str) and reference.startswith(("http://", "https://", "urn:")):
            yield name


@scenario(spec=STATELESS, impact=Impact.PROBING, needs=(callable_tool, refers_elsewhere))
async def unresolved_calls(probe: Probe) -> UnresolvedCalls:
    """Nothing is fetched here: whatever the reference leads to, the nonsense is hardly what it asks for."""
    found = [(tool, name) for tool in probe.callable_tools() for name in list(_parameters(tool))[:1]]
    calls = []
    for tool, name in found[:_MAX_TOOLS]:
        arguments = {**valid_arguments(tool.get("inputSchema")), name: NONSENSE}
        call = await probe.request("tools/call", {"name": tool["name"], "arguments": arguments})
        calls.append(Unresolved(str(tool["name"]), name, call))
    return UnresolvedCalls(tuple(calls))


@check(
    unresolved_calls,
    id="tools/ignores-unresolved-reference",
    title="Parameter whose schema cannot be resolved takes anything",
    requirements=("basic/unresolved-ref-rejected",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Put the schema into $defs of the tool, or refuse calls while a reference cannot be resolved.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def ignores_unresolved_reference(seen: UnresolvedCalls) -> Verdicts:
    """Validators that skip what they cannot resolve turn a strict schema into none, and nobody notices."""
    accepted = [
        failed(f"nonsense for {one.parameter[:60]!r} was accepted", one.call, subject=f"tool:{one.tool}")
        for one in seen.calls
        if kind_of(one.call) == "result"
    ]
    answered = [one.call for one in seen.calls if one.call.answered]
    if accepted or answered:
        return accepted or passed(*answered)
    return not_observed("no tool whose schema refers to another document may be called, or none answered")
