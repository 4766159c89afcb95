"""Tokens that a server hands out and takes back: cursors, states, ids. What they hold is looked at, never loaded."""

import base64
import binascii
import io
import pickletools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import Category, Exchange, Severity, failed, not_applicable, passed
from mcp_audit_harness.probe import Probe

_NAMES: Final = re.compile(r"(cursor|state|token|handle)$|^(task_?id|session_?id|sessionid|id)$", re.IGNORECASE)
_SHORTEST, _LONGEST = 8, 100_000
_MOST, _DEPTH = 500, 6
_PHP: Final = re.compile(rb'^[OC]:\d+:"[\w\\]+":\d+:\{|^a:\d+:\{[si]:')
_MAGIC: Final = (
    (b"\xac\xed\x00\x05", "Java serialization"),
    (b"\x00\x01\x00\x00\x00\xff\xff\xff\xff", ".NET BinaryFormatter"),
    (b"\x04\x08o:", "Ruby Marshal"),
    (b"--- !ruby/", "YAML of Ruby objects"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, where it stood, and the answer that holds it."""

    name: str
    value: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every token that was seen, each value once."""

    found: tuple[Token, ...]


@scenario(observes=True, bench=Bench.DIAGNOSTICS)
async def tokens(probe: Probe) -> Tokens:
    found: dict[str, Token] = {}
    for exchange in probe.transcript:
        session = exchange.header("mcp-session-id")
        named = [("Mcp-Session-Id", session)] if session else []
        for name, value in [*named, *_named(exchange.result, _DEPTH)]:
            if _SHORTEST <= len(value) <= _LONGEST and len(found) < _MOST:
                found.setdefault(value, Token(name, value, exchange))
    return Tokens(tuple(found.values()))


def _named(item: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(item, dict):
        for name, value in item.items():
            if isinstance(value, str) and _NAMES.search(str(name)):
                yield str(name), value
            elif depth:
                yield from _named(value, depth - 1)
    elif isinstance(item, list) and depth:
        for value in item[:50]:
            yield from _named(value, depth - 1)


def serialization(token: str) -> str:
    """Return the name of the language's format in which a token holds objects; empty if it holds none."""
    for data in _decoded(token):
        for magic, name in _MAGIC:
            if data.startswith(magic):
                return name
        if _PHP.match(data):
            return "PHP serialization"
        if b"!!python/" in data[:200]:
            return "YAML of Python objects"
        if _is_pickle(data):
            return "Python pickle"
    return ""


def _decoded(token: str) -> Iterator[bytes]:
    """Yield the bytes of a token: as it is, and its parts from base64 of either alphabet and from hexadecimal."""
    yield token.encode("utf-8", "replace")
    for part in dict.fromkeys((token, *re.split(r"[.:|~]|--", token))):
        padded = part + "=" * (-len(part) % 4)
        for alphabet in (b"+/", b"-_"):
            try:
                yield base64.b64decode(padded, altchars=alphabet, validate=True)
            except (binascii.Error, ValueError):
                continue
        if len(part) % 2 == 0:
            try:
                yield bytes.fromhex(part)
            except ValueError:
                continue


def _is_pickle(data: bytes) -> bool:
    """Whether bytes are one whole pickle of protocol 2 or later, by reading its instructions without following them."""
    if not (len(data) > 4 and data[0] == 0x80 and data[1] in range(2, 6) and data.endswith(b".")):
        return False
    try:
        *_, (last, _, position) = pickletools.genops(io.BytesIO(data))
    except (ValueError, IndexError, UnicodeError, OverflowError):
        return False
    return last.name == "STOP" and position == len(data) - 1


@check(
    tokens,
    id="deserialization/token-is-serialized-object",
    title="Token that clients send back holds a serialized object",
    requirements=("tokens/no-serialized-objects",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Put plain data into tokens (JSON, signed), or a random key of what the server keeps.",
    references=("https://cwe.mitre.org/data/definitions/502.html",),
)
def token_is_serialized_object(seen: Tokens) -> Verdicts:
    """A token goes out and comes back, changed if the client likes. Formats that bring objects to life (pickle, Java,
    PHP, YAML tags) run code of whoever wrote the token, unless its signature is checked first, which cannot be seen
    from outside. The format is certain: it was read through without being loaded.
    """
    failures = {
        token.name: failed(f"{token.name[:40]} holds {kind}.", token.exchange, subject=f"token:{token.name[:40]}")
        for token in seen.found
        if (kind := serialization(token.value))
    }
    answered = [token.exchange for token in seen.found if token.exchange.answered]
    return list(failures.values()) or (
        passed(*answered[:5]) if answered else not_applicable("the server has handed out no token")
    )
