"""Paths as clients may write them: relative, plain, and never normalised."""

import unicodedata
from typing import Final

from oraclepack_mcp.errors import DomainError

MAX_PATH: Final = 4096
"""Characters of a path."""
MAX_PART: Final = 255
"""Bytes of one part of a path."""


def split_path(path: str) -> tuple[str, ...]:
    """The parts of a relative path.

    Nothing is resolved: what `a/../b` names depends on whether `a` is a link, so such a path is refused.

    Raises:
        DomainError: PATH_INVALID.
    """
    if len(path) > MAX_PATH:
        raise DomainError("PATH_INVALID", f"a path has at most {MAX_PATH} characters")
    parts = tuple(path.split("/"))
    if not all(is_plain_name(part) for part in parts):
        sentence = "a path consists of plain names between single slashes, without '.', '..' or control characters"
        raise DomainError("PATH_INVALID", sentence)
    return parts


def is_plain_name(name: str) -> bool:
    """Whether a name may be one part of a path; control, format and surrogate characters (Unicode C*) may not."""
    if name in {"", ".", ".."} or "/" in name:
        return False
    if not name.isprintable() and any(unicodedata.category(character).startswith("C") for character in name):
        return False  # `isprintable` refuses blanks, too, but is quick: nearly all names end there
    return len(name.encode()) <= MAX_PART
