"""Path patterns with `**`, as Python's `glob` has them: a leading dot only matches where the pattern has one."""

from fnmatch import fnmatchcase
from typing import Final

from oraclepack_mcp.errors import DomainError

MAX_PARTS: Final = 32
"""Parts of a pattern."""

_ANY: Final = "**"


def split_pattern(pattern: str) -> tuple[str, ...]:
    """The parts of a relative pattern; a `**` at its end stands for every file below.

    Raises:
        DomainError: INVALID_ARGUMENT, it is absolute, leads upwards or has empty or too many parts.
    """
    parts = tuple(pattern.split("/"))
    if len(parts) > MAX_PARTS or any(part in {"", ".", ".."} for part in parts):
        sentence = f"a pattern has at most {MAX_PARTS} parts between single slashes, none of them '.' or '..'"
        raise DomainError("INVALID_ARGUMENT", sentence)
    return (*parts, "*") if parts[-1] == _ANY else parts


def matches(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether the parts of a path match; the time is at most the product of both lengths."""
    reached = _with_skips(pattern, {0})
    for name in path:
        after = {
            index if pattern[index] == _ANY else index + 1
            for index in reached
            if index < len(pattern) and _matches_name(pattern[index], name)
        }
        reached = _with_skips(pattern, after)
    return len(pattern) in reached


def _matches_name(pattern: str, name: str) -> bool:
    if name.startswith(".") and not pattern.startswith("."):
        return False
    return pattern == _ANY or fnmatchcase(name, pattern)


def _with_skips(pattern: tuple[str, ...], reached: set[int]) -> set[int]:
    """A `**` may also stand for no directory at all."""
    found = set(reached)
    for index in range(len(pattern)):
        if index in found and pattern[index] == _ANY:
            found.add(index + 1)
    return found
