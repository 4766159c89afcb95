"""The legacy sanitizer is asked for, or only reports what it would do."""

from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.sanitizer import Conversion, sanitize, sanitizer_findings


def nothing_is_there(_token: str) -> bool:
    return False


def test_a_bare_word_becomes_an_echo_and_is_reported() -> None:
    found = sanitize("\tLabelX  \nls", lambda token: token == "ls")

    assert found.code == '\techo "LabelX"\nls'
    assert found.conversions == [Conversion(1, "LabelX")]


def test_what_it_would_change_is_found_with_its_place_in_the_file() -> None:
    pack = parse_pack(b"# t\n\n```bash\nPreludeX\n# 01) a\nset -e\nguard() { :; }\nguard\n```\n")
    found = sanitizer_findings(pack, nothing_is_there)

    assert [(one.step_id, one.line, one.file_line, one.token, one.severity) for one in found] == [
        (None, 1, 4, "PreludeX", "info"),
        ("01", 3, 8, "guard", "info"),
    ]


def test_bytes_that_are_no_text_survive() -> None:
    assert sanitize("a\udcff b\nX", nothing_is_there).code == 'a\udcff b\necho "X"'
