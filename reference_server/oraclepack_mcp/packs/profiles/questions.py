"""What the validators of question packs look for alike: categories, and the list of them behind the block."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from oraclepack_mcp.packs.headers import TOKENS
from oraclepack_mcp.packs.profiles.fences import Fenced, Text
from oraclepack_mcp.packs.rendering import CATEGORIES

KEYS: Final = TOKENS
"""The names that every header of a question has, each followed by an equals sign."""

_HEADING: Final = re.compile(r"^##\s+coverage check\s*$", re.IGNORECASE | re.MULTILINE)
_BULLET: Final = re.compile(rf"^[^\S\n]*[*-]\s+({'|'.join(map(re.escape, CATEGORIES))})\s*:", re.MULTILINE)
_OK: Final = re.compile(r"\s*OK\s*$", re.MULTILINE)
_MISSING: Final = re.compile(r"\s*Missing\(")
_REST: Final = re.compile(r"[^\S\n]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The categories that have a bullet, and those of them that are settled: OK or Missing(...)."""

    categories: frozenset[str]
    settled: frozenset[str]


def coverage(text: Text, block: Fenced) -> Coverage | None:
    """What the bullets below `## Coverage check`, outside the block, say about categories; any of several counts.

    Returns:
        None where there is no such heading.
    """
    outside = "\n".join(block.outside(text))
    heading = _HEADING.search(outside)
    if heading is None:
        return None
    bullets = list(_BULLET.finditer(outside, heading.end()))
    return Coverage(frozenset(bullet[1] for bullet in bullets), frozenset(_settled(outside, bullets)))


def _settled(outside: str, bullets: list[re.Match[str]]) -> Iterator[str]:
    """Name the settled categories; parentheses may close many lines below, so each closing one is looked at once."""
    closer, ends_line = -1, False
    for bullet in bullets:
        if _OK.match(outside, bullet.end()):
            yield bullet[1]
        elif missing := _MISSING.match(outside, bullet.end()):
            if closer < missing.end():
                closer = outside.find(")", missing.end())
                if closer < 0:
                    return
                ends_line = _REST.match(outside, closer + 1) is not None
            if ends_line:
                yield bullet[1]
