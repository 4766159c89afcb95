"""Pins: the definitions that an operator has reviewed, with a hash of each, and what has changed since.

A server that is harmless when it is approved can offer something else a week later (a rug pull).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from .model import JsonObject, Offer

_VOLATILE: Final = frozenset({"_meta", "size"})
"""Members that may change from one list to the next: what is listed stays the same."""
_INFO: Final = ("name", "title", "description", "websiteUrl", "icons")
_MOST_DEPTH: Final = 100
_LARGEST_SHORT, _SMALLEST_SHORT = Decimal("1e21"), Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class Pin:
    """One definition as it was reviewed."""

    kind: str
    """server, tool, prompt, resource or template."""
    name: str
    """What it is called by; the URI of a resource."""
    sha256: str
    """Of the canonical JSON of the definition, in hexadecimal."""
    definition: JsonObject


@dataclass(frozen=True, slots=True)
class Pins:
    """The definitions of one server at one revision, sorted by kind and name."""

    revision: str
    pins: tuple[Pin, ...]
    label: str = ""
    """Of the target that they were taken from."""
    version: str = ""
    """What the server called its version; not compared."""


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member of a definition before and after; None where it was, or is, not there."""

    path: str
    before: str | None
    after: str | None

    @property
    def sentence(self) -> str:
        """The change in words, short, in printable characters."""
        if self.before is None:
            return f"{self.path} added: {_shown(self.after or '')}"
        if self.after is None:
            return f"{self.path} removed: {_shown(self.before)}"
        before, after = _apart(self.before, self.after)
        return f"{self.path}: {_shown(before)} became {_shown(after)}"


@dataclass(frozen=True, slots=True)
class Change:
    """How one definition differs from what was pinned: added, removed or changed."""

    what: str
    kind: str
    name: str
    members: tuple[MemberChange, ...] = ()


def pins_of(offer: Offer, label: str = "") -> Pins:
    """Return pins of everything that a server offers at a revision."""
    lists = (
        ("tool", offer.tools),
        ("prompt", offer.prompts),
        ("resource", offer.resources),
        ("template", offer.resource_templates),
    )
    items = ((kind, item) for kind, found in lists for item in found)
    introduced = introduction(offer.server_info, offer.instructions)
    version = offer.server_info.get("version")
    return pinned(str(offer.revision), introduced, items, label, version if isinstance(version, str) else "")


def introduction(info: JsonObject, instructions: str) -> JsonObject:
    """Return what a server says of itself, its version left out: that may change with each release."""
    return {name: info[name] for name in _INFO if name in info} | (
        {"instructions": instructions} if instructions else {}
    )


def pinned(
    revision: str, server: JsonObject, items: Iterable[tuple[str, JsonObject]], label: str = "", version: str = ""
) -> Pins:
    """Return pins of a server and its items; of two of one kind and name the last counts."""
    found = {("server", ""): _pin("server", "", server)}
    for kind, item in items:
        name = next((item[key] for key in _NAMES[kind] if isinstance(item.get(key), str)), "")
        found[kind, name] = _pin(kind, name, _steady(item))
    return Pins(revision, tuple(found[key] for key in sorted(found)), label, version)


_NAMES: Final = {"tool": ("name",), "prompt": ("name",), "resource": ("uri",), "template": ("uriTemplate",)}


def _pin(kind: str, name: str, definition: JsonObject) -> Pin:
    return Pin(kind, name, fingerprint(definition), definition)


def _steady(item: JsonObject) -> JsonObject:
    """Return a definition without what may change although it stays the same."""
    kept = {name: value for name, value in item.items() if name not in _VOLATILE}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and "lastModified" in annotations:
        kept["annotations"] = {name: value for name, value in annotations.items() if name != "lastModified"}
    return kept


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: Any, depth: int = 0) -> str:
    """Return JSON without blanks, members sorted by UTF-16 code units, numbers as ECMAScript writes them (RFC 8785).

    What is deeper than any definition needs counts as empty.
    """
    if depth > _MOST_DEPTH:
        return "null"
    if isinstance(value, Mapping):
        ordered = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_text(name)}:{canonical(inner, depth + 1)}" for name, inner in ordered) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(canonical(inner, depth + 1) for inner in value) + "]"
    if isinstance(value, float):
        return _number(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return "null"
    if exact == 0:
        return "0"
    if _SMALLEST_SHORT <= abs(exact) < _LARGEST_SHORT:
        plain = format(exact, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    sign, digits, exponent = exact.normalize().as_tuple()
    whole = "".join(map(str, digits))
    power = int(exponent) + len(whole) - 1
    mantissa = whole[0] + (f".{whole[1:]}" if whole[1:] else "")
    return f"{'-' if sign else ''}{mantissa}e{'+' if power >= 0 else '-'}{abs(power)}"


def drift(approved: Pins, current: Pins) -> tuple[Change, ...]:
    """Return what differs between what was pinned and what is offered, by kind and name."""
    before = {(pin.kind, pin.name): pin for pin in approved.pins}
    after = {(pin.kind, pin.name): pin for pin in current.pins}
    changes: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None:
            changes.append(Change("added", *key))
        elif new is None:
            changes.append(Change("removed", *key))
        elif old.sha256 != new.sha256:
            changes.append(Change("changed", *key, tuple(_differences("", old.definition, new.definition))))
    return tuple(changes)


def _differences(path: str, before: Any, after: Any, depth: int = 0) -> Iterator[MemberChange]:
    if isinstance(before, dict) and isinstance(after, dict) and depth < _MOST_DEPTH:
        for name in sorted(before.keys() | after.keys()):
            inner = f"{path}/{name}".lstrip("/")
            if name not in before:
                yield MemberChange(inner, None, _plain(after[name]))
            elif name not in after:
                yield MemberChange(inner, _plain(before[name]), None)
            else:
                yield from _differences(inner, before[name], after[name], depth + 1)
    elif canonical(before) != canonical(after):
        yield MemberChange(path, _plain(before), _plain(after))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


_AROUND, _LONGEST = 30, 160


def _apart(before: str, after: str) -> tuple[str, str]:
    """Return two texts without what they have in common at the beginning and at the end, but for a few words."""
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if before[-1 - at] != after[-1 - at]), rest)
    left, right = max(0, start - _AROUND), max(0, end - _AROUND)
    return _cut(before, left, right), _cut(after, left, right)


def _cut(text: str, left: int, right: int) -> str:
    return f"{'…' if left else ''}{text[left : len(text) - right]}{'…' if right else ''}"


def _shown(text: str) -> str:
    plain = "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text[: _LONGEST + 1])
    return f"'{plain[:_LONGEST]}…'" if len(plain) > _LONGEST else f"'{plain}'"
