"""Names that may be parts of paths."""

import sys
import unicodedata

from oraclepack_mcp.security.paths import is_plain_name


def test_control_format_and_surrogate_characters_are_no_part_of_a_name_and_all_others_are() -> None:
    characters = [character for number in range(sys.maxunicode + 1) if (character := chr(number)) not in "/."]
    allowed = {character for character in characters if is_plain_name(character)}
    assert allowed == {one for one in characters if unicodedata.category(one)[0] != "C"}
