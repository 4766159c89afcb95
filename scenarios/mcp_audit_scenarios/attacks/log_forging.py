"""Text that a caller sends, and that stands in a log as a line of its own (CWE-117)."""

from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Era,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Transport,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from ..conformance.log_messages import METHOD
from .occasions import newest_of_era

_MOST_CALLS, _MOST_SHOWN = 4, 4
_PATIENCE_S: Final = 3.0
_LEVEL: Final = "debug"
_META_LEVEL: Final = "io.modelcontextprotocol/logLevel"


@dataclass(frozen=True, slots=True)
class Forging:
    """Calls whose text holds a line break and, after it, a marker."""

    marker: str
    calls: tuple[Exchange, ...]
    stderr_line: bool
    """Whether a line of standard error began with the marker."""
    logged: tuple[Exchange, ...]
    """Calls with log messages in which a line began with it."""


def shows_logs(probe: Probe) -> Verdict | None:
    """Need log messages, or a standard error that can be read."""
    if probe.transport is Transport.STDIO or probe.offer.declares("logging"):
        return None
    return not_applicable("the server declares no logging, and its standard error is out of sight")


@scenario(needs=(newest_of_era, shows_logs, callable_tool), impact=Impact.PROBING, bench=Bench.DIAGNOSTICS)
async def forging(probe: Probe) -> Forging:
    """Call tools that take a text with one of two lines, at the lowest level of logging."""
    marker = f"mcp-audit-{probe.rng.getrandbits(48):012x}"
    tools = [(tool, name) for tool in probe.callable_tools() if (name := text_argument(tool))][:_MOST_CALLS]
    if not tools:
        raise Unobservable("no tool that may be called takes a text; allow more with --call all or --tool NAME")
    if probe.revision.era is Era.HANDSHAKE and probe.offer.declares("logging"):
        await probe.request("logging/setLevel", {"level": _LEVEL})
    meta = {_META_LEVEL: _LEVEL} if probe.revision.era is Era.STATELESS else None
    calls: list[Exchange] = []
    for tool, name in tools:
        arguments = {**valid_arguments(tool.get("inputSchema")), name: f"mcp-audit\n{marker}\x1b[31m"}
        params = {"name": tool["name"], "arguments": arguments}
        calls.append(await probe.request("tools/call", params, meta=meta, timeout=_PATIENCE_S))
    on_stderr = any(line.startswith(marker) for line in (await probe.stderr()).splitlines())
    logged = [call for call in calls if any(forged(message, marker) for message in call.notifications(METHOD))]
    return Forging(marker, tuple(calls), on_stderr, tuple(logged))


def text_argument(tool: JsonObject) -> str:
    """Return the first argument of a tool that takes any text; empty if there is none."""
    schema = tool.get("inputSchema")
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    for name, field in properties.items() if isinstance(properties, dict) else ():
        limited = {"enum", "const", "pattern", "format"}
        if isinstance(field, dict) and field.get("type") == "string" and not limited & field.keys():
            return str(name)
    return ""


def forged(message: JsonObject, marker: str) -> bool:
    """Whether a line of a log message's text begins with the marker."""
    params = message.get("params")
    waiting: list[Any] = [params.get("data") if isinstance(params, dict) else None]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str) and any(line.startswith(marker) for line in inner.splitlines()[1:]):
            return True
        if isinstance(inner, dict | list):
            waiting.extend(inner.values() if isinstance(inner, dict) else inner)
    return False


@check(
    forging,
    id="logging/forges-lines",
    title="A caller's text becomes a line of the log",
    requirements=("logging/one-line-an-entry",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Escape line breaks and control characters of what callers send before you log it, or log JSON.",
    references=("https://cwe.mitre.org/data/definitions/117.html",),
)
def forges_lines(seen: Forging) -> Verdicts:
    """Whoever can write a line of a log can write that somebody else logged in, or hide behind an escape sequence what
    happened. Proof is a random marker that stood after a line break in an argument, and then at the start of a line of
    standard error or of a log message.
    """
    if seen.logged:
        return failed("A line of a log message was the caller's own.", *seen.logged[:1])
    if seen.stderr_line and seen.calls:
        return failed("A line on standard error was the caller's own.", *seen.calls[:_MOST_SHOWN])
    answered = [call for call in seen.calls if call.answered]
    return passed(*answered[:_MOST_SHOWN]) if answered else not_observed("no call was answered", *seen.calls)
