"""Text as the original runner reads it."""

import sys

from oraclepack_mcp.packs.text import decode, displayable


def test_each_byte_that_is_no_utf_8_is_shown_replaced_and_everything_else_as_it_is() -> None:
    every = "".join(chr(number) for number in range(sys.maxunicode + 1) if not 0xD800 <= number <= 0xDFFF)
    assert displayable(every) == every
    assert displayable(decode(b"caf\xc3\xa9 \xff\xfe\x80.")) == "café \ufffd\ufffd\ufffd."
