"""Cursors that were tampered with: odd ones, and ones of another list."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Outcome,
    Severity,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_only

_LISTS: Final = (
    ("tools", "tools/list", "tools"),
    ("resources", "resources/list", "resources"),
    ("resources", "resources/templates/list", "resourceTemplates"),
    ("prompts", "prompts/list", "prompts"),
)
_ODD: Final = (
    ("an empty cursor", ""),
    ("a negative number", "-1"),
    ("a number out of range", "999999999999999999999"),
    ("a quote", "1'"),
    ("10 KiB", "A" * 10_240),
    ("base64 of no JSON", "e30_"),
    ("base64 of a JSON list", "W10="),
    ("NUL", "\0"),
)
_INTERNAL_ERROR: Final = -32603
_NUMBER: Final = re.compile(r"\d+")
_RULES = ("pagination/invalid-cursor-error", "pagination/invalid-cursor-graceful")


@dataclass(frozen=True, slots=True)
class Tampered:
    """A list with a cursor that it did not give."""

    method: str
    how: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Cursors:
    """The lists of a server: their first pages, and what they made of cursors."""

    controls: tuple[Exchange, ...]
    odd: tuple[Tampered, ...]
    of_others: tuple[Tampered, ...]
    """Cursors of another list."""
    seconds: tuple[Exchange, ...]
    """The pages to which the lists' own cursors lead."""


@scenario(needs=(newest_only,), impact=Impact.PROBING, bench=Bench.DIAGNOSTICS, thorough=True)
async def cursors(probe: Probe) -> Cursors:
    lists = [(method, member) for capability, method, member in _LISTS if probe.offer.declares(capability)]
    firsts = {method: await probe.request(method) for method, _ in lists}
    served = {method: first for method, first in firsts.items() if first.ok}
    if not served:
        raise Unobservable("the server serves no list")
    given = {method: cursor for method, first in served.items() if isinstance(cursor := _next(first), str)}
    odd_at = next(iter(given or served))
    odd = [Tampered(odd_at, how, await _page(probe, odd_at, cursor)) for how, cursor in _ODD]
    others: list[Tampered] = []
    seconds: list[Exchange] = []
    for method, cursor in list(given.items())[:2]:
        seconds.append(await _page(probe, method, cursor))
        how = f"a cursor of {method}"
        for other in [other for other in served if other != method][:2]:
            others += [Tampered(other, how, await _page(probe, other, cursor))]
        for value in _forged(cursor):
            odd += [Tampered(method, "its own cursor with a negative number", await _page(probe, method, value))]
    return Cursors(tuple(served.values()), tuple(odd), tuple(others), tuple(seconds))


def _next(page: Exchange) -> Any:
    return (page.result or {}).get("nextCursor")


async def _page(probe: Probe, method: str, cursor: str) -> Exchange:
    return await probe.request(method, {"cursor": cursor})


def _forged(cursor: str) -> Iterator[str]:
    """Yield the cursor with its first number made negative, where it holds one in base64."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        inner = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return
    if _NUMBER.search(inner) and inner.isprintable():
        coded = base64.urlsafe_b64encode(_NUMBER.sub(r"-\g<0>", inner, count=1).encode()).decode()
        yield coded if cursor.endswith("=") else coded.rstrip("=")


@check(
    cursors,
    id="pagination/breaks-on-odd-cursor",
    title="Odd cursor breaks the server",
    requirements=_RULES,
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Answer -32602 to a cursor that you cannot read, whatever it holds.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def breaks_on_odd_cursor(seen: Cursors) -> Verdicts:
    """A cursor is input: whoever reads it as a number, a JSON object or part of a query without looking fails in ways
    of an attacker's choice. A refusal is right; HTTP 5xx is not, nor an internal error where other cursors are refused
    in another way.
    """
    orderly = any(one.exchange.error is not None and one.exchange.error_code != _INTERNAL_ERROR for one in seen.odd)
    broken = [
        failed(f"{one.method} breaks on {one.how}.", one.exchange, *seen.controls[:1], subject=f"method:{one.method}")
        for one in seen.odd
        if _broke(one.exchange) or (orderly and one.exchange.error_code == _INTERNAL_ERROR)
    ]
    answered = [one.exchange for one in seen.odd if one.exchange.answered]
    return broken[:1] or (passed(*answered) if answered else not_observed("no answer came to an odd cursor"))


def _broke(exchange: Exchange) -> bool:
    status = exchange.status or 0
    gone = exchange.outcome in {Outcome.CLOSED, Outcome.RESET}
    return status >= 500 or gone


@check(
    cursors,
    id="pagination/serves-cursor-of-another-list",
    title="Cursor of one list is good for another",
    requirements=_RULES,
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Let a cursor say which list, and which caller, it was made for.",
    references=("https://cwe.mitre.org/data/definitions/639.html",),
)
def serves_cursor_of_another_list(seen: Cursors) -> Verdicts:
    """A cursor that does not say what it is a place in leads to places that the caller was not given. Only a page that
    differs from the list's first one counts.
    """
    if not seen.of_others:
        return not_applicable("no list has a second page, or there is one list only")
    firsts = [json.dumps(first.result, sort_keys=True, default=str) for first in seen.controls]
    served = [
        failed(f"{one.method} served {one.how}.", one.exchange, *seen.seconds[:1], subject=f"method:{one.method}")
        for one in seen.of_others
        if one.exchange.ok and json.dumps(one.exchange.result, sort_keys=True, default=str) not in firsts
    ]
    answered = [one.exchange for one in seen.of_others if one.exchange.answered]
    return served or (passed(*answered) if answered else not_observed("no answer came to cursors of another list"))
