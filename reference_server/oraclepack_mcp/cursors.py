"""Opaque cursors that name a position in one list, and refuse anything that this server did not make."""

import base64
import binascii
from typing import Final

from oraclepack_mcp.errors import DomainError

_SEPARATOR: Final = "@"


def encode_cursor(kind: str, offset: int) -> str:
    """A cursor for the part of a list that starts at `offset`."""
    return base64.urlsafe_b64encode(f"{kind}{_SEPARATOR}{offset}".encode()).decode("ascii").rstrip("=")


def decode_cursor(kind: str, cursor: str | None) -> int:
    """The offset that a cursor names; no cursor is the start.

    Raises:
        DomainError: CURSOR_INVALID, it is not what `encode_cursor` makes for this kind of list.
    """
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    found, _, offset = text.partition(_SEPARATOR)
    position = int(offset) if offset.isdecimal() and len(offset) <= 9 else 0
    if found != kind or position <= 0 or encode_cursor(kind, position) != cursor:
        raise DomainError("CURSOR_INVALID", "the cursor was not issued by this list")
    return position
