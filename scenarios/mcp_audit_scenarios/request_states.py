"""States that a server hands to its client to bring back, and the ways in which a client may spoil them.

A state that can be read is changed where it can be read (JSON, JSON in base64, the payload of a JWT); any other in the
middle of its text, where no encoding has bits to spare.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from mcp_audit_harness.model import JsonObject

_MAX_CHANGES = 6
_MAX_DEPTH = 8


def tampered(state: str) -> tuple[str, ...]:
    """Return forms of the state that say something else and are written in the same way."""
    changed = [written for written in _changes(state) if written != state]
    return tuple(dict.fromkeys([*changed[:_MAX_CHANGES], _flipped(state)]))


def _changes(state: str) -> Iterator[str]:
    """Yield the state with one value changed, if it is JSON in a form that can be read."""
    plain = _json(state)
    if plain is not None:
        yield from (json.dumps(value) for value in _variants(plain))
        return
    head, dot, rest = state.partition(".")
    body, second, signature = rest.partition(".")
    prefix, text, suffix = (f"{head}{dot}", body, f"{second}{signature}") if dot and second else ("", state, "")
    inner = _json(_decoded(text))
    if inner is not None:
        yield from (f"{prefix}{_encoded(json.dumps(value), text)}{suffix}" for value in _variants(inner))


def _json(text: str | None) -> JsonObject | list[Any] | None:
    try:
        found = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _decoded(text: str) -> str | None:
    try:
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _encoded(text: str, like: str) -> str:
    raw = text.encode("utf-8", "surrogatepass")
    encoded = (base64.b64encode if set(like) & set("+/") else base64.urlsafe_b64encode)(raw).decode()
    return encoded if like.endswith("=") or len(like) % 4 == 0 else encoded.rstrip("=")


def _variants(value: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the value with one leaf changed, for each leaf."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: other} for other in _variants(inner, depth + 1))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in _variants(inner, depth + 1))
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value}-mcp-audit"


def _flipped(state: str) -> str:
    middle = len(state) // 2
    there = state[middle : middle + 1]
    return f"{state[:middle]}{'A' if there != 'A' else 'B'}{state[middle + 1 :]}"
