"""Keeps messages back that could call a tool which may not be called, however a lenient server reads them."""

import re
import unicodedata
from collections.abc import Callable, Iterator

from mcp_audit_harness.probe import Probe

from .messages import MessageCase

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CALL = "toolscall"


def consent_filter(probe: Probe) -> Callable[[MessageCase], bool]:
    """Return what says of a case whether it may be sent.

    It may not if it speaks of calling tools and names a listed tool that consent excludes, in any letter case, with
    any punctuation, escaped or in another encoding; rather once too often than once too rarely.
    """
    allowed = {str(tool.get("name")) for tool in probe.callable_tools()}
    others = {str(tool.get("name")) for tool in probe.offer.tools} - allowed
    forbidden = tuple(_letters(name) for name in others)

    def may_send(case: MessageCase) -> bool:
        if not forbidden:
            return True
        return not any(_CALL in text and any(name in text for name in forbidden) for text in _texts(case))

    return may_send


def _texts(case: MessageCase) -> Iterator[str]:
    said = "".join(value or "" for _, value in (*case.headers, *case.mirrored))
    body = case.body.replace(b"\0", b"")
    for encoding in ("utf-8", "utf-7", "cp500"):
        yield _letters(body.decode(encoding, "ignore")) + _letters(said)


def _letters(text: str) -> str:
    """Return the letters and digits of a text, folded to what looks alike."""
    plain = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return "".join(letter for letter in unicodedata.normalize("NFKC", plain).casefold() if letter.isalnum())
