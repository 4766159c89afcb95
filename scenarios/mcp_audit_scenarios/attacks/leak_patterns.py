"""What gives secrets, traces and places of a program away: by structure where there is any, else as a likelihood."""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from typing import Final

from ..credentials import secret_in

_SAMPLES: Final = frozenset({"AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"})
"""Keys that the documentation of their makers shows."""
_PLACEHOLDER: Final = re.compile(
    r"example|placeholder|changeme|your[-_]|xxxx|1234567|<|\{|\$|\*\*|:(?:pass(?:word)?|pwd|secret)@|user(?:name)?:",
    re.IGNORECASE,
)
_KEY_BLOCK: Final = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]{64,8192}?)-----END (?:[A-Z]+ )*PRIVATE KEY-----"
)
_JWT: Final = re.compile(r"\beyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,4096}\.[A-Za-z0-9_-]{20,4096}", re.ASCII)
_CHECKED: Final = re.compile(r"\b(gh[pousr]_|npm_)([A-Za-z0-9]{30})([A-Za-z0-9]{6})\b", re.ASCII)
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DER_SEQUENCE, _OPENSSH = b"\x30", b"openssh-key-v1\0"

LOOKED_AT: Final = 50_000
"""Characters of a text that are looked at: targets choose how long theirs are."""
_TROUBLE: Final = re.compile(r"Error|Exception|panic|goroutine|Traceback|SQL|ORA-|line \d")
_FRAMES: Final = {
    "Python": re.compile(
        r'Traceback \(most recent call last\):\s+File "[^"\n]+", line \d+|File "[^"\n]+", line \d+, in [\w<>]+'
        r"[^\0]{0,2000}?\n\s{0,20}[\w.]{1,200}(?:Error|Exception)\b"
    ),
    "JavaScript": re.compile(
        r"\b\w{0,100}(?:Error|Exception)\b[^\n\0]{0,300}\n\s{1,20}at [^\n\0]{1,200}"
        r"(?:\.[cm]?[jt]sx?|<anonymous>|node:\w+[^\n:]*):\d+:\d+"
    ),
    "Java": re.compile(
        r"(?<![\w.$])[\w.$]{1,200}(?:Exception|Error)\b[^\n\0]{0,300}\n\s{0,20}at [\w.$<>]{3,200}"
        r"\([\w$]{1,100}\.(?:java|kt|scala):\d+"
    ),
    "Go": re.compile(r"goroutine \d+ \[\w[^\]\n]*\]:\n[^\0]{0,500}\.go:\d+"),
    "Rust": re.compile(r"thread '[^'\n]{1,100}'[^\n]{0,40} panicked at [^\n\0]{0,300}\.rs:\d+:\d+"),
    ".NET": re.compile(r"(?<![\w.])[\w.]{1,200}Exception: [^\n\0]{0,300}\n\s{1,20}at [\w.`<>\[\]+]{3,200}\("),
    "PHP": re.compile(
        r"(?:Fatal error|Uncaught \w{0,100}(?:Exception|Error))\b[^\n\0]{0,300}\.php(?::\d+| on line \d+)"
    ),
    "Ruby": re.compile(r"(?<![\w/.-])[\w/.-]{1,300}\.rb:\d+:in [`'][^\n\0]{1,200}\((?:\w|::)*(?:Error|Exception)\)"),
    "a database": re.compile(
        r"(?:SQLSTATE\[\w+\]|psycopg2?\.errors\.\w+|sqlalchemy\.exc\.\w+|sqlite3\.\w+Error|SQLITE_ERROR|ORA-\d{5}"
        r"|error in your SQL syntax|PSQLException)[^\0]{0,400}\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|near|WHERE)\b"
    ),
}
_PLACES: Final = (
    re.compile(
        r"(?<![\w/.:%-])/(?:home|Users|root|opt|srv|usr/(?:local/)?(?:lib|src|share)|var/(?:task|www|lib|folders)|app"
        r"|workspace|private/var)(?:/[\w.@+-]{1,100}){1,12}?/[\w@+-]{1,100}\.(?:py|[cm]?[jt]s|rb|go|rs|java|php|cs"
        r"|json|ya?ml|toml|env|db|sqlite3?|log|txt|md|conf|ini|so|dll)\b"
    ),
    re.compile(r"(?<![\w/.:%-])/(?:home|Users)(?:/[\w.@+-]{1,100}){2,12}"),
    re.compile(r"\b[A-Z]:\\(?:Users|Program Files|Windows|inetpub)\\[\w .\\-]{3,200}"),
    re.compile(r"/(?:site-packages|dist-packages|node_modules)/[\w.@+-]{1,100}/[\w./@+-]{1,200}"),
    re.compile(r"(?<![\w.])(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}:\d{2,5}\b"),
)


def proven_secret(text: str, known: str = "") -> tuple[str, str] | None:
    """Return the kind of a secret whose structure or checksum proves it, and a hash of it; None for none.

    What is in `known`, which the client said itself, is none.
    """
    for kind, found in _proven(text):
        if found not in known:
            return kind, hashlib.sha256(found.encode()).hexdigest()[:12]
    return None


def _proven(text: str) -> Iterator[tuple[str, str]]:
    text = text[:LOOKED_AT]
    for match in _KEY_BLOCK.finditer(text) if "PRIVATE KEY-----" in text else ():
        if _is_key(match.group(1)):
            yield "a private key", match.group()
    for match in _CHECKED.finditer(text) if "gh" in text or "npm_" in text else ():
        if _checksum(match.group(2)) == match.group(3):
            yield "a token of a service", match.group()
    for match in _JWT.finditer(text) if "eyJ" in text else ():
        if _is_token(match.group()):
            yield "a JSON Web Token", match.group()


def likely_secret(text: str, known: str = "") -> str:
    """Return the kind of a text that looks like a secret and like no placeholder or sample; empty for none."""
    if not any(hint in text for hint in ("PRIVATE", "AKIA", "ASIA", "AIza", "gh", "xox", "sk-", "eyJ", "://")):
        return ""
    text = text[:LOOKED_AT]
    kind = secret_in(text, known)
    if not kind:
        return ""
    without = _PLACEHOLDER.sub(" ", text)
    for sample in _SAMPLES:
        without = without.replace(sample, " ")
    return kind if secret_in(without, known) == kind else ""


def trace(text: str, known: str = "") -> str:
    """Return whose stack trace or error a text holds: both where it happened and what it was; empty for none."""
    if not _TROUBLE.search(text):
        return ""
    for name, pattern in _FRAMES.items():
        match = pattern.search(text[:LOOKED_AT])
        if match is not None and match.group() not in known:
            return name
    return ""


def place(text: str, known: str = "") -> str:
    """Return a path, or an address inside a network, that a text tells and that is not in `known`; empty for none."""
    for pattern in _PLACES:
        for match in pattern.finditer(text[:LOOKED_AT]):
            if match.group() not in known:
                return match.group()
    return ""


def _is_key(block: str) -> bool:
    try:
        decoded = base64.b64decode("".join(block.split()), validate=True)
    except binascii.Error:
        return False
    return decoded.startswith((_DER_SEQUENCE, _OPENSSH))


def _is_token(text: str) -> bool:
    head, body, _ = text.split(".")
    header, claims = _json(head), _json(body)
    return "alg" in header and bool({"iss", "sub", "exp", "aud", "iat"} & claims.keys())


def _json(part: str) -> dict[str, object]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _checksum(text: str) -> str:
    """Return the CRC-32 of a text as GitHub and npm append it: in base 62, six digits."""
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _ALPHABET[rest] + digits
    return digits.rjust(6, "0")
