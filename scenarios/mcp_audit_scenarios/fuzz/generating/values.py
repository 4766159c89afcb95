"""JSON values: which may be sent, which is the simplest, and odd ones."""

import json
from collections.abc import Iterable
from typing import Any, Final

MOST_BYTES: Final = 65_536
"""Of arguments, written as JSON."""
LONGEST: Final = 60_000
"""Characters of a text."""
ODD_TEXTS: Final = (
    "",
    " ",
    "0",
    "null",
    "true",
    "\x00",
    "\n",
    "'",
    '"',
    "\\",
    "../",
    "%",
    "{}",
    "$",
    "é",
    "e\u0301",
    "ß",
    "İ",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "\uffff",
    "\x1b[0m",
    "😀",
    "👩\u200d👧",
    "\U0010ffff",
)
ODD_NAMES: Final = ("extra", "", "__proto__", "constructor", "\x00", "é", "a" * 1000)
WRONG: Final[tuple[Any, ...]] = (None, False, 0, "", [], {}, True, 1, -1, 1.5, "0", "a", [None], {"a": None}, 1e308)


def is_plain(value: Any, most: int = MOST_BYTES) -> bool:
    """Whether a value is JSON that any reader takes, of at most so many bytes: it may be sent by the hundred."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        return len(text.encode()) <= most
    except (TypeError, ValueError, RecursionError):
        return False


def simplest_first(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values, what is short to write first: a search shrinks towards it."""
    return tuple(sorted(values, key=_effort))


def _effort(value: Any) -> tuple[int, str]:
    text = json.dumps(value)
    return len(text), text
