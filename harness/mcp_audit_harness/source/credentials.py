"""Credentials that are written into sources: which names hold them, which texts are some, and their removal."""

import math
import re
from collections import Counter
from typing import Final

from .script.syntax import underscored

REDACTED: Final = "[redacted]"

_NAME: Final = re.compile(
    r"(?:^|_)(?:password|passwd|pwd|passphrase|secret|token|apikey|api_key|auth_key|credentials?"
    r"|(?:secret|access|private|signing|encryption|master|service|account)_key)$"
)
_OTHER_TOKEN: Final = re.compile(
    r"(?:^|_)(?:next|page|paging|pagination|continuation|sync|progress|cancel(?:lation)?|csrf|xsrf|change|resume|stop"
    r"|start|end|max|min|num|per|special|pad|eos|bos|unk|sep|cls|mask|client_request|delta|cursor|skip|first|last|this"
    r"|context|current|placeholder|dummy|fake|example|mock)_token$"
)
_PLACEHOLDER: Final = re.compile(
    r"example|placeholder|change[-_ ]?(?:me|this|it|in)|your|x{3,}|\*{2,}|\.\.\.|<|>|\{|\}|\$|%s|dummy|sample|redact"
    r"|insert|replace|todo|fixme|(?:^|[-_])(?:test|fake|mock|demo|none|null|default|local|dev|my)(?:[-_]|$)|12345|abcdef"
    r"|^https?:|^[./~]|^phc_|^pk_(?:live|test)_|\\",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[A-Za-z]+(?:[-_.:/ ][A-Za-z]*\d?)*")
_SHORTEST, _LONGEST, _LEAST_ENTROPY = 8, 512, 2.5

_SHAPES: Final = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[^\"']*|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bgh[pousr]_\w{20,}"
    r"|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bnpm_\w{30,}|\bpypi-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bsk-[\w-]{20,}"
    r"|\b[sr]k_live_\w{16,}|\bhf_\w{30,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*|(?<=://)[^\s/@:'\"]{1,64}:[^\s/@'\"]{3,}(?=@)",
    re.ASCII,
)
_QUOTED: Final = re.compile(r"(?P<quote>[\"'`])(?P<text>(?:(?!(?P=quote)).)*)(?P=quote)")
_ALONE: Final = re.compile(r"[\s(\[{,]*[a-z]{0,2}([\"'`])[^\s\"'`]*\1[\s)\]},;]*(?:(?:#|//).*)?")
_WORD_OF_SECRET: Final = re.compile(r"passw|pwd|passphrase|secret|token|key|credential", re.IGNORECASE)


def names_secret(name: str) -> bool:
    """Whether a name is that of a credential: `api_key`, `GITHUB_TOKEN`, `clientSecret`; not `next_page_token`."""
    plain = underscored(name).replace("-", "_").lower()
    return bool(_NAME.search(plain)) and not _OTHER_TOKEN.search(plain)


def is_likely_value(text: str) -> bool:
    """Whether a text can be a credential: no placeholder, no words, no path or address, and not too regular."""
    if not _SHORTEST <= len(text) <= _LONGEST or not text.isascii() or any(sign.isspace() for sign in text):
        return False
    if _PLACEHOLDER.search(text) or _WORDS.fullmatch(text):
        return False
    return any(sign.isdigit() for sign in text) and any(sign.isalpha() for sign in text) and _varied(text)


def _varied(text: str) -> bool:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts) >= _LEAST_ENTROPY


def strike_out(line: str) -> str:
    """Return a line of source without the credentials in it.

    Struck out are texts that have the shape of one, and literals that can be one beside its name, or alone on the line.
    """
    line = _SHAPES.sub(REDACTED, line)
    if _WORD_OF_SECRET.search(line) or _ALONE.fullmatch(line):
        return _QUOTED.sub(_without, line)
    return line


def _without(match: re.Match[str]) -> str:
    quote = match["quote"]
    return f"{quote}{REDACTED}{quote}" if is_likely_value(match["text"]) else match[0]
