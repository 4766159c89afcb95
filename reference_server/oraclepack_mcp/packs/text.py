"""Text as the original runner, a Go program, reads it: Python's own idea of white space and lines differs."""

import re
from typing import Final

GO_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters that Go's `unicode.IsSpace` knows; U+001C to U+001F and U+200B are none of them."""
BLANK: Final = r"[\t\n\f\r ]"
"""The character class `\\s` of Go's regular expressions."""
_NO_UTF8: Final = re.compile("[\udc80-\udcff]")


def go_trim(text: str) -> str:
    """Trim as Go's `strings.TrimSpace` does."""
    return text.strip(GO_SPACE)


def decode(raw: bytes) -> str:
    """Decode for reading; bytes that are no UTF-8 survive as surrogate escapes, so that `encode` gives them back."""
    return raw.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` read."""
    return text.encode("utf-8", "surrogateescape")


def displayable(text: str) -> str:
    """The text as valid Unicode: each byte that was no UTF-8 becomes U+FFFD."""
    return text if text.isascii() else _NO_UTF8.sub("\ufffd", text)


def is_comment(line: str) -> bool:
    """Whether a shell line is a comment, indented or not."""
    return go_trim(line).startswith("#")
