"""Cursors: followed to the end, and made up (server/utilities/pagination)."""

import json
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Severity,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_LISTS = (
    ("tools", "tools/list", "tools"),
    ("resources", "resources/list", "resources"),
    ("resources", "resources/templates/list", "resourceTemplates"),
    ("prompts", "prompts/list", "prompts"),
)
_MAX_PAGES = 50
_INVALID_PARAMS = -32602


@dataclass(frozen=True, slots=True)
class MadeUpCursor:
    """One list, from its start and from a cursor that the server never gave."""

    method: str
    control: Exchange
    spoiled: Exchange


@dataclass(frozen=True, slots=True)
class MadeUpCursors:
    """Every list that the server serves."""

    lists: tuple[MadeUpCursor, ...]


@scenario(impact=Impact.PROBING, thorough=True)
async def made_up_cursors(probe: Probe) -> MadeUpCursors:
    cursor = f"mcp-audit-{probe.rng.randrange(10**9)}"
    lists = []
    for capability, method, _ in _LISTS:
        if probe.offer.declares(capability):
            control = await probe.request(method)
            if control.ok:
                lists.append(MadeUpCursor(method, control, await probe.request(method, {"cursor": cursor})))
    if not lists:
        raise Unobservable("the server serves no list")
    return MadeUpCursors(tuple(lists))


@check(
    made_up_cursors,
    id="pagination/accepts-made-up-cursor",
    title="Cursor that the server never gave is accepted",
    requirements=("pagination/invalid-cursor-error", "pagination/invalid-cursor-graceful"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 to a cursor that you cannot read, also where there is one page only.",
)
def accepts_made_up_cursor(seen: MadeUpCursors) -> Verdicts:
    """A client with a stale cursor gets the first page again and goes round in circles."""
    accepted = [
        failed(f"{item.method} served a made-up cursor", item.spoiled, item.control, subject=f"method:{item.method}")
        for item in seen.lists
        if item.spoiled.ok
    ]
    spoiled = [item.spoiled for item in seen.lists]
    refused = [exchange for exchange in spoiled if exchange.answered and exchange.refused]
    return accepted or (passed(*refused) if refused else not_observed("no answer", *spoiled))


@check(
    made_up_cursors,
    id="pagination/wrong-code-for-made-up-cursor",
    title="Invalid cursor is refused with a code other than -32602",
    requirements=("pagination/invalid-cursor-error", "pagination/invalid-cursor-graceful"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 (invalid params).",
)
def wrong_code_for_made_up_cursor(seen: MadeUpCursors) -> Verdicts:
    """By the code a client knows to start over instead of giving up."""
    refused = [item for item in seen.lists if item.spoiled.error is not None]
    wrong = [
        failed(
            f"{item.method}: the error has code {item.spoiled.error_code}, not {_INVALID_PARAMS}",
            item.spoiled,
            item.control,
            subject=f"method:{item.method}",
        )
        for item in refused
        if item.spoiled.error_code != _INVALID_PARAMS
    ]
    return wrong or (passed(*(item.spoiled for item in refused)) if refused else not_observed("nothing was refused"))


@dataclass(frozen=True, slots=True)
class Walk:
    """One list, followed to its end or to the bound."""

    method: str
    member: str
    pages: tuple[Exchange, ...]
    again: Exchange | None = None
    """The second page once more; None where there is one page only."""

    def keys(self) -> list[str]:
        """Return what identifies each item, in order; items that are identified by nothing are left out."""
        found: list[str] = []
        for page in self.pages:
            items: Any = page.result.get(self.member) if page.result is not None else None
            for item in items if isinstance(items, list) else ():
                key = item.get("uri") or item.get("uriTemplate") or item.get("name") if isinstance(item, dict) else None
                if key is not None:
                    found.append(json.dumps(key))
        return found


@dataclass(frozen=True, slots=True)
class Walks:
    """Every list that the server serves."""

    walks: tuple[Walk, ...]


@scenario(bench=Bench.DIAGNOSTICS)
async def walks(probe: Probe) -> Walks:
    found = [await _walk(probe, method, member) for name, method, member in _LISTS if probe.offer.declares(name)]
    if not found:
        raise Unobservable("the server serves no list")
    return Walks(tuple(found))


async def _walk(probe: Probe, method: str, member: str) -> Walk:
    pages = [await probe.request(method)]
    while len(pages) < _MAX_PAGES and pages[-1].result is not None:
        cursor = pages[-1].result.get("nextCursor")
        if not isinstance(cursor, str):
            break
        pages.append(await probe.request(method, {"cursor": cursor}))
    first = (pages[0].result or {}).get("nextCursor")
    again = await probe.request(method, {"cursor": first}) if isinstance(first, str) else None
    return Walk(method, member, tuple(pages), again)


@check(
    walks,
    id="pagination/repeats-items",
    title="Following nextCursor gives an item twice",
    requirements=("derived/pagination-terminates",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Let a cursor stand for a place in one fixed order, and leave it out on the last page.",
)
def repeats_items(seen: Walks) -> Verdicts:
    """A list that comes round again never ends for a client that follows it faithfully.

    Names that repeat on one page are another matter; only a repetition across pages is judged.
    """
    paged = [walk for walk in seen.walks if len(walk.pages) > 1]
    repeating = [
        failed(f"{walk.method} gave the same item on two pages", *walk.pages[:3], subject=f"method:{walk.method}")
        for walk in paged
        if _repeats_across_pages(walk)
    ]
    answered = [page for walk in seen.walks for page in walk.pages[-1:] if page.ok]
    return repeating or (passed(*answered) if answered else not_observed("no list gave a result"))


def _repeats_across_pages(walk: Walk) -> bool:
    earlier: set[str] = set()
    for page in walk.pages:
        here = set(_keys(walk, page))
        if here & earlier:
            return True
        earlier |= here
    return False


@check(
    walks,
    id="pagination/unstable-cursor",
    title="The same cursor gives another page the second time",
    requirements=("pagination/stable-cursors",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Let a cursor stand for a place in the list, not for a state that its use changes.",
)
def unstable_cursor(seen: Walks) -> Verdicts:
    """A client that asks again after a lost answer would miss items, or get others twice.

    Two uses in one session, one shortly after the other, are compared by what identifies the items.
    """
    twice = [(walk, walk.again) for walk in seen.walks if walk.again is not None and len(walk.pages) > 1]
    if not twice:
        answered = [page for walk in seen.walks for page in walk.pages if page.ok]
        return not_applicable("no list has a second page", *answered)
    unstable = [
        failed(
            f"{walk.method} gave another page the second time", again, walk.pages[1], subject=f"method:{walk.method}"
        )
        for walk, again in twice
        if again.refused or _keys(walk, again) != _keys(walk, walk.pages[1])
        if walk.pages[1].ok and again.answered
    ]
    stable = [again for walk, again in twice if again.ok and walk.pages[1].ok]
    return unstable or (passed(*stable) if stable else not_observed("no second page was answered twice"))


def _keys(walk: Walk, page: Exchange) -> list[str]:
    return Walk(walk.method, walk.member, (page,)).keys()
