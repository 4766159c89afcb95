"""What a ticket file says: its id, title and summary, and the actions that it asks for (6.7). Pure functions on text.

Lines end where Python's `splitlines` ends them, since that is how the original counts them. As there, front matter
gives the id and the title, and otherwise counts as text like any other: a summary may quote it.
"""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from oraclepack_mcp.taskify.model import ActionKind, Ticket, TicketAction

SUMMARY_CHARACTERS: Final = 240
"""Characters after which no further line is added to a summary."""

_ID_KEYS: Final = ("id", "ticket", "key")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_BULLETS: Final = ("-", "*")
_BOXES: Final = ("[ ]", "[x]", "[X]")
_MARK: Final = "---"
_CRITERIA: Final = re.compile("acceptance criteria", re.IGNORECASE)
_HEADING_INDENT: Final = 3
_HEADING_LEVELS: Final = range(2, 7)
_DIRECTIONS: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Marks of the direction of writing, and the byte order mark."""


def read_ticket(path: str, raw: bytes) -> Ticket:
    """The entry of a ticket in the index."""
    text = raw.decode("utf-8", "replace")
    front = _front_matter(text)
    lines = text.splitlines()
    name = path.rpartition("/")[2]
    return Ticket(
        path=path,
        sha256=sha256(raw).hexdigest(),
        summary=_shown(_summary(lines)),
        ticket_id=_shown(_ticket_id(front, name)),
        title=_shown(front.get("title") or _heading(lines, name)),
    )


def ticket_actions(ticket: Ticket, raw: bytes) -> list[TicketAction]:
    """The actions of a ticket in the order of their lines, numbered from A01 on."""
    found = _actions(raw.decode("utf-8", "replace").splitlines())
    return [
        TicketAction(f"{ticket.ticket_id}-A{number:02d}", kind, line, _shown(words), ticket.ticket_id, ticket.path)
        for number, (line, kind, words) in enumerate(found, start=1)
    ]


def _front_matter(text: str) -> dict[str, str]:
    """The `key: value` lines between two marks; blank lines below the first do not count, so a mark may follow them."""
    lines = text.split("\n")
    if not _is_mark(lines[0]):
        return {}
    start = next((index for index in range(1, len(lines)) if lines[index].strip()), len(lines))
    end = next((index for index in range(start + 1, len(lines) - 1) if _is_mark(lines[index])), start)
    values: dict[str, str] = {}
    for line in "\n".join(lines[start:end]).splitlines():
        key, colon, value = line.strip().partition(":")
        if colon and _KEY.fullmatch(key.rstrip()):
            values[key.rstrip().lower()] = value.strip().strip('"').strip("'")
    return values


def _is_mark(line: str) -> bool:
    return line.startswith(_MARK) and not line.removeprefix(_MARK).strip()


def _ticket_id(values: dict[str, str], name: str) -> str:
    stem = name.rpartition(".")[0] if "." in name else name
    return next((values[key] for key in _ID_KEYS if values.get(key)), stem or name)


def _heading(lines: list[str], otherwise: str) -> str:
    return next((line[2:].strip() for line in lines if line.startswith("# ")), otherwise)


def _summary(lines: list[str]) -> str:
    """The first paragraph; headings are no part of it and do not end it."""
    words: list[str] = []
    for line in map(str.strip, lines):
        if not line and words:
            break
        if line and not line.startswith("#"):
            words.append(line)
            if len(" ".join(words)) >= SUMMARY_CHARACTERS:
                break
    return " ".join(words)


def _actions(lines: list[str]) -> Iterator[tuple[int, ActionKind, str]]:
    """Tasks anywhere, and bullets below a heading of acceptance criteria up to the next line that starts with #."""
    in_criteria = False
    for number, line in enumerate(lines, start=1):
        bullet = _bullet(line)
        task = _task(bullet)
        if task:
            yield number, "task", task
        elif _is_criteria_heading(line):
            in_criteria = True
        elif line.lstrip().startswith("#"):
            in_criteria = False
        elif in_criteria and bullet:
            yield number, "acceptance", bullet


def _bullet(line: str) -> str:
    """The text of a list item, or nothing."""
    stripped = line.strip()
    is_item = stripped.startswith(_BULLETS) and stripped[1:2].isspace()
    return stripped[1:].lstrip() if is_item else ""


def _task(bullet: str) -> str:
    """The text of a task-list item, or nothing."""
    is_task = bullet.startswith(_BOXES) and bullet[3:4].isspace()
    return bullet[3:].lstrip() if is_task else ""


def _is_criteria_heading(line: str) -> bool:
    stripped = line.strip()
    words = stripped.lstrip("#")
    indent = len(line) - len(line.lstrip())
    level = len(stripped) - len(words)
    is_heading = indent <= _HEADING_INDENT and level in _HEADING_LEVELS and words[:1].isspace()
    return is_heading and _CRITERIA.fullmatch(words.strip()) is not None


def _shown(text: str) -> str:
    """The text without characters that act on a terminal or on the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if _acts(character) else character for character in text)


def _acts(character: str) -> bool:
    return character != "\t" and (unicodedata.category(character) in {"Cc", "Cs"} or character in _DIRECTIONS)
