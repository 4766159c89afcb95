"""Addresses by other schemes than those of the web: files of the server, and raw requests to its network."""

from collections.abc import Callable
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Planted,
    Severity,
    SeverityByExposure,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Canary, Probe

from .argument_kinds import Slot, slots, takes_address
from .fetching import GRACE_S
from .occasions import newest_only
from .tries import ask, ask_afresh, succeeded, text

_MOST = 4
_NO_FILE = "files were not tried: name a directory that the target may read with --plant-dir"


@dataclass(frozen=True, slots=True)
class Opening:
    """A call with an address by another scheme, and whether that was opened."""

    subject: str
    label: str
    scheme: str
    exchange: Exchange
    opened: bool = False
    again: Exchange | None = None
    """The same in a fresh session, where the first was opened and this one was, too."""


@dataclass(frozen=True, slots=True)
class Openings:
    """Every place for an address with every scheme, until one is opened there."""

    openings: tuple[Opening, ...]
    addresses: bool
    """Whether there is a place for addresses."""
    files: bool
    """Whether there was a planted file to name."""


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, bench=Bench.PLANTED)
async def openings(probe: Probe) -> Openings:
    found = slots(probe.callable_tools(), takes_address, _MOST)
    if not found:
        return Openings((), addresses=False, files=False)
    try:
        planted = probe.plant()
    except Unobservable:
        planted = None
    seen: list[Opening] = []
    async with probe.canary() as canary:
        for slot in found:
            seen += await _openings(probe, canary, slot, planted)
    return Openings(tuple(seen), addresses=True, files=planted is not None)


async def _openings(probe: Probe, canary: Canary, slot: Slot, planted: Planted | None) -> list[Opening]:
    seen: list[Opening] = []
    for scheme, spell in _FILES if planted is not None else ():
        proof = planted.beyond.text if planted is not None else ""
        value = spell(planted.beyond.path if planted is not None else "")
        answer = await ask(probe, slot, value)
        again = await ask_afresh(probe, slot, value) if proof in text(answer) else None
        opened = again is not None and proof in text(again)
        seen.append(Opening(slot.subject, slot.label, scheme, answer, opened, again))
        if opened:
            return seen
    for scheme, wrap in _WRAPPED:
        seen.append(await _wrapped(probe, canary, slot, scheme, wrap))
        if seen[-1].opened:
            break
    return seen


async def _wrapped(probe: Probe, canary: Canary, slot: Slot, scheme: str, wrap: Callable[[str], str]) -> Opening:
    url, second = canary.url(host="127.0.0.1"), canary.url(host="127.0.0.1")
    answer = await ask(probe, slot, wrap(url))
    if succeeded(answer):
        await canary.wait(url, timeout=GRACE_S)
    if not canary.visits(url):
        return Opening(slot.subject, slot.label, scheme, answer)
    again = await ask_afresh(probe, slot, wrap(second))
    opened = bool(await canary.wait(second, timeout=GRACE_S))
    return Opening(slot.subject, slot.label, scheme, answer, opened, again)


def _gopher(url: str) -> str:
    authority, _, path = url.removeprefix("http://").partition("/")
    return f"gopher://{authority}/_GET%20/{path}%20HTTP/1.1%0d%0ahost:%20127.0.0.1%0d%0a%0d%0a"


_FILES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("file:", lambda path: f"file://{path}"),
    ("file: with a host", lambda path: f"file://localhost{path}"),
    ("FILE:", lambda path: f"FILE://{path}"),
    ("url:file:", lambda path: f"url:file://{path}"),
    ("view-source:file:", lambda path: f"view-source:file://{path}"),
    ("local_file:", lambda path: f"local_file://{path}"),
    ("netdoc:", lambda path: f"netdoc://{path}"),
)
"""Ways in which libraries are told to open a file."""
_WRAPPED: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("gopher:", _gopher),
    ("jar:", lambda url: f"jar:{url}!/"),
    ("feed:", lambda url: f"feed:{url}"),
)
"""Schemes that lead to the listener all the same."""


@check(
    openings,
    id="ssrf/opens-other-schemes",
    title="Tool opens addresses that are none of the web",
    requirements=("ssrf/no-other-schemes",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Accept http and https only, at the first address and after each redirect.",
    references=("https://cwe.mitre.org/data/definitions/918.html", "https://cwe.mitre.org/data/definitions/73.html"),
)
def opens_other_schemes(seen: Openings) -> Verdicts:
    """A library that fetches may also read files, by `file:`, and talk to services that speak no HTTP, by `gopher:`. A
    tool for pages of the web then hands out what lies on the server. Proof is the text of a planted file outside of
    the directory that was granted, or a visit at the listener. Where the tool says that it reads files, take it for
    the capability that it is.
    """
    if not seen.addresses:
        return not_applicable("no tool that may be called takes an address to fetch")
    failures = [
        failed(
            f"The address {one.scheme} was opened for the argument {one.label}.",
            one.exchange,
            one.again,
            subject=one.subject,
        )
        for one in seen.openings
        if one.opened and one.again is not None
    ]
    answered = [one.exchange for one in seen.openings if one.exchange.answered]
    if failures or not seen.files:
        return failures or not_observed(_NO_FILE, *answered[:3])
    return passed(*answered[:10]) if answered else not_observed("no call with an address was answered")
