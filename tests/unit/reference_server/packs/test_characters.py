"""Characters that act on whoever looks at a text are told of and shown as escapes."""

from oraclepack_mcp.packs.characters import check_characters, escaped


def test_only_characters_that_act_are_escaped() -> None:
    assert escaped("a\x1b[31m\u202eb\u2069\ufeff\x9b") == r"a\x1b[31m\u202eb\u2069\ufeff\x9b"
    for text in ("plain", "tab\tand\u00a0blank", "línea — 日本語 👩‍💻", "\r\n\x0b\x0c"):
        assert escaped(text) == text


def test_each_line_that_holds_such_characters_is_told_of_once() -> None:
    found = check_characters("one\ntw\x1bo\x07\nthree\n\u202e".encode())
    assert [(finding.file_line, finding.token) for finding in found] == [(2, r"\x1b\x07"), (4, r"\u202e")]
    assert {finding.severity for finding in found} == {"warning"}


def test_a_byte_order_mark_and_bytes_that_are_no_text_are_none() -> None:
    assert check_characters(b"\xef\xbb\xbf# Title\n\xff\xfe\x80\n") == []
    assert check_characters(b"# Title\xef\xbb\xbf\n") != []


def test_findings_are_bounded() -> None:
    assert len(check_characters(b"\x1b\n" * 5000)) == 1000
