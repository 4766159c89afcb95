"""Keeping secrets out of what is recorded and answered: the values of variables that look like secrets."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

MASK: Final = "[masked]"

_SECRET_NAME: Final = re.compile(
    r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|COOKIE|PRIVATE|(?<![A-Z])AUTH(?![A-Z])", re.IGNORECASE
)
_SECRET_FLAG: Final = re.compile(r"--?[a-z-]*(?:key|token|secret|passw|credential|cookies)[a-z-]*", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_SHORTEST: Final = 6
"""Characters below which a value is too ordinary to be a secret: masking it would only garble texts."""


class Masker:
    """Replaces secret values wherever they occur. Thread-safe."""

    def __init__(self, *environments: Mapping[str, str]) -> None:
        values = {
            value
            for environment in environments
            for name, value in environment.items()
            if _SECRET_NAME.search(name) and len(value) >= _SHORTEST
        }
        longest_first = sorted((value.encode("utf-8", "surrogateescape") for value in values), key=len, reverse=True)
        self._values = tuple(longest_first)
        self._pattern = re.compile(b"|".join(map(re.escape, self._values))) if values else None

    def data(self, raw: bytes) -> bytes:
        """The bytes without secrets."""
        return self._pattern.sub(MASK.encode(), raw) if self._pattern else raw

    def text(self, text: str) -> str:
        """The text without secrets, without names and passwords in URLs, and as Unicode that can be written."""
        masked = self.data(text.encode("utf-8", "replace")).decode("utf-8", "replace")
        return _USER_INFO.sub(MASK, masked)

    def argv(self, argv: Iterable[str]) -> list[str]:
        """The arguments without secrets, and without the values of flags that look secret."""
        masked: list[str] = []
        hide_next = False
        for argument in argv:
            flag, equals, _ = argument.partition("=")
            secret = bool(_SECRET_FLAG.fullmatch(flag))
            masked.append(MASK if hide_next else f"{flag}={MASK}" if secret and equals else self.text(argument))
            hide_next = secret and not equals
        return masked

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment without secrets: short ones, too, where the name says that it is one."""
        return {
            name: MASK if _SECRET_NAME.search(name) else self.text(value) for name, value in sorted(environment.items())
        }

    def unfinished(self, raw: bytes) -> int:
        """Bytes at the end that may be the start of a secret."""
        longest = min(len(raw), len(self._values[0]) - 1) if self._values else 0
        for length in range(longest, 0, -1):
            tail = raw[-length:]
            if any(value.startswith(tail) for value in self._values):
                return length
        return 0


class MaskedStream:
    """Masks output that comes in pieces: what may be the start of a secret is held back until the rest is known."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Add a piece; what can be passed on."""
        raw = self._masker.data(self._held + piece)
        keep = len(raw) - self._masker.unfinished(raw)
        self._held = raw[keep:]
        return raw[:keep]

    def finish(self) -> bytes:
        """What was held back and turned out to be no secret."""
        held, self._held = self._held, b""
        return held
