"""Excerpts of exchanges for people: what was asked, and what came back with a fault and without, short and stable.

What changes from run to run (ports, session ids, times, tokens, paths) becomes a placeholder. What both answers have in
common, and is long, becomes `…`, so that the difference shows.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcp_audit_harness.model import Exchange, Revision, Transport
from mcp_audit_harness.wire.own_words import (
    CLIENT_INFO,
    META_CAPABILITIES,
    META_CLIENT_INFO,
    META_VERSION,
    capabilities_at,
)

MAX_LINES, MAX_CHARACTERS, WIDTH = 12, 700, 100
_MAX_STRING, _MAX_COMMON = 100, 40
_ELIDED = "…"
_COMMON = 90
"""Members that both answers have, and that are longer than this, are elided."""
_ITEMS = 2
_NO_DIFFERENCE: Any = object()
_CONTEXT = frozenset({META_CLIENT_INFO, META_CAPABILITIES})
_USUAL = frozenset(
    {
        *("accept", "accept-encoding", "cache-control", "connection", "content-length", "content-type", "date"),
        *("keep-alive", "server", "transfer-encoding", "user-agent", "x-accel-buffering", "x-request-id"),
        *("ratelimit", "ratelimit-policy", "x-content-type-options", "referrer-policy", "content-security-policy"),
    }
)
_USUAL_MEDIA = {"application/json", "text/event-stream"}
_VOLATILE: tuple[tuple[str, str], ...] = (
    (re.escape(str(Path.cwd())), "/srv/server"),
    (r"/tmp/[\w./-]+", "/tmp/…"),  # noqa: S108 - found in answers, not used
    (r"(?<=[a-z0-9\]]):\d{4,5}\b", ":8000"),
    (r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", "<token>"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\b[0-9a-f]{24,}\b", "<id>"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "<time>"),
    (r"\b[A-Za-z0-9_-]{40,}={0,2}", "<token>"),
)
_MORE = f'"{_ELIDED}": '
_OPEN = "stream still open"
_QUIET = {"silent": "(no answer)", "closed": "(the connection was closed)", "reset": "(the connection was reset)"}


def asked(exchange: Exchange) -> str:
    """Return what was sent: for HTTP the line, the headers that matter, and the body."""
    lines: list[str] = []
    if exchange.transport is not Transport.STDIO and exchange.sent.verb != "BYTES":
        lines.append(f"{exchange.sent.verb} {exchange.sent.path or '/'}")
        lines += [f"{name}: {value}" for name, value in exchange.sent.headers if _matters(name, value)]
    elif exchange.sent.verb == "EOF":
        lines.append("(end of input)")
    body = _decoded(exchange.sent.body)
    if body is not None:
        lines += _drawn(_without_context(_renumbered(body, exchange)))
    elif exchange.sent.body:
        lines += _visible(exchange.sent.body).splitlines()
    return bounded(lines)


def answers(before: Exchange, after: Exchange) -> tuple[str, str]:
    """Return what came back from the two servers; the second is empty where no difference can be shown."""
    for view in (_messages, _events, _raw):
        first, second = view(before, after), view(after, before)
        if first != second:
            return first, second
    return _messages(before, after), ""


def _messages(exchange: Exchange, other: Exchange) -> str:
    lines = _head(exchange, other)
    ours = [_renumbered(message, exchange) for message in exchange.messages]
    theirs = [_renumbered(message, other) for message in other.messages]
    for index, message in enumerate(ours):
        twin = theirs[index] if index < len(theirs) else _NO_DIFFERENCE
        lines += _drawn(contrasted(message, twin))
    if not exchange.messages:
        quiet = "(the stream stays open)" if _OPEN in exchange.note else _QUIET.get(exchange.outcome.value, "(empty)")
        lines += _visible(exchange.body).splitlines() or [quiet]
    return bounded(lines)


def _events(exchange: Exchange, other: Exchange) -> str:
    lines = _head(exchange, other)
    for event in exchange.events:
        lines += [f"event: {event.event}"] + ([f"id: {event.id}"] if event.id is not None else [])
        lines += [f"retry: {event.retry}"] if event.retry is not None else []
        lines += [f"data: {line}" for line in _visible(event.data).splitlines()] + [""]
    return bounded(lines)


def _raw(exchange: Exchange, other: Exchange) -> str:
    return bounded([*_head(exchange, other), *_visible(exchange.body).splitlines(), *exchange.strays])


def _head(exchange: Exchange, other: Exchange) -> list[str]:
    """Return the status, and the headers in which the answers differ."""
    if exchange.status is None:
        return []
    theirs = {name: stable(value) for name, value in other.headers}
    shown = [
        f"{name}: {value}"
        for name, value in exchange.headers
        if stable(value) != theirs.get(name) and (name not in _USUAL or (name == "content-type" and name in theirs))
    ]
    return [f"HTTP {exchange.status}", *shown]


def contrasted(value: Any, other: Any) -> Any:
    """Return a value without what is long and the same in another one."""
    if isinstance(value, dict) and isinstance(other, dict):
        return {name: _member(inner, other.get(name, _NO_DIFFERENCE)) for name, inner in value.items()}
    if isinstance(value, list) and isinstance(other, list):
        return _items(value, other)
    return outlined(value)


def outlined(value: Any, depth: int = 0) -> Any:
    """Return a value to which there is no counterpart, without what is long and deep inside."""
    if isinstance(value, dict | list) and depth > 1 and len(_compact(value)) > _COMMON:
        return _elided(value)
    if isinstance(value, dict):
        return {name: outlined(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        rest = [_ELIDED] if len(value) > _ITEMS else []
        return [*(outlined(inner, depth + 1) for inner in value[:_ITEMS]), *rest]
    return _shortened(value)


def _member(value: Any, other: Any) -> Any:
    if value != other:
        return contrasted(value, other)
    return value if len(_compact(value)) <= _COMMON else _elided(value)


def _items(values: list[Any], others: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for index, value in enumerate(values):
        twin = others[index] if index < len(others) else _NO_DIFFERENCE
        seen = values[: index + 1].count(value)
        differs = value != twin if len(values) == len(others) else seen > others.count(value)
        if differs and sum(item != _ELIDED for item in kept) < _ITEMS:
            comparable = isinstance(value, dict | list) and isinstance(twin, type(value))
            kept.append(contrasted(value, twin) if comparable else outlined(value, 1))
        elif not kept or kept[-1] != _ELIDED:
            kept.append(_ELIDED)
    return kept


def _elided(value: Any) -> Any:
    if isinstance(value, list):
        return [_ELIDED]
    if isinstance(value, str) and len(value) > _MAX_COMMON:
        return value[:_MAX_COMMON] + _ELIDED
    return {_ELIDED: _ELIDED} if isinstance(value, dict) else value


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_STRING:
        return value[:_MAX_STRING] + _ELIDED
    if isinstance(value, dict):
        return {name: _shortened(inner) for name, inner in value.items()}
    return [_shortened(inner) for inner in value] if isinstance(value, list) else value


def _renumbered(message: Any, exchange: Exchange) -> Any:
    """Return a message with 1 for the id of the request, which depends on what was asked before."""
    own = exchange.sent.rpc_id
    if isinstance(message, dict) and isinstance(own, int) and not isinstance(own, bool) and message.get("id") == own:
        return {**message, "id": 1}
    return message


def _without_context(message: Any) -> Any:
    """Return a message without what every request says of the client and its revision."""
    if isinstance(message, list):
        return [_without_context(inner) for inner in message]
    if not isinstance(message, dict):
        return _shortened(message)
    usual = [CLIENT_INFO, *(capabilities_at(revision) for revision in Revision)]
    return _shortened({name: _without_usual(name, value, usual) for name, value in message.items()})


def _without_usual(name: str, value: Any, usual: list[Any]) -> Any:
    if value and value in usual:
        return {_ELIDED: _ELIDED}
    if not isinstance(value, dict):
        return value
    members = ((inner, found) for inner, found in value.items() if not (name == "_meta" and _is_context(inner, found)))
    kept = {inner: _without_usual(inner, found, usual) for inner, found in members}
    return kept if len(kept) == len(value) else {**kept, _ELIDED: _ELIDED}


def _is_context(name: str, value: Any) -> bool:
    """Whether a member of `_meta` is what the stateless era demands of every request, as it should be."""
    if name == META_VERSION:
        return bool(value == str(Revision.V2026_07_28))
    return name in _CONTEXT and value in (CLIENT_INFO, capabilities_at(Revision.V2026_07_28))


def _drawn(value: Any, depth: int = 0, lead: str = "") -> list[str]:
    """Return JSON on lines of limited width: on one where it fits, otherwise what is short together."""
    pad = "  " * depth
    compact = _compact(value)
    if not isinstance(value, dict | list) or not value or len(pad) + len(lead) + len(compact) <= WIDTH:
        return [f"{pad}{lead}{compact}"]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    lines = [f"{pad}{lead}{opening}"]
    pairs: Iterator[tuple[str, Any]] = (
        ((f"{json.dumps(name, ensure_ascii=False)}: ", inner) for name, inner in value.items())
        if isinstance(value, dict)
        else (("", inner) for inner in value)
    )
    packs = False
    for name, inner in pairs:
        drawn = [f"{'  ' * (depth + 1)}{_ELIDED}"] if name == _MORE else _drawn(inner, depth + 1, name)
        drawn[-1] += ","
        if packs and len(drawn) == 1 and len(lines[-1]) + len(drawn[0]) <= WIDTH:
            lines[-1] += f" {drawn[0].strip()}"
        else:
            lines += drawn
        packs = len(drawn) == 1
    return [*lines[:-1], lines[-1].removesuffix(","), f"{pad}{closing}"]


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace(f'"{_ELIDED}": "{_ELIDED}"', _ELIDED)


def _decoded(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _matters(name: str, value: str) -> bool:
    if name == "content-type":
        return value not in _USUAL_MEDIA
    return name not in _USUAL and not (name == "host" and re.fullmatch(r"127\.0\.0\.1:\d+", value) is not None)


def _visible(text: str) -> str:
    """Return text in which control characters show."""
    return "".join(char if char in "\n\t" or char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def stable(text: str) -> str:
    """Return text with placeholders for what changes from run to run."""
    for pattern, placeholder in _VOLATILE:
        text = re.sub(pattern, placeholder, text)
    return text


def bounded(lines: list[str]) -> str:
    """Return the first lines, as far as the bounds go."""
    cut = [stable(_visible(line)).rstrip() for line in lines]
    cut = [f"{line[: 2 * WIDTH]}{_ELIDED}" if len(line) > 2 * WIDTH else line for line in cut]
    if len(cut) > MAX_LINES:
        cut = [*cut[: MAX_LINES - 1], _ELIDED]
    text = "\n".join(cut).strip("\n")
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + _ELIDED
