"""JSON that two parsers read differently: what one of them lets pass, another may execute (RFC 8259)."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.trials import control_and_template, fresh_id, how, patience, plain_method, served
from .confirmed import Sender, Sends, Tried, breaks, judge_each, try_each
from .occasions import newest_of_era

_RFC_8259 = "https://www.rfc-editor.org/rfc/rfc8259"
_CWE_436 = "https://cwe.mitre.org/data/definitions/436.html"
_GO_FOLDS = "https://github.com/advisories/GHSA-q382-vc8q-7jhj"
_PLACE = "@here@"
Spell = Callable[[str], str | bytes]


@dataclass(frozen=True, slots=True)
class Dialects:
    """The plain request in JSON that is not quite JSON, in bytes that are not quite UTF-8, and with odd text."""

    control: Exchange
    dialects: tuple[Tried, ...]
    encodings: tuple[Tried, ...]
    names: tuple[Tried, ...]
    strangers: tuple[Exchange, ...]
    """For each of `names`, the same with a name that is like nothing."""
    texts: tuple[Tried, ...]


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def dialects(probe: Probe) -> Dialects:
    """Spell the plain request in one odd way at a time."""
    control, template = await control_and_template(probe)
    method = plain_method(probe)
    mirrored: Headers | None = {"mcp-method": method} if probe.revision.era is Era.STATELESS else None
    params = template.get("params") or {}
    marked = {**template, "params": {**params, "_meta": {**params.get("_meta", {}), "example.com/odd": _PLACE}}}

    def spelled(spell: Spell) -> Sends:
        async def send(by: Sender) -> Exchange:
            text = json.dumps({**marked, "id": fresh_id(probe)})
            return await by.send_bytes(_bytes(spell(text)), headers=mirrored, timeout=patience(control))

        return send

    async def each(named: dict[str, Spell], looks: Callable[[Exchange], bool]) -> tuple[Tried, ...]:
        return await try_each(probe, [(name, spelled(spell)) for name, spell in named.items()], looks)

    return Dialects(
        control,
        await each(_DIALECTS, served),
        await each(_ENCODINGS, served),
        await each(_NAMES, served),
        tuple([await spelled(spell)(probe) for spell in _STRANGERS]),
        await each(_TEXTS, breaks),
    )


def _value(replacement: str | bytes) -> Spell:
    """Return a spelling with `replacement` as the value that means nothing."""
    return lambda text: _bytes(text).replace(json.dumps(_PLACE).encode(), _bytes(replacement))


def _name(old: str, new: str) -> Spell:
    """Return a spelling in which the first member `old` is called `new`, which is JSON text already."""
    return lambda text: text.replace(f'"{old}":', f'"{new}":', 1)


_DIALECTS: dict[str, Spell] = {
    "a comment in it": lambda text: text.replace("{", "{/* audit */", 1),
    "single quotes": lambda text: text.replace('"', "'"),
    "NaN as a value": _value("NaN"),
    "a number in hexadecimal": _value("0x10"),
}
_ENCODINGS: dict[str, Spell] = {
    "the byte FF in a text": _value(b'"\xff"'),
    "an overlong slash in a text": _value(b'"\xc0\xaf"'),
    "a surrogate in UTF-8": _value(b'"\xed\xa0\x80"'),
    "all of it in UTF-16": lambda text: text.encode("utf-16"),
}
_NAMES: dict[str, Spell] = {
    "a long s in jsonrpc": _name("jsonrpc", "j\u017fonrpc"),
    "a NUL behind method": _name("method", "method\\u0000"),
}
_STRANGERS = (_name("jsonrpc", "jxonrpc"), _name("method", "methodx"))
"""As `_NAMES`, one by one: whoever serves these does not look at the name at all."""
_TEXTS: dict[str, Spell] = {
    "a lone surrogate": _value('"\\ud800"'),
    "a NUL": _value('"\\u0000"'),
    "a non-character": _value('"\\uffff \\ufdd0 \ufffe"'),
    "marks in another order": _value('"\u1e9b\u0323 \u017f\u0307\u0323"'),
    "a byte order mark in front": lambda text: b"\xef\xbb\xbf" + text.encode(),
}


@check(
    dialects,
    id="jsonrpc/serves-almost-json",
    title="Text that is nearly JSON is served",
    requirements=("json/no-extensions",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Use a parser that follows RFC 8259 to the letter, without extensions.",
    references=(_RFC_8259, _CWE_436),
)
def serves_almost_json(seen: Dialects) -> Verdicts:
    """Comments, other quotes and NaN are extensions, which RFC 8259 allows a parser to accept. A filter in front of the
    server refuses what it cannot parse, or parses it otherwise and lets it pass.
    """
    return _never(seen, seen.dialects, "JSON with")


@check(
    dialects,
    id="jsonrpc/serves-invalid-utf-8",
    title="A message that is no UTF-8 is served",
    requirements=("json/utf-8-only",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Decode messages strictly and answer what is no UTF-8 with -32700.",
    references=(f"{_RFC_8259}#section-8.1", "https://cwe.mitre.org/data/definitions/176.html"),
)
def serves_invalid_utf_8(seen: Dialects) -> Verdicts:
    """What a lenient decoder makes of broken bytes differs: they vanish, become question marks, or a slash that no
    filter has seen.
    """
    return _never(seen, seen.encodings, "a message with")


@check(
    dialects,
    id="jsonrpc/folds-odd-names",
    title="Member names that only look alike are taken for the real ones",
    requirements=("derived/invalid-request-32600",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Match member names byte by byte; in Go, do not decode into structs with encoding/json.",
    references=(_GO_FOLDS, "https://nvd.nist.gov/vuln/detail/CVE-2026-27896"),
)
def folds_odd_names(seen: Dialects) -> Verdicts:
    """Some decoders fold case by Unicode, so that a long s is an s, or end a name at a NUL. Whoever filters messages
    by their members does not see what such a server executes.
    """
    pairs = zip(seen.names, seen.strangers, strict=False)
    judged = tuple(one for one, stranger in pairs if stranger.answered and not served(stranger))
    if not judged:
        return not_observed("members of any name are served, which are findings of their own", seen.control)
    return _never(seen, judged, "a request with")


@check(
    dialects,
    id="robustness/trips-over-odd-text",
    title="A text of odd characters breaks the server",
    requirements=("robustness/keeps-answering",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Refuse texts that cannot be encoded in UTF-8 when they are parsed, not where they are written again.",
    references=("https://cwe.mitre.org/data/definitions/176.html",),
)
def trips_over_odd_text(seen: Dialects) -> Verdicts:
    """Half a surrogate pair can be written in JSON and in nothing else: it raises where the text is logged, stored or
    sent on, in code that expects no errors.
    """
    return judge_each(
        seen.control, seen.texts, breaks, lambda one: f"The server answered {one.name} with {how(one.first)}."
    )


def _never(seen: Dialects, tries: tuple[Tried, ...], what: str) -> Verdicts:
    return judge_each(seen.control, tries, served, lambda one: f"The server served {what} {one.name}.")


@dataclass(frozen=True, slots=True)
class Doubles:
    """A request with two methods: a known one and one that nobody knows, in both orders."""

    control: Exchange
    stranger: Exchange
    """The request with the unknown method alone."""
    known_first: Exchange
    known_last: Exchange
    again: Exchange | None
    """The first order in a fresh session, where it was served."""


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def doubles(probe: Probe) -> Doubles:
    control, template = await control_and_template(probe)
    known, unknown = plain_method(probe), f"audit/unknown-{fresh_id(probe)}"
    mirrored: Headers | None = {"mcp-method": known} if probe.revision.era is Era.STATELESS else None

    def asks(*methods: str) -> Sends:
        async def send(by: Sender) -> Exchange:
            text = json.dumps({**template, "id": fresh_id(probe), "method": _PLACE})
            named = text.replace(json.dumps(_PLACE), ', "method": '.join(map(json.dumps, methods)))
            return await by.send_bytes(named.encode(), headers=mirrored, timeout=patience(control))

        return send

    stranger = await asks(unknown)(probe)
    (first,) = await try_each(probe, [("known first", asks(known, unknown))], served)
    return Doubles(control, stranger, first.first, await asks(unknown, known)(probe), first.again)


@check(
    doubles,
    id="jsonrpc/first-duplicate-counts",
    title="Of two members of one name the first counts",
    requirements=("json/last-duplicate-counts",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Refuse objects with two members of one name, or let the last one count as everybody does.",
    references=(f"{_RFC_8259}#section-4", _CWE_436),
)
def first_duplicate_counts(seen: Doubles) -> Verdict:
    """Nearly all parsers take the last of two members, or refuse both. Where the server takes the first, a filter sees
    a harmless method and the server executes another one.
    """
    if not (seen.known_first.answered and seen.known_last.answered):
        return not_observed("no answer came to a request with two methods", seen.known_first, seen.control)
    if not served(seen.known_first):
        return passed(seen.known_first, seen.known_last, seen.control)
    if not seen.stranger.answered or served(seen.stranger):
        return not_observed("the unknown method alone is served, or not answered", seen.stranger, seen.known_first)
    if seen.again is None or not served(seen.again):
        return not_observed("the first method counted once, and not a second time", seen.known_first, seen.control)
    text = "Of two methods in one request the server executed the first."
    return failed(text, seen.known_first, seen.again, seen.known_last, seen.stranger, seen.control)
