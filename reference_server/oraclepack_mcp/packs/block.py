"""Finding the one bash block of a pack (rules P-01 to P-06), on bytes, in linear time."""

from dataclasses import dataclass
from typing import Final

SCANNER_LIMIT: Final = 64 * 1024
"""Bytes of a line at which the original's line scanner gives up without a word."""

_OPENER: Final = b"```bash\n"
_CLOSER: Final = b"\n```"


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of the block, without line ends; `first_line` is the file line of the first one."""

    lines: list[bytes]
    first_line: int


def find_block(raw: bytes) -> Block | None:
    """The first bash block of the file, or None.

    An opener need not start a line and a closer may have text after it; both are the original's rules. When the first
    opener has no closer behind it, no later one has either, so one search for each is enough.
    """
    opener = raw.find(_OPENER)
    if opener < 0:
        return None
    start = opener + len(_OPENER)
    end = raw.find(_CLOSER, start)
    if end < 0:
        return None
    lines = raw[start:end].split(b"\n")
    if not lines[-1]:
        lines.pop()
    return Block(lines, first_line=raw.count(b"\n", 0, start) + 1)
