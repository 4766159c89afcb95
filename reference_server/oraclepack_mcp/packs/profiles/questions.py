"""What the validators of question packs look for alike: categories, and the list of them behind the block."""

import re
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.packs.headers import TOKENS
from oraclepack_mcp.packs.profiles.fences import Fenced, Text
from oraclepack_mcp.packs.rendering import CATEGORIES

KEYS: Final = TOKENS
"""The names that every header of a question has, each followed by an equals sign."""

_COVERAGE: Final = re.compile(r"##\s+coverage check\s*\Z", re.IGNORECASE)


def coverage(text: Text, block: Fenced) -> dict[str, str] | None:
    """The value behind each category in the bullets below `## Coverage check`, outside the block.

    Returns:
        None where there is no such heading.
    """
    lines = iter(block.outside(text))
    if not any(_COVERAGE.match(line) for line in lines):
        return None
    return dict(_bullets(lines))


def _bullets(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        bullet = line.strip()
        if bullet.startswith(("-", "*")):
            name, colon, value = bullet[1:].partition(":")
            if colon and name.strip() in CATEGORIES:
                yield name.strip(), value.strip()
