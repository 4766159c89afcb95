"""Lists that change: who declares listChanged tells clients when what is listed is no longer the same.

The change has to be caused, by a tool that does something: it is found by its effect, and called only by consent.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
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
from mcp_audit_harness.probe import Probe, Session, Stream

from ..arguments import valid_arguments

KINDS: Final = ("tools", "prompts", "resources")
_MAX_TRIES = 12
_MAX_PAGES = 10
_LONGEST_MS = 6_000.0
_PATIENCE_S = 2.0
_CHANGES = re.compile(r"chang|toggl|trigger|add|register|enable|load|creat|install|remov|delet", re.IGNORECASE)
_REMEDIATION = "Send the notification wherever you add to the list or take from it; or do not declare listChanged."


@dataclass(frozen=True, slots=True)
class Change:
    """A list before and after a call that changed it, and what was heard meanwhile."""

    kind: str
    tool: str
    before: tuple[Exchange, ...]
    call: Exchange
    after: tuple[Exchange, ...]
    heard: Exchange | None
    """What came while nothing but the notification was awaited; None where nothing could come."""

    @property
    def told(self) -> bool:
        """Whether the notification came, on whatever stream."""
        everything = (self.call, *self.after, *([self.heard] if self.heard else []))
        return any(seen.notifications(notification(self.kind)) for seen in everything)


@dataclass(frozen=True, slots=True)
class ListChanges:
    """The first change of each list."""

    declared: tuple[str, ...]
    """Kinds whose changes the server promises to tell of."""
    changes: tuple[Change, ...]
    tried: tuple[Exchange, ...]
    """All calls."""


def notification(kind: str) -> str:
    """Return the method that tells of changes of a list."""
    return f"notifications/{kind}/list_changed"


def promises_changes(probe: Probe) -> Verdict | None:
    """Need at least one list whose changes are told of."""
    return None if _declared(probe) else not_applicable("the server declares listChanged for no list")


def _declared(probe: Probe) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if probe.offer.declares(f"{kind}.listChanged"))


@scenario(needs=(promises_changes,), impact=Impact.PROBING, alone=True, timeout_s=40.0, bench=Bench.DIAGNOSTICS)
async def list_changes(probe: Probe) -> ListChanges:
    """Call tools that do something, those whose names speak of change first, until every list has changed."""
    tools = sorted(
        (tool for tool in probe.callable_tools() if not _only_reads(tool)),
        key=lambda tool: _CHANGES.search(str(tool["name"])) is None,
    )[:_MAX_TRIES]
    if not tools:
        raise Unobservable("no tool that may be called changes anything; allow one with --tool NAME or --call all")
    declared = _declared(probe)
    changes: list[Change] = []
    tried: list[Exchange] = []
    async with probe.session() as session, _listening(probe, session, declared) as stream:
        lists = {kind: await _pages(session, kind) for kind in declared}
        for tool in tools:
            if not lists or sum(call.elapsed_ms for call in tried) > _LONGEST_MS:
                break
            params = {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}
            tried.append(call := await session.request("tools/call", params, timeout=_PATIENCE_S))
            for kind, before in list(lists.items()):
                after = await _pages(session, kind)
                if all(page.ok for page in (*before, *after)) and names(before, kind) != names(after, kind):
                    change = Change(kind, str(tool["name"]), before, call, after, None)
                    changes.append(change if change.told else await _waited(probe, session, stream, change))
                    del lists[kind]
    return ListChanges(declared, tuple(changes), tuple(tried))


def _only_reads(tool: JsonObject) -> bool:
    annotations = tool.get("annotations")
    return isinstance(annotations, dict) and annotations.get("readOnlyHint") is True


@asynccontextmanager
async def _listening(probe: Probe, session: Session, declared: tuple[str, ...]) -> AsyncIterator[Stream | None]:
    """Open what notifications arrive on, where that is a stream of its own."""
    if not session.usable:
        raise Unobservable("no session could be opened", *([session.opening] if session.opening else []))
    if probe.revision.era is Era.STATELESS:
        wanted = {f"{kind}ListChanged": True for kind in declared}
        async with session.listen({"notifications": wanted}) as stream:
            yield stream
    elif probe.transport is Transport.HTTP:
        async with session.stream() as stream:
            yield stream if stream.opening.status == 200 else None
    else:
        yield None


async def _waited(probe: Probe, session: Session, stream: Stream | None, change: Change) -> Change:
    """Wait for the notification on the stream; without one, on the line that carries everything."""
    heard: Exchange | None = None
    if stream is not None:
        heard = await stream.collect(until=notification(change.kind), timeout=_PATIENCE_S)
    elif probe.transport is not Transport.HTTP:
        waiting = {"jsonrpc": "2.0", "method": "notifications/mcp-audit-waits"}
        heard = await session.send(waiting, control=False, timeout=_PATIENCE_S)
    return Change(change.kind, change.tool, change.before, change.call, change.after, heard)


async def _pages(session: Session, kind: str) -> tuple[Exchange, ...]:
    """Return the pages of a list, those of a long one up to a bound."""
    pages = [await session.request(f"{kind}/list")]
    while len(pages) < _MAX_PAGES:
        cursor = (pages[-1].result or {}).get("nextCursor")
        if not isinstance(cursor, str):
            break
        pages.append(await session.request(f"{kind}/list", {"cursor": cursor}))
    return tuple(pages)


def names(pages: tuple[Exchange, ...], kind: str) -> frozenset[str]:
    """Return what pages list, by what identifies it."""
    member = "uri" if kind == "resources" else "name"
    lists = [page.result.get(kind) for page in pages if page.result is not None]
    items = [item for found in lists if isinstance(found, list) for item in found if isinstance(item, dict)]
    return frozenset(str(item.get(member)) for item in items)


@check(
    list_changes,
    id="tools/change-not-announced",
    title="Tools change, and nobody is told although that was promised",
    requirements=("tools/tools-list-changed",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation=_REMEDIATION,
    effort=Effort.MEDIUM,
)
def tools_change_not_announced(seen: ListChanges) -> Verdict:
    """A client that was promised notifications does not ask again: its model calls tools that are gone, and never
    learns of new ones.
    """
    return _announced(seen, "tools")


@check(
    list_changes,
    id="prompts/change-not-announced",
    title="Prompts change, and nobody is told although that was promised",
    requirements=("prompts/prompts-list-changed",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation=_REMEDIATION,
    effort=Effort.MEDIUM,
)
def prompts_change_not_announced(seen: ListChanges) -> Verdict:
    """A client that was promised notifications does not ask again: its menu shows prompts that are gone."""
    return _announced(seen, "prompts")


@check(
    list_changes,
    id="resources/change-not-announced",
    title="Resources change, and nobody is told although that was promised",
    requirements=("resources/resources-list-changed",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation=_REMEDIATION,
    effort=Effort.MEDIUM,
)
def resources_change_not_announced(seen: ListChanges) -> Verdict:
    """A client that was promised notifications does not ask again: it works on a list that is out of date."""
    return _announced(seen, "resources")


def _announced(seen: ListChanges, kind: str) -> Verdict:
    """Judge the change of one list; silence counts only where the stream was open, and the list did change."""
    if kind not in seen.declared:
        return not_applicable(f"the server does not declare {kind}.listChanged")
    change = next((change for change in seen.changes if change.kind == kind), None)
    if change is None:
        return not_observed(f"none of {len(seen.tried)} tools that were called changed the list of {kind}", *seen.tried)
    evidence = (change.call, *change.before, *change.after)
    if change.told:
        return passed(*evidence, *([change.heard] if change.heard else []))
    if change.heard is None:
        return not_observed("the server opened no stream on which it could tell of the change", *evidence)
    return failed(f"{change.tool} changed the list of {kind}; no notification came", *evidence, change.heard)
