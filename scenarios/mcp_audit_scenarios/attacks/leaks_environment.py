"""Whether the environment of a target comes out: the auditor puts a variable of a random value into it (stdio)."""

import json
import re
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import (
    STDIO_ONLY,
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

from ..arguments import invalid_arguments, valid_arguments
from ..conformance.asking import called_name
from .leaks import where
from .occasions import newest_of_era

_MOST_CALLS, _MOST_SHOWN, _PATIENCE_S = 4, 5, 3.0
_ENVIRONMENT: Final = re.compile(r"(?:^|[\W_])env(?:ironment)?(?:$|[\W_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the value of a variable came out that only the environment of the target's process holds."""

    listed: tuple[Exchange, ...]
    """Answers of tools that say that they show the environment."""
    leaked: tuple[Exchange, ...]
    """Any other answer."""
    on_stderr: bool
    looked: tuple[Exchange, ...]


@scenario(transports=STDIO_ONLY, needs=(newest_of_era,), impact=Impact.PROBING, bench=Bench.DIAGNOSTICS)
async def environment(probe: Probe) -> Environment:
    """Make the target fail, call a few tools, and look for the variable in all that has come so far."""
    canary = probe.environment_canary
    tools = sorted(probe.callable_tools(), key=lambda tool: not _shows(tool))[:_MOST_CALLS]
    requests: list[tuple[str, JsonObject]] = [
        ("mcp-audit/none", {}),
        ("tools/call", {"name": "mcp-audit-none", "arguments": {}}),
        *(("tools/call", _call(tool, valid_arguments(tool.get("inputSchema")))) for tool in tools),
        *(("tools/call", _call(tool, invalid_arguments(tool.get("inputSchema")) or {})) for tool in tools[:2]),
    ]
    own = [await probe.request(method, params, timeout=_PATIENCE_S) for method, params in requests]
    everything = (*probe.transcript, *own)
    shown = {str(tool.get("name")) for tool in probe.offer.tools if _shows(tool)}
    holding = [seen for seen in everything if canary in seen.body or canary in json.dumps(seen.messages)]
    listed = [seen for seen in holding if called_name(seen) in shown]
    leaked = [seen for seen in holding if seen not in listed]
    answered = [seen for seen in own if seen.answered]
    on_stderr = canary in await probe.stderr()
    return Environment(tuple(listed[:_MOST_SHOWN]), tuple(leaked[:_MOST_SHOWN]), on_stderr, tuple(answered))


def _shows(tool: JsonObject) -> bool:
    """Whether a tool says that it is about the environment."""
    return _ENVIRONMENT.search(f"{tool.get('name')} {tool.get('description')}") is not None


def _call(tool: JsonObject, arguments: JsonObject) -> JsonObject:
    return {"name": tool["name"], "arguments": arguments}


@check(
    environment,
    id="leaks/environment-in-answer",
    title="The environment of the process comes out",
    requirements=("leaks/no-environment-in-answers",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Never answer, log or report the environment as a whole; name the few settings that matter.",
    references=("https://cwe.mitre.org/data/definitions/526.html",),
)
def environment_in_answer(seen: Environment) -> Verdicts:
    """On stdio, credentials come by the environment, as the specification says. The auditor adds a variable with a
    random value to it; that value was in an answer or on standard error, and every token beside it can be, too.
    """
    if seen.leaked:
        text = "The value of an environment variable came out."
        return _once(text, seen.leaked)
    if seen.on_stderr and seen.looked:
        return failed("The value of an environment variable was written to standard error.", *seen.looked[-1:])
    return _clean(seen)


@check(
    environment,
    id="leaks/tool-shows-environment",
    title="A tool shows the environment of the process",
    requirements=("leaks/no-environment-in-answers",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Remove the tool, or let it show a list of names that you chose.",
    references=("https://cwe.mitre.org/data/definitions/526.html",),
)
def tool_shows_environment(seen: Environment) -> Verdicts:
    """A tool for looking at the environment does what it says. It is reported as what it can do: whatever steers the
    model has the tokens of everything that the process may use.
    """
    if seen.listed:
        text = "The tool returned the environment, with a variable that the auditor had set."
        return _once(text, seen.listed)
    return _clean(seen)


def _clean(seen: Environment) -> Verdict:
    answered = [exchange for exchange in seen.looked if exchange.answered]
    return passed(*answered) if answered else not_observed("no answer came")


def _once(text: str, exchanges: tuple[Exchange, ...]) -> list[Verdict]:
    """Return a failure for each tool or method."""
    first: dict[str, Verdict] = {}
    for exchange in exchanges:
        first.setdefault(where(exchange), failed(text, exchange, subject=where(exchange)))
    return list(first.values())
