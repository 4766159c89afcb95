"""What a hostile server may not get into a report: nothing that drives a terminal, a browser or a spreadsheet."""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from markdown_it import MarkdownIt

from .content import MARK

_GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff]")
_AFTER_OUR_TEXT = ("html_inline", "html_block", "image", "blockquote_open", "hr", "s_open")


def judged(directory: Path) -> Iterator[str]:
    """Yield a sentence for everything in the files of a run that is not safe to show."""
    for path in sorted([*directory.glob("*.std*"), *directory.glob("out/report.*")]):
        text = path.read_bytes().decode("utf-8")
        markdown = path.suffix == ".md" or "markdown" in path.name
        table = path.name == "matrix-csv.stdout"
        for unsafe in (*_unseen(text.replace("\r\n", "\n") if table else text), *(_markup(text) if markdown else ())):
            yield f"{path.name}: {unsafe}"
        if table:
            yield from _formulae(text)
        if path.suffix == ".json" and text:
            json.loads(text)


def _unseen(text: str) -> Iterator[str]:
    for place, char in enumerate(text):
        if char != "\n" and (unicodedata.category(char) in {"Cc", "Cs"} or _INVISIBLE.match(char)):
            yield f"U+{ord(char):04X} in {text[max(0, place - 40) : place + 20]!r}"
            return


def _markup(text: str) -> Iterator[str]:
    for token in (item for parent in _GITHUB.parse(text) for item in (parent, *(parent.children or ()))):
        target = str(token.attrGet("href") or token.attrGet("src") or "")
        if token.type in _AFTER_OUR_TEXT or MARK in target or target.startswith(("javascript:", "data:", "file:")):
            yield f"{token.type} {target} {token.content[:80]!r}"
            return
        if token.type == "heading_open" and token.level and MARK in token.content:
            yield f"a heading of theirs: {token.content[:80]!r}"


def _formulae(text: str) -> Iterator[str]:
    for row in csv.reader(StringIO(text, newline="")):
        for cell in row:
            if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
                yield f"a formula in a cell: {cell[:60]!r}"
                return
