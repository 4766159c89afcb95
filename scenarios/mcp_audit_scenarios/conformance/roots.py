"""Roots: asked for only where they are declared, kept to, and followed when they change (page `client/roots`).

Paths are tried on tools that take one and have asked for the roots. They name nothing that exists: a tool that looks at
the disk first refuses the path inside, too, and then nothing is learned.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Era, Exchange, Impact, JsonObject, Severity, failed
from mcp_audit_harness.probe import Probe

from ..arguments import valid_arguments
from .asking import NOBODY_ASKED, Client, Consultation, Desk, desk, input_requests, judged
from .client_replies import ACCEPT, LIST_ROOTS, ROOT
from .exploration import Asking, exploration

_MOVED: Final = "file:///tmp/mcp-audit-moved"
_INSIDE, _INSIDE_MOVED = "/tmp/mcp-audit/note.txt", "/tmp/mcp-audit-moved/note.txt"  # noqa: S108 - never opened by us
_OUTSIDE: Final = "/var/mcp-audit-outside/note.txt"
_TRICKS: Final = ("/tmp/mcp-audit-evil/note.txt", "/tmp/mcp-audit/../mcp-audit-evil/note.txt")  # noqa: S108
_PATH: Final = re.compile(r"(file|dir|directory|folder)?_?path|file_?(name)?|directory|folder|uri", re.IGNORECASE)
_MOST_TOOLS: Final = 3
_NO_ROOTS: Final = NOBODY_ASKED.format("its roots")
_NO_TOOL: Final = "no tool that may be called takes a path and asks for the roots; allow more with --call or --tool"


@check(
    exploration,
    id="roots/asks-undeclared-roots",
    title="Roots are asked of a client that declared none",
    requirements=("roots/check-roots-capability",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Look for the client's roots capability before you ask.",
)
def asks_undeclared_roots(seen: Asking) -> Verdicts:
    """A client without roots answers method not found, or nothing, and the call fails where it could have gone on."""
    asking = {call.tool for call in seen.calls if call.asked("roots")}
    looked = [call for call in seen.restricted if call.tool in asking and "roots" not in (call.declared or {})]
    failures = [
        failed("The server asked for roots, which the client did not declare.", *call.evidence, subject=call.subject)
        for call in looked
        if call.asked("roots")
    ]
    return judged(failures, looked, _NO_ROOTS)


@dataclass(frozen=True, slots=True)
class BoundedTool:
    """One tool, called with paths inside and outside of the client's roots."""

    inside: Consultation
    """The control."""
    outside: Consultation
    tricks: tuple[Consultation, ...]
    """Paths outside that begin like the root."""
    moved_old: Consultation
    """The path of the control after the roots have changed."""
    moved_new: Consultation
    """A path in the new root."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Tools that accept a path inside of the roots."""

    tools: tuple[BoundedTool, ...]


@scenario(impact=Impact.PROBING, needs=(callable_tool,), timeout_s=30.0, bench=Bench.DIAGNOSTICS)
async def boundaries(probe: Probe) -> Boundaries:
    """Try paths on tools that take one; where all tools were called with roots declared, only if one asked for them."""
    explored = any(exchange.scenario == exploration.name for exchange in probe.transcript)
    if explored and not any(map(shows_roots, probe.transcript)):
        raise Unobservable(_NO_ROOTS)
    tools = [(tool, name) for tool in probe.callable_tools() if (name := _path_argument(tool))][:_MOST_TOOLS]
    if not tools:
        raise Unobservable(_NO_TOOL)
    client = Client()
    bounded: list[BoundedTool] = []
    async with desk(probe, client) as full:
        asked_before = any(question.kind == "roots" for question in client.heard)
        for tool, argument in tools:
            inside = await _at(full, tool, argument, _INSIDE)
            if inside.succeeded and (asked_before or inside.asked("roots")):
                bounded.append(await _tried(full, tool, argument, inside))
    return Boundaries(tuple(bounded))


def shows_roots(exchange: Exchange) -> bool:
    """Whether the server asked for the roots in an exchange."""
    asked = (input_requests(exchange.result) or {}).values()
    requests = (*exchange.requests(), *(request for request in asked if isinstance(request, dict)))
    return any(request.get("method") == LIST_ROOTS for request in requests)


async def _tried(full: Desk, tool: JsonObject, argument: str, inside: Consultation) -> BoundedTool:
    outside = await _at(full, tool, argument, _OUTSIDE)
    tricks = [await _at(full, tool, argument, path) for path in _TRICKS]
    full.client.roots = (_MOVED,)
    await _announce(full)
    old, new = await _at(full, tool, argument, _INSIDE), await _at(full, tool, argument, _INSIDE_MOVED)
    full.client.roots = (ROOT,)
    await _announce(full)
    return BoundedTool(inside, outside, tuple(tricks), old, new)


async def _announce(full: Desk) -> None:
    """Say that the roots have changed; at 2026-07-28 nobody needs to be told."""
    if full.era is Era.HANDSHAKE:
        await full.caller.notify("notifications/roots/list_changed")


async def _at(full: Desk, tool: JsonObject, argument: str, path: str) -> Consultation:
    schema = tool["inputSchema"]
    value = f"file://{path}" if argument.lower() == "uri" else path
    return await full.call(tool, ACCEPT, arguments={**valid_arguments(schema), argument: value})


def _path_argument(tool: JsonObject) -> str:
    """Return the name of the argument of a tool that takes a path; empty if it has none."""
    schema = tool.get("inputSchema")
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    for name, field in properties.items() if isinstance(properties, dict) else ():
        plain = isinstance(field, dict) and field.get("type") == "string" and not {"enum", "const"} & field.keys()
        if plain and _PATH.fullmatch(name):
            return str(name)
    return ""


@check(
    boundaries,
    id="roots/serves-outside-roots",
    title="A tool goes beyond the client's roots",
    requirements=("roots/respect-root-boundaries",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse every path that is in none of the roots.",
    references=("https://cwe.mitre.org/data/definitions/22.html",),
)
def serves_outside_roots(seen: Boundaries) -> Verdicts:
    """Roots are how the user says what a server may touch. A tool that asks for them and goes beyond them touches what
    nobody has allowed.
    """
    failures = [
        failed("A path outside of the roots is served.", *tool.outside.evidence, *tool.inside.evidence,
               subject=tool.inside.subject)
        for tool in seen.tools
        if tool.outside.succeeded
    ]  # fmt: skip
    return judged(failures, (tool.outside for tool in seen.tools if tool.outside.refused), _NO_TOOL)


@check(
    boundaries,
    id="roots/serves-lookalike-path",
    title="A path that only begins like a root is served",
    requirements=("roots/validate-paths-against-roots",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Resolve the path, then compare it with the roots part by part, not as text.",
    references=("https://cwe.mitre.org/data/definitions/22.html",),
)
def serves_lookalike_path(seen: Boundaries) -> Verdicts:
    """`/data-secret` begins like `/data`, and `/data/../etc` does, too. Comparing paths as text lets both pass."""
    failures = [
        failed("A path that begins like the root and is outside of it is served.", *trick.evidence,
               *tool.inside.evidence, subject=tool.inside.subject)
        for tool in seen.tools
        for trick in tool.tricks
        if trick.succeeded and not tool.outside.succeeded
    ]  # fmt: skip
    shown = [trick for tool in seen.tools for trick in tool.tricks if trick.refused]
    return judged(failures, shown, _NO_TOOL)


@check(
    boundaries,
    id="roots/keeps-outdated-roots",
    title="Roots that have changed are still believed",
    requirements=("roots/cache-and-handle-root-changes",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Ask for the roots again when notifications/roots/list_changed arrives.",
)
def keeps_outdated_roots(seen: Boundaries) -> Verdicts:
    """A user who takes a directory away means it. A server that goes on with the old list still works in there."""
    bounded = [tool for tool in seen.tools if tool.outside.refused]
    failures = [
        failed("After the roots had changed, a path in the old one is served.", *tool.moved_old.evidence,
               *tool.moved_new.evidence, subject=tool.inside.subject)
        for tool in bounded
        if tool.moved_old.succeeded
    ]  # fmt: skip
    followed = [tool.moved_new for tool in bounded if tool.moved_new.succeeded]
    return judged(failures, followed, _NO_TOOL)
