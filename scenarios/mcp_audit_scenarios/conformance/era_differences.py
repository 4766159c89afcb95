"""What differs between the two eras of one server, and need not (2026-07-28, basic/versioning)."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from ..questions import kind_of
from .eras import CAPABILITIES, KINDS, Both, Eras, Side, eras

_MAX_SUBJECTS = 5
_MAX_DEPTH = 50
_ONE_ERA_ONLY = frozenset({"x-mcp-header", "$schema"})
"""Members of schemas that revisions differ about."""


def _identities(side: Side, kind: str, key: str) -> set[str]:
    return {item[key] for item in _items(side, kind) if isinstance(item.get(key), str)}


def _items(side: Side, kind: str) -> Iterator[JsonObject]:
    return (item for item in side.lists.get(kind, ()) if isinstance(item, dict))


def _whole(seen: Eras) -> bool:
    return seen.older.complete and seen.newer.complete


def _cut(seen: Eras) -> Verdict:
    return not_observed("a list could not be read to its end", seen.opening.older, seen.opening.newer)


def _passed(seen: Eras) -> Verdict:
    if not (seen.opening.older.answered and seen.opening.newer.answered):
        return not_observed("one of the eras was not answered", seen.opening.older, seen.opening.newer)
    return passed(seen.opening.older, seen.opening.newer)


@check(
    eras,
    id="eras/lists-differ",
    title="One era lists what the other does not",
    requirements=("eras/one-server",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Register tools, prompts and resources once, for every revision.",
)
def lists_differ(seen: Eras) -> Verdicts:
    """A tool that is there for one client and missing for another of the same user looks like a broken server."""
    if not _whole(seen):
        return _cut(seen)
    differences = [
        failed(text, seen.opening.newer, seen.opening.older, subject=f"list:{kind}")
        for kind, capability, key in KINDS
        if capability in seen.older.capabilities
        and capability in seen.newer.capabilities
        and (text := _difference(seen, kind, key))
    ]
    return differences or _passed(seen)


def _difference(seen: Eras, kind: str, key: str) -> str:
    older, newer = _identities(seen.older, kind, key), _identities(seen.newer, kind, key)
    parts = [
        f"only {side.revision} lists {', '.join(sorted(only)[:3])}"
        for side, only in ((seen.older, older - newer), (seen.newer, newer - older))
        if only
    ]
    return "; ".join(parts)


@check(
    eras,
    id="eras/tool-described-differently",
    title="Tool has another description or schema in each era",
    requirements=("eras/one-server",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Derive what a tool says of itself from one definition.",
)
def tool_described_differently(seen: Eras) -> Verdicts:
    """What a person approved, and what a model learned to call, is then not what is called."""
    older = {tool["name"]: tool for tool in _items(seen.older, "tools") if isinstance(tool.get("name"), str)}
    pairs = [
        (older[tool["name"]], tool)
        for tool in _items(seen.newer, "tools")
        if isinstance(tool.get("name"), str) and tool["name"] in older
    ]
    differences = [
        failed(text, seen.opening.newer, seen.opening.older, subject=f"tool:{newer['name']}")
        for before, newer in pairs
        if (text := ", ".join(_members_that_differ(before, newer)))
    ]
    if differences:
        return differences[:_MAX_SUBJECTS]
    return _passed(seen) if pairs else not_applicable("no tool is listed in both eras", seen.opening.newer)


def _members_that_differ(older: JsonObject, newer: JsonObject) -> Iterator[str]:
    for member in ("description", "inputSchema", "annotations"):
        if _plain(older.get(member)) != _plain(newer.get(member)):
            yield f"{member} differs"


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value without what only one of the revisions knows."""
    if depth > 50:
        return None
    if isinstance(value, Mapping):
        return {name: _plain(inner, depth + 1) for name, inner in value.items() if name not in _ONE_ERA_ONLY}
    return [_plain(inner, depth + 1) for inner in value] if isinstance(value, list) else value


@check(
    eras,
    id="eras/another-name",
    title="Server calls itself otherwise in each era",
    requirements=("eras/one-server",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Give the same serverInfo with the handshake and without it.",
)
def another_name(seen: Eras) -> Verdict:
    """Logs, bug reports and allow lists know a server by its name and version."""
    older, newer = seen.older.server_info, seen.newer.server_info
    if not older or not newer:
        return not_observed("one of the eras does not say what the server is", seen.opening.newer)
    other = [name for name in ("name", "version") if older.get(name) != newer.get(name)]
    if not other:
        return _passed(seen)
    texts = [f"{name} is {str(older.get(name))[:40]!r} and {str(newer.get(name))[:40]!r}" for name in other]
    return failed("; ".join(texts), seen.opening.newer, seen.opening.older)


@check(
    eras,
    id="eras/capability-in-one-only",
    title="Feature is declared in one era only",
    requirements=("eras/one-server",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Declare tools, prompts and resources alike with the handshake and without it.",
)
def capability_in_one_only(seen: Eras) -> Verdicts:
    """Clients do not look for what is not declared, so that the feature is gone for all of one era."""
    older, newer = set(seen.older.capabilities), set(seen.newer.capabilities)
    lonely = [
        failed(
            f"{name} is declared at {(seen.older if name in older else seen.newer).revision} alone",
            seen.opening.newer,
            seen.opening.older,
            subject=f"capability:{name}",
        )
        for name in CAPABILITIES
        if (name in older) is not (name in newer)
    ]
    return lonely or _passed(seen)


@check(
    eras,
    id="eras/call-ends-differently",
    title="Same call succeeds in one era and fails in the other",
    requirements=("eras/one-server",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Run the same code for a call, whichever way it came.",
)
def call_ends_differently(seen: Eras) -> Verdict:
    """Which era is spoken is decided by the client's version: an update of the client then breaks the tool."""
    if seen.call is None:
        return not_observed(
            "no tool of both eras may be called; allow one with --tool NAME or --call all", seen.opening.newer
        )
    older, newer = kind_of(seen.call.older), kind_of(seen.call.newer)
    if "nothing" in {older, newer} or "question" in {older, newer}:
        return not_observed("the call was not answered in both eras", seen.call.older, seen.call.newer)
    if older == newer:
        return passed(seen.call.newer, seen.call.older)
    text = f"the call gives a {older} at {seen.older.revision} and a {newer} at {seen.newer.revision}"
    return failed(text, seen.call.newer, seen.call.older, subject=seen.call.subject)


@check(
    eras,
    id="eras/unknown-served-in-one",
    title="What does not exist is refused in one era and served in the other",
    requirements=("eras/one-server",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Look names and URIs up in one place for both eras.",
)
def unknown_served_in_one(seen: Eras) -> Verdicts:
    """A name that is not listed and still answers is a feature that nobody reviewed."""
    judged = [pair for pair in seen.unknown if pair.older.answered and pair.newer.answered]
    odd = [
        failed(
            f"{pair.newer.sent.method} of an unknown name gives a result at {_where(seen, pair)} alone",
            pair.newer,
            pair.older,
            subject=pair.subject,
        )
        for pair in judged
        if (kind_of(pair.older) == "result") is not (kind_of(pair.newer) == "result")
    ]
    if odd or judged:
        return odd or passed(*(pair.newer for pair in judged), *(pair.older for pair in judged))
    return not_observed("no unknown name was answered in both eras", seen.opening.newer)


def _where(seen: Eras, pair: Both) -> str:
    return seen.older.revision if kind_of(pair.older) == "result" else seen.newer.revision
