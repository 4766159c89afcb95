"""Definitions that change while nobody is told: from one list to the next, or from one client to another."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
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
from mcp_audit_harness.pins import Change, drift, pinned
from mcp_audit_harness.probe import Headers, Probe, Session

from ..arguments import valid_arguments
from .definitions import told_to_survey
from .occasions import newest_of_era
from .spoken import listed, shown_text

_KINDS: Final = {"tools": "tool", "prompts": "prompt"}
_CLIENTS: Final = ("claude-ai", "cursor-vscode")
"""How Claude Desktop and Cursor call themselves."""
_AGENT: Final = "Claude-User"
_CALLS: Final = 3
_MOST_PAGES, _MOST_VERDICTS, _PATIENCE_S = 10, 5, 2.0
_INFO: Final = "io.modelcontextprotocol/clientInfo"
_HTTP_AND_STDIO: Final = frozenset({Transport.HTTP, Transport.STDIO})


def lists_something(probe: Probe) -> Verdict | None:
    """Need tools or prompts in the lists of the server."""
    return None if probe.offer.tools or probe.offer.prompts else not_applicable("the server lists no tools or prompts")


@dataclass(frozen=True, slots=True)
class Look:
    """The lists of tools and prompts as one client got them at one time."""

    pages: tuple[Exchange, ...]

    @property
    def complete(self) -> bool:
        """Whether every page was answered with a result."""
        return bool(self.pages) and all(page.result is not None for page in self.pages)

    def lists(self) -> list[list[Any]]:
        """Return what is on the pages of tools and prompts: mostly the same, which is quickly seen."""
        return [
            [page.result.get(member) for page in self.pages if page.result and page.sent.method == f"{member}/list"]
            for member in _KINDS
        ]

    def changes(self, later: "Look") -> tuple[Change, ...]:
        """Return what differs from a later look."""
        if self.lists() == later.lists():
            return ()
        before, after = (
            pinned("", {}, ((_KINDS[item.kind], item.value) for item in listed(look.pages) if item.kind in _KINDS))
            for look in (self, later)
        )
        return drift(before, after)


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks one after another: of the survey, of a new session, after calls, and once more."""

    survey: Look
    opened: Look
    called: Look
    again: Look
    calls: tuple[Exchange, ...]


async def _look(session: Session | Probe, probe: Probe, headers: Headers | None = None, meta: Any = None) -> Look:
    pages: list[Exchange] = []
    for member in [member for member in _KINDS if getattr(probe.offer, member)][:1]:
        cursor: object = None
        for _ in range(_MOST_PAGES):
            params = {"cursor": cursor} if cursor is not None else None
            pages.append(page := await session.request(f"{member}/list", params, headers=headers, meta=meta))
            cursor = (page.result or {}).get("nextCursor")
            if not isinstance(cursor, str):
                break
    return Look(tuple(pages))


@scenario(needs=(newest_of_era, lists_something), impact=Impact.PROBING, alone=True, timeout_s=30.0, thorough=True)
async def looks(probe: Probe) -> Looks:
    """List tools, or else prompts, in a new session, call one that may be called, list again, and once more."""
    opened = await _look(probe, probe)
    told = _of_tools(probe)
    tool = next((tool for tool in probe.callable_tools() if _only_reads(tool)), None)
    calls = [await _call(probe, tool) for _ in range(_CALLS)] if tool is not None else []
    called = await _look(probe, probe)
    same = not opened.changes(called)
    again = called if same else await _look(probe, probe)
    return Looks(told, opened, called, again, tuple(calls))


def _only_reads(tool: JsonObject) -> bool:
    hints = tool.get("annotations")
    return isinstance(hints, dict) and hints.get("readOnlyHint") is True


async def _call(probe: Probe, tool: JsonObject) -> Exchange:
    params = {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}
    return await probe.request("tools/call", params, timeout=_PATIENCE_S)


@check(
    looks,
    id="definitions/changes-between-lists",
    title="Definition changes between two lists",
    requirements=("definitions/stable",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep what a tool says of itself the same for as long as its name; give a new meaning a new name.",
    references=("OWASP MCP03:2025 Tool Poisoning", "https://cwe.mitre.org/data/definitions/494.html"),
)
def changes_between_lists(seen: Looks) -> Verdicts:
    """A tool is approved by what it says in the first list. One that says something else after a call or in the next
    session has pulled the rug away under that approval. Only definitions that stay listed are compared, without their
    order; what differs each time, like a time of day, is left out, and so are tools that come and go.
    """
    steps = (("in a new session", seen.survey, seen.opened), ("after calls", seen.opened, seen.called))
    for when, before, after in steps:
        if not (before.complete and after.complete):
            continue
        settled = {(change.kind, change.name) for change in after.changes(seen.again) if change.what == "changed"}
        found = [change for change in _changed(before, after) if (change.kind, change.name) not in settled]
        if found:
            return [_failure(f"{when} ", change, after, before) for change in found][:_MOST_VERDICTS]
    if not (seen.opened.complete and seen.called.complete):
        return not_observed("a list could not be read", *seen.opened.pages)
    return passed(*seen.opened.pages[:2], *seen.called.pages[:2])


def _changed(before: Look, after: Look) -> Iterator[Change]:
    return (change for change in before.changes(after) if change.what == "changed")


def _failure(when: str, change: Change, later: Look, earlier: Look) -> Verdict:
    told = "; ".join(member.sentence for member in change.members[:3])
    method = f"{change.kind}s/list"
    evidence = [page for look in (later, earlier) for page in look.pages if page.sent.method == method]
    return failed(f"{when}{told or change.what}", *evidence, subject=f"{change.kind}:{shown_text(change.name, 80)}")


@dataclass(frozen=True, slots=True)
class Audience:
    """Looks by a client of another name; `again` repeats them if they differ from the plain ones."""

    name: str
    look: Look
    plain: Look
    again: Look | None
    plain_again: Look | None


@dataclass(frozen=True, slots=True)
class Audiences:
    """Every client that the harness plays."""

    clients: tuple[Audience, ...]


@scenario(
    needs=(newest_of_era, lists_something),
    transports=_HTTP_AND_STDIO,
    impact=Impact.PROBING,
    timeout_s=40.0,
    thorough=True,
)
async def audiences(probe: Probe) -> Audiences:
    """List as well-known clients: each time only the name, or only the user agent, is another."""
    opening = _survey_params(probe)
    names: tuple[str, ...] = _CLIENTS if probe.transport is Transport.HTTP else _CLIENTS[:1]
    plain = _of_tools(probe)
    clients = [await _audience(probe, name, opening, plain) for name in names]
    if probe.transport is Transport.HTTP:
        clients.append(await _audience(probe, "", opening, plain))
    return Audiences(tuple(clients))


def _of_tools(probe: Probe) -> Look:
    """Return the list of tools, or else of prompts, as the survey was given it."""
    _, told = told_to_survey(probe)
    method = "tools/list" if probe.offer.tools else "prompts/list"
    return Look(tuple(page for page in told if page.sent.method == method))


def _survey_params(probe: Probe) -> JsonObject:
    """Return what the survey sent to open a session, so that but the name differs."""
    openings, _ = told_to_survey(probe)
    try:
        params = json.loads(openings[0].sent.body)["params"] if openings else {}
    except (ValueError, KeyError):
        params = {}
    if not isinstance(params, dict):
        raise Unobservable("the survey opened no session")
    return params


async def _audience(probe: Probe, name: str, opening: JsonObject, plain: Look) -> Audience:
    look = await _look_as(probe, name, opening)
    if not (look.complete and plain.complete) or not plain.changes(look):
        return Audience(name or f"User-Agent {_AGENT}", look, plain, None, None)
    again, plain_again = await _look_as(probe, name, opening), await _look(probe, probe)
    return Audience(name or f"User-Agent {_AGENT}", look, plain, again, plain_again)


async def _look_as(probe: Probe, name: str, opening: JsonObject) -> Look:
    """List as the client `name`; without a name, as the harness with another user agent."""
    agent: dict[str, str | None] = {} if name else {"user-agent": _AGENT}
    if probe.revision.era is Era.STATELESS:
        meta = {_INFO: {"name": name, "version": "1.0.0"}} if name else None
        return await _look(probe, probe, agent or None, meta)
    params = {**opening, "clientInfo": {"name": name, "version": "1.0.0"}} if name else opening
    async with _opened(probe, params, agent) as (session, headers):
        return await _look(session, probe, headers)


@asynccontextmanager
async def _opened(probe: Probe, params: JsonObject, agent: Headers) -> AsyncIterator[tuple[Session, Headers | None]]:
    async with probe.unopened() as session:
        answer = await session.request("initialize", params, headers=agent or None)
        if answer.result is None:
            raise Unobservable("a client of another name was refused", answer)
        identity = answer.header("mcp-session-id")
        ids = {"mcp-session-id": identity} if identity is not None else {}
        http = {**agent, **ids, "mcp-protocol-version": str(probe.revision)}
        headers = http if probe.transport is Transport.HTTP else None
        await session.notify("notifications/initialized", headers=headers)
        try:
            yield session, headers
        finally:
            if identity is not None:
                await session.http("DELETE", headers=headers)


@check(
    audiences,
    id="definitions/depends-on-client",
    title="What is listed depends on the name of the client",
    requirements=("definitions/same-for-every-client",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="List the same to every client; decide by its capabilities and by who is authorized.",
    references=("OWASP MCP03:2025 Tool Poisoning", "https://cwe.mitre.org/data/definitions/290.html"),
)
def depends_on_client(seen: Audiences) -> Verdicts:
    """A server that shows one face to scanners and another to clients of people cannot be reviewed. The harness
    lists as itself and as clients that are widely used; a difference counts if it shows twice for each of them.
    """
    failures: list[Verdict] = []
    for client in seen.clients:
        if client.again is None or client.plain_again is None:
            continue
        unsteady = client.look.changes(client.again) or client.plain.changes(client.plain_again)
        if not unsteady:
            found = client.plain.changes(client.look)
            failures += [_failure(f"for {client.name} ", change, client.look, client.plain) for change in found]
    looked = [page for client in seen.clients if client.look.complete for page in client.look.pages[:2]]
    if failures:
        return failures[:_MOST_VERDICTS]
    return passed(*looked[:6]) if looked else not_observed("no client of another name was given the lists")
