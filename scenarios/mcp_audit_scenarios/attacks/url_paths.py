"""Identifiers that become part of another server's address: what means something there shows that nobody encodes them.

An identifier that exists is asked for with something added. What has a meaning in an address (a query, a fragment, a
way up) must be as unknown as any other addition.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, Severity, failed, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Probe

from .argument_kinds import Slot, slots, takes_identifier, words_of
from .occasions import newest_only
from .path_arguments import words
from .tries import ask, is_slow, succeeded

_MOST, _MOST_KNOWN = 4, 2
_MAX_TEXT = 200_000
_IDS: Final = words_of("id ids key slug name code")


@dataclass(frozen=True, slots=True)
class Identified:
    """One place for an identifier: one that exists, twice; ones that do not; and the former with additions."""

    subject: str
    label: str
    known: Exchange
    known_again: Exchange
    unknown: Exchange
    """The identifier with letters added."""
    odd: Exchange
    """The identifier with signs added that mean nothing in an address."""
    added: tuple[tuple[str, Exchange], ...]
    """The identifier with what means something in an address, each with its name."""

    @property
    def comparable(self) -> bool:
        """Whether the existing one is told apart from others, whatever is added to it."""
        same = _said(self.known) == _said(self.known_again)
        others = (_said(self.unknown), _said(self.odd))
        return same and succeeded(self.known) and _said(self.known) not in others


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Every place for which an identifier is known that exists."""

    places: tuple[Identified, ...]
    any: bool
    """Whether there is a place for an identifier at all."""


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=60.0, bench=Bench.DIAGNOSTICS)
async def identifiers(probe: Probe) -> Identifiers:
    found = slots(probe.callable_tools(), lambda slot: takes_identifier(slot) and slot.reads, 40)
    places: list[Identified] = []
    heard = list(_heard(probe))
    for slot in found:
        for known in list(_candidates(slot, heard))[:_MOST_KNOWN]:
            first = await ask(probe, slot, known)
            if succeeded(first) and not is_slow(first):
                places.append(await _identified(probe, slot, known, first))
                break
        if len(places) == _MOST:
            break
    return Identifiers(tuple(places), any=bool(found))


async def _identified(probe: Probe, slot: Slot, known: str, first: Exchange) -> Identified:
    word = f"q{probe.rng.randrange(10**5, 10**6)}"
    added = (
        ("a query", f"{known}?{word}=1"),
        ("a fragment", f"{known}#{word}"),
        ("a way up", f"{word}/../{known}"),
        ("an encoded way up", f"{word}%2f..%2f{known}"),
        ("a dot", f"./{known}"),
    )
    return Identified(
        slot.subject,
        slot.label,
        first,
        await ask(probe, slot, known),
        await ask(probe, slot, f"{known}{word}"),
        await ask(probe, slot, f"{known}!{word}"),
        tuple([(how, await ask(probe, slot, value)) for how, value in added]),
    )


def _candidates(slot: Slot, heard: list[tuple[str, str]]) -> Iterator[str]:
    """Yield identifiers that may exist: the schema's own examples, then what answers have called so."""
    examples = slot.schema.get("examples")
    for value in [*(examples if isinstance(examples, list) else []), slot.schema.get("default")]:
        if isinstance(value, str) and value:
            yield value
    last = words(slot.name)[-1:]
    whole = slot.name.lower()
    for name, value in heard:
        if name.lower() == whole or (words(name)[-1:] == last and _IDS & {*last}):
            yield value


def _heard(probe: Probe) -> Iterator[tuple[str, str]]:
    """Yield members of earlier answers that are named as identifiers are."""
    for exchange in probe.transcript:
        if exchange.sent.method == "tools/call" and exchange.result is not None:
            for item in (exchange.result.get("structuredContent"), *_spoken(exchange.result)):
                yield from _named(item, 4)


def _spoken(result: dict[str, Any]) -> Iterator[Any]:
    items = result.get("content")
    for item in items if isinstance(items, list) else ():
        said = item.get("text") if isinstance(item, dict) else None
        if isinstance(said, str) and said[:1] in {"{", "["} and len(said) < _MAX_TEXT:
            try:
                yield json.loads(said)
            except (ValueError, RecursionError):
                continue


def _named(item: Any, depth: int) -> Iterator[tuple[str, str]]:
    inner = list(item.items()) if isinstance(item, dict) else []
    inner += [("", one) for one in item[:3]] if isinstance(item, list) else []
    for name, value in inner:
        if isinstance(value, str) and _IDS & {*words(str(name))} and 0 < len(value) < 80:
            yield str(name), value
        elif depth:
            yield from _named(value, depth - 1)


def _said(exchange: Exchange) -> str:
    """Return what a tool answered, without what changes from call to call."""
    result = exchange.result or {}
    return json.dumps([result.get("isError") is True, result.get("content"), result.get("structuredContent")])


@check(
    identifiers,
    id="ssrf/identifier-becomes-path",
    title="Identifier becomes part of another server's address as it is",
    requirements=("ssrf/identifiers-stay-identifiers",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Encode each value before it becomes part of a path (`quote(value, safe='')`), and refuse . and ..",
    references=(
        "https://cwe.mitre.org/data/definitions/22.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-32871",
    ),
)
def identifier_becomes_path(seen: Identifiers) -> Verdicts:
    """Behind such an argument is another server, to which this one has credentials. With ../ or ? in it a caller asks
    that server for what the tool is not for. The sign: what is added after # or ?, or a way there and back, leaves the
    answer the same, while other additions make it unknown.
    """
    if not seen.any:
        return not_applicable("no tool that may be called takes an identifier, or none of them only reads")
    failures, answered = [], []
    for place in seen.places:
        if place.comparable:
            same = [(how, one) for how, one in place.added if succeeded(one) and _said(one) == _said(place.known)]
            answered += [one for _, one in place.added if one.answered]
            if same:
                how, one = same[0]
                message = f"Likely the argument {place.label} is part of an address: {how} changes nothing."
                failures.append(failed(message, one, place.known, place.unknown, place.odd, subject=place.subject))
    nothing = "no identifier is known that exists and is told apart from others"
    return failures or (passed(*answered[:10]) if answered else not_observed(nothing))
