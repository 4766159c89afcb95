"""What results say beyond their data: hidden text, orders to the model, links that carry something away.

Nothing is sent for it: results of the whole run are read, those whose request was plain, and without its words.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    JsonObject,
    Severity,
    Transport,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.model.target import is_loopback
from mcp_audit_harness.probe import Probe

from .addresses import dangerous
from .definitions import spread
from .invisible import hidden_words, terminal_codes
from .occasions import newest_of_era
from .spoken import Said, own_words, params_of, returned, shown_text, strings, subject_of
from .suspicions import suspicion

_METHODS: Final = frozenset({"tools/call", "prompts/get", "resources/read", "completion/complete"})
_MOST, _SHOWN = 120, 5
_LONGEST: Final = 20_000
_PLAIN: Final = re.compile(r"[\w\s.,:;/@#?=&+'()\[\]-]*")
_IMAGE: Final = re.compile(
    r"!\[[^\]]{0,200}\]\(\s*(https?://[^)\s]{4,1000})|<img\b[^>]{0,200}?\bsrc\s*=\s*[\"']?(https?://[^\"'\s>]{4,1000})",
    re.IGNORECASE,
)
_BLANK_FORM: Final = re.compile(r"\{[^{}]{1,60}\}|<[a-z_ ]{2,60}>|%7B|\$\{?[A-Z_]{3,}|\[[A-Z_ ]{3,60}\]", re.IGNORECASE)
_BLOB: Final = re.compile(r"[A-Za-z0-9+/_-]{48,}={0,2}")
_NOTHING: Final = (
    "no call, prompt or resource with plain arguments gave text; allow more with --call all or --tool NAME"
)


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """Answers to plain requests: results, and errors."""

    answers: tuple[Exchange, ...]
    host: str
    """Of the target itself; empty on stdio."""


@scenario(needs=(newest_of_era,), observes=True, bench=Bench.DIAGNOSTICS)
async def outputs(probe: Probe) -> Outputs:
    """Collect the answers of the run whose requests held nothing odd, each tool, prompt and resource a few times.

    Answers that ask something are left to the checks of questions.
    """
    counts: dict[str, int] = {}
    chosen: list[Exchange] = []
    for seen in probe.transcript:
        if seen.sent.method not in _METHODS or (seen.result is None and seen.error is None) or not _is_plain(seen):
            continue
        if "inputRequests" in (seen.result or {}):
            continue
        key = f"{subject_of(seen)} {seen.error is None}"
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= 2 and len(chosen) < _MOST:
            chosen.append(seen)
    host = "" if probe.transport is Transport.STDIO else urlsplit(probe.url).hostname or ""
    return Outputs(tuple(chosen), host)


def _is_plain(seen: Exchange) -> bool:
    return all(_PLAIN.fullmatch(text) for _, text in strings(params_of(seen), names=False))


@lru_cache(maxsize=4)
def _texts(seen: Outputs) -> list[Said]:
    """Return every text of the answers once."""
    found: dict[tuple[str, str], Said] = {}
    for answer in seen.answers:
        for said in returned(answer):
            text = said.text[:_LONGEST]
            found.setdefault((said.subject, text), Said(text, said.place, said.subject, said.shown))
    return list(found.values())


def _judged(seen: Outputs, trouble: Callable[[Said], str]) -> Verdicts:
    failures = [failed(what, said.shown, subject=said.subject) for said in _texts(seen) if (what := trouble(said))]
    return spread(failures) or _clean(seen)


def _clean(seen: Outputs) -> Verdict:
    answered = [answer for answer in seen.answers if answer.answered]
    return passed(*answered[:_SHOWN]) if answered else not_observed(_NOTHING)


def _is_text_of_tool(said: Said) -> bool:
    return said.subject.startswith("tool:") and re.fullmatch(r"content/\d+/text", said.place) is not None


@check(
    outputs,
    id="outputs/hidden-text",
    title="Result holds text that only a model can read",
    requirements=("outputs/nothing-hidden",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Take tag characters, runs of variation selectors and zero-width characters out of what you return.",
    references=("OWASP MCP06:2025 Intent Flow Subversion", "https://cwe.mitre.org/data/definitions/1007.html"),
)
def hidden_text(seen: Outputs) -> Verdicts:
    """Resources, prompts, structured content and errors reach the model as they are. Letters without a shape in them
    are an order that no person sees; the finding says what they spell. Texts of tools have a check of their own.
    """

    def trouble(said: Said) -> str:
        words = "" if _is_text_of_tool(said) else hidden_words(said.text)
        return f"{said.place} holds hidden characters that spell '{shown_text(words)}'" if words else ""

    return _judged(seen, trouble)


@check(
    outputs,
    id="outputs/terminal-escapes",
    title="Prompt or error has characters that steer a terminal",
    requirements=("outputs/nothing-hidden",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Replace control characters but for tabs and line ends before you send text.",
    references=("https://cwe.mitre.org/data/definitions/150.html",),
)
def terminal_escapes(seen: Outputs) -> Verdicts:
    """Clients in terminals print prompts and errors. An escape sequence there rewrites what is on the screen. Texts of
    tools have a check of their own; contents of resources are data, and left alone.
    """

    def trouble(said: Said) -> str:
        spared = said.shown.sent.method == "resources/read" and said.shown.error is None
        found = "" if spared or _is_text_of_tool(said) else terminal_codes(said.text)
        return f"{said.place} has {found}" if found else ""

    return _judged(seen, trouble)


@check(
    outputs,
    id="outputs/orders-to-model",
    title="Result seems to give orders to the model",
    requirements=("outputs/no-orders-to-models",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Return data; mark what others wrote as such, and take orders to models out of it where you can.",
    references=(
        "OWASP MCP06:2025 Intent Flow Subversion",
        "OWASP MCP10:2025 Context Injection & Over-Sharing",
        "https://cwe.mitre.org/data/definitions/1427.html",
    ),
)
def orders_to_model(seen: Outputs) -> Verdicts:
    """A description can be clean while results, errors and prompts tell the model what to do next. This is a suspicion
    by patterns, with the words that caused it; what the request itself said is taken out first.
    """

    def trouble(said: Said) -> str:
        found = suspicion(said.text)
        return f"{said.place} holds a {found.sentence}: '{shown_text(found.span)}'" if found else ""

    return _judged(seen, trouble)


@check(
    outputs,
    id="outputs/dangerous-url",
    title="Result names an address that runs something, or is disguised",
    requirements=("definitions/safe-urls",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Return addresses with the schemes of your own resources, or https.",
    references=("CVE-2025-6514", "CVE-2025-58444", "https://cwe.mitre.org/data/definitions/601.html"),
)
def dangerous_url(seen: Outputs) -> Verdicts:
    """Clients turn links of results into something to click, and some open them by themselves. An address that runs a
    script, starts a program or looks like another site harms whoever follows it.
    """
    return _judged(seen, dangerous)


@check(
    outputs,
    id="outputs/leaking-image",
    title="Result makes the client load a picture from elsewhere that carries data",
    requirements=("outputs/no-leaking-links",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Return pictures as image content; keep what the user said out of addresses.",
    references=("https://cwe.mitre.org/data/definitions/201.html", "OWASP MCP10:2025 Context Injection & Over-Sharing"),
)
def leaking_image(seen: Outputs) -> Verdicts:
    """Clients that render Markdown load its pictures without asking. An address on another host with the user's words
    in it, a blank to fill in, or a long code, sends that to its owner. Badges and plain pictures do not count.
    """
    failures = [
        failed(what, answer, subject=subject_of(answer))
        for answer in seen.answers
        for what in _leaks(answer, seen.host)
    ]
    return spread(failures) or _clean(seen)


def _leaks(answer: Exchange, own_host: str) -> Iterator[str]:
    words = [word for word in own_words(answer) if word not in own_host]
    for _, text in strings(answer.result or answer.error or {}, names=False):
        for match in _IMAGE.finditer(text[:_LONGEST]):
            address = match.group(1) or match.group(2)
            host = urlsplit(address).hostname or ""
            if is_loopback(host) or host == own_host:
                continue
            carried = address.partition(host)[2]
            why = _carried(carried, words)
            if why:
                yield f"a picture is loaded from {shown_text(host, 60)} with {why}: '{shown_text(address, 100)}'"


def _carried(rest: str, words: list[str]) -> str:
    if any(word in rest for word in words):
        return "what the request said"
    query = rest.partition("?")[2]
    if _BLANK_FORM.search(query):
        return "a blank that is likely to be filled in"
    return "what is likely encoded data" if _BLOB.search(query) else ""


@check(
    outputs,
    id="outputs/text-contradicts-structure",
    title="Text of a result says something else than its structured content",
    requirements=("outputs/one-meaning",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Make the text of the structured content itself.",
    references=("https://cwe.mitre.org/data/definitions/451.html",),
)
def text_contradicts_structure(seen: Outputs) -> Verdicts:
    """People and most models see the text, programs the structure. Where the two differ, one of them is deceived.
    Judged are texts that are JSON objects: members of both with different plain values.
    """
    both = [(answer, structure) for answer in seen.answers if (structure := _structure(answer))]
    failures = [
        failed(what, answer, subject=subject_of(answer))
        for answer, structure in both
        for what in _contradictions(answer, structure)
    ]
    if failures or both:
        return spread(failures) or passed(*(answer for answer, _ in both[:_SHOWN]))
    return not_observed("no result had structured content")


def _structure(answer: Exchange) -> JsonObject:
    found = (answer.result or {}).get("structuredContent")
    return found if isinstance(found, dict) else {}


def _contradictions(answer: Exchange, structure: JsonObject) -> Iterator[str]:
    content: Any = (answer.result or {}).get("content")
    for item in content if isinstance(content, list) else ():
        text = item.get("text") if isinstance(item, dict) else None
        try:
            said = json.loads(text) if isinstance(text, str) and text.startswith("{") else {}
        except (ValueError, RecursionError):
            continue
        for name in sorted(said.keys() & structure.keys()):
            first, second = said[name], structure[name]
            if _is_value(first) and _is_value(second) and first != second:
                yield f"{name} is {shown_text(str(first), 60)} in the text and {shown_text(str(second), 60)} beside it"


def _is_value(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)
