"""Hostile text is seen, not obeyed."""

import json
import re
import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mcp_audit_reports.escape import address, block, code, fenced, html, json_text, line, link, prose, shortened

from tests.unit.reports.hostile import STEADY, TEXTS

_GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_ARABIC_AND_KAITHI_MARKS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_EGYPTIAN_JOINERS = {chr(number) for number in range(0x13430, 0x13440)}


def inline(document: str) -> list[Token]:
    return [child for token in _GITHUB.parse(document) for child in token.children or ()]


def read(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type in {"text", "code_inline"})


def test_no_character_without_a_glyph_passes() -> None:
    passing = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) in _INVISIBLE and line(character) == character
    }
    assert passing <= _ARABIC_AND_KAITHI_MARKS | _EGYPTIAN_JOINERS


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("a\x7fb\x00", "a\\x7fb\\x00"),
        ("\u202etxt.exe\u2069", "\\u202etxt.exe\\u2069"),
        ("pay\u200bpal\ufeff", "pay\\u200bpal\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("one\ntwo\r\tthree\u2028", "one\\ntwo\\r\\tthree\\u2028"),
    ],
)
def test_what_cannot_be_seen_is_written_as_an_escape(hostile: str, shown: str) -> None:
    assert line(hostile) == shown


def test_readable_text_of_any_script_stays_as_it_is() -> None:
    text = "plain, déjà vu, かな, العربية, 😀, C:\\new\\x1b"
    assert line(text) == text


@STEADY
@given(TEXTS)
def test_escaping_twice_changes_nothing(text: str) -> None:
    assert line(line(text)) == line(text)
    assert block(block(text)) == block(text)


@STEADY
@given(TEXTS)
def test_a_block_keeps_its_lines_and_nothing_else_that_moves_the_cursor(text: str) -> None:
    assert block(text).split("\n") == [line(part) for part in text.split("\n")]


@STEADY
@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_a_json_document_keeps_its_meaning_and_loses_its_controls(value: object) -> None:
    document = json.dumps(value, ensure_ascii=False, indent=1)
    assert json.loads(json_text(document)) == value
    assert block(json_text(document)) == json_text(document)


def test_an_astral_character_in_json_becomes_two_escapes() -> None:
    assert json_text('"\U000e0041\x9b"') == r'"\udb40\udc41\u009b"'


@STEADY
@given(TEXTS)
def test_a_sentence_reads_the_same_and_marks_up_nothing(text: str) -> None:
    for document in (prose(text), f"Said: {prose(text)}", f"- {prose(text)}", f"# {prose(text)}"):
        tokens = inline(document)
        assert {token.type for token in tokens} <= {"text", "code_inline"}
        assert read(tokens).removeprefix("Said:").strip() == line(text).strip()


@STEADY
@given(TEXTS)
def test_a_sentence_holds_nothing_that_github_links_by_itself(text: str) -> None:
    outside = re.sub(r"`@+`", "", prose(text))
    assert not re.search(r"@|[a-z]://|\bwww\.|mailto:|xmpp:", outside, re.IGNORECASE)


@STEADY
@given(TEXTS, TEXTS)
def test_a_table_keeps_its_cells_whatever_is_in_them(sentence: str, name: str) -> None:
    tokens = _GITHUB.parse(f"| a | b | c |\n| --- | --- | --- |\n| {prose(sentence)} | {code(name)} | end |\n")
    cells = [read(token.children or []).strip() for token in tokens if token.type == "inline"][3:]
    shown = line(name).replace("|", "\\x7c")
    assert cells == [line(sentence).strip(), shown.strip(), "end"]


@STEADY
@given(TEXTS)
def test_a_code_span_is_one_span(text: str) -> None:
    tokens = inline(f"name {code(text)} end")
    assert [token.type for token in tokens if token.type != "text"] == (["code_inline"] if code(text) else [])


@STEADY
@given(TEXTS)
def test_a_fence_ends_where_it_is_meant_to_end(text: str) -> None:
    tokens = _GITHUB.parse(f"{fenced(text, 'sh')}\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].content.rstrip("\n") == block(text).rstrip("\n")


def test_only_plain_addresses_become_links() -> None:
    assert link("page", "https://example.org/a#b") == "[page](https://example.org/a#b)"
    assert address("https://example.org/a#b") == "<https://example.org/a#b>"
    assert link("page", "javascript:alert(1)") == "page"
    assert link("page", "https://example.org/) [x](y") == "page"
    assert address("CWE-346") == "CWE-346"


def test_what_is_cut_says_how_long_it_was() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "abc… (4 characters)"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.seen: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.extend([tag, *(value for _, value in attrs)])

    def handle_data(self, data: str) -> None:
        self.text += data


@STEADY
@given(TEXTS)
def test_html_reads_the_same_in_an_element_and_in_an_attribute_and_marks_up_nothing(text: str) -> None:
    reader = _Reader()
    reader.feed(f'<p title="{html(text)}">{html(text)}</p>')
    reader.close()
    assert reader.seen == ["p", line(text)]
    assert reader.text == line(text)
