"""Replaces the operator's secrets wherever they turn up, and what no report can be written in."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

REDACTED = "[redacted]"
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_SHORTEST = 6
"""Shorter values are replaced only where they are a whole header or a whole string: `1` and `true` are everywhere."""
_NAMED_SECRET = re.compile("token|secret|passw|credential|api_?key|private_?key|access_?key", re.IGNORECASE)
_LEAST_INHERITED = 8
_SURROGATES = re.compile("[\ud800-\udfff]")


def inherited_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of variables whose names say that they are secret: a child that inherits them may tell them."""
    named = (value for name, value in environment.items() if _NAMED_SECRET.search(name))
    return tuple(value for value in named if len(value) >= _LEAST_INHERITED)


class Redaction:
    """Knows the secrets of one run: as they are, as JSON escapes them and as a URL encodes them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        whole = [secret for secret in secrets if secret]
        self._whole = frozenset(whole)
        forms = {form for secret in whole if len(secret) >= _SHORTEST for form in _forms(secret)}
        self._has_short = any(len(secret) < _SHORTEST for secret in whole)
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, value: str) -> str:
        """Return `value` without secrets; lone surrogates, which UTF-8 cannot carry, become U+FFFD."""
        if value in self._whole:
            return REDACTED
        if not value.isascii():
            value = _SURROGATES.sub("\ufffd", value)
        return self._pattern.sub(REDACTED, value) if self._pattern else value

    def headers(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers without the values of credentials."""
        return tuple(
            (self.text(name), REDACTED if name.lower() in _CREDENTIALS else self.text(value)) for name, value in pairs
        )

    def json(self, value: Any) -> Any:
        """Return a JSON value without secrets, in keys and strings; itself where there is nothing to replace."""
        return value if self._is_clean(value) else self._replaced(value)

    def _is_clean(self, value: Any) -> bool:
        """Look for secrets in the value as one text, which is much faster than in each of its strings."""
        if self._has_short:
            return False
        try:
            encoded = msgspec.json.encode(value).decode("utf-8")
        except (UnicodeEncodeError, OverflowError, RecursionError, msgspec.MsgspecError):
            return False
        return self._pattern is None or self._pattern.search(encoded) is None

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._replaced(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self._replaced(item) for key, item in value.items()}
        return value


def _forms(secret: str) -> set[str]:
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, quote(secret, safe=""), quote(secret)} | escaped
