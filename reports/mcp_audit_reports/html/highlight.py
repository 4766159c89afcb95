"""Messages as readable text in which the lines that a finding is about are marked.

Marked are the place of a schema violation, the subject of the finding, and values that its sentence quotes.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_audit_harness.model import Exchange, Finding

from ..escape import html_block, shortened
from ..plain import plain

_PARSED = 60_000
"""Characters: longer texts are shown as they came."""
_LONG = 5
"""So many characters a value has at least that is looked for in the sentence: shorter ones are there by chance."""
_NUMBER = 100
"""Likewise for numbers."""
_AROUND = 2
"""Lines that are kept on either side of a marked one in what is cut out."""
_CUTS = 4
_NAMES = frozenset({"name", "uri", "uriTemplate", "method"})
_LINE = 400
_STEP = re.compile(r"[^./\[\]]+")
"""A member or a place in a list: `contents[0].text`."""
_DIGITS = 6
_BASES: tuple[tuple[str, ...], ...] = ((), ("result",), ("params",), ("error",))
"""What a path is told from: the message, or one of its members."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, and whether it shows the defect."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Defect:
    """What to look for in messages."""

    sentence: str = ""
    subject: str = ""
    paths: tuple[str, ...] = ()
    """Of what the schema does not allow, or what the finding is about: `contents[0].text`, `contents[*]`."""
    words: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        """Take the numbers out of the sentence."""
        object.__setattr__(self, "words", frozenset(re.findall(r"-?\d+", self.sentence)))

    @classmethod
    def of(cls, finding: Finding, exchange: Exchange) -> "Defect":
        """Return what shows `finding` in an exchange."""
        kind, _, name = finding.subject.partition(":")
        member = (name,) if kind == "member" else ()
        paths = tuple(violation.path for violation in exchange.violations)
        return cls(finding.message, name if kind != "header" else "", (*paths, *member))

    def quotes(self, value: object) -> bool:
        """Whether the sentence speaks of a value."""
        if isinstance(value, str):
            return len(value) >= _LONG and value in self.sentence
        if isinstance(value, int) and not isinstance(value, bool):
            return abs(value) >= _NUMBER and str(value) in self.words
        return False

    def names(self, key: str, value: object) -> bool:
        """Whether a member is the name of the subject, or one whose own name the sentence quotes."""
        named = bool(self.subject) and key in _NAMES and value == self.subject
        return named or (bool(key) and f"'{key}'" in self.sentence)


def message_lines(text: str, messages: Sequence[Any], defect: Defect) -> list[Line]:
    """Return JSON as indented lines; what is no JSON, or too long for it, as the lines that it has."""
    if len(text) > _PARSED:
        return text_lines(text, defect)
    found: list[Line] = []
    for message in messages:
        value = plain(message)
        places = frozenset(_nearest(value, path) for path in defect.paths) - {""}
        found.extend(_Tree(defect, places).lines(value))
    return found or text_lines(text, defect)


def body_lines(text: str, defect: Defect) -> list[Line]:
    """Return what was sent: indented if it is JSON."""
    try:
        value = json.loads(text) if len(text) <= _PARSED else None
    except (ValueError, RecursionError):
        value = None
    return message_lines(text, [value] if isinstance(value, (dict, list)) else [], defect)


def text_lines(text: str, defect: Defect) -> list[Line]:
    """Return the lines of a text."""
    return [Line(line, defect.quotes(line.strip())) for line in text.split("\n")] if text else []


def header_lines(headers: Sequence[tuple[str, str]], finding: Finding, defect: Defect) -> list[Line]:
    """Return headers; marked are the one that the finding is about and those whose value its sentence quotes."""
    kind, _, name = finding.subject.partition(":")
    return [
        Line(f"{key}: {value}", (kind == "header" and key == name.lower()) or defect.quotes(value))
        for key, value in headers
    ]


def drawn(lines: Sequence[Line], room: int) -> str:
    """Return lines as HTML, in about `room` characters: the beginning, and what is marked further down."""
    whole = sum(len(line.text) for line in lines)
    taken, kept = 0, 0
    while kept < len(lines) and (whole <= room or taken < room):
        taken += min(len(lines[kept].text), _LINE) + 1
        kept += 1
    parts = [_line(line, room) for line in lines[:kept]]
    parts.extend(_windows(lines, kept, room))
    return "\n".join(parts)


def _windows(lines: Sequence[Line], kept: int, room: int) -> Iterator[str]:
    marks = [place for place in range(kept, len(lines)) if lines[place].marked][:_CUTS]
    for mark in marks:
        if mark < kept:
            continue
        first, last = max(kept, mark - _AROUND), min(len(lines), mark + _AROUND + 1)
        if first > kept:
            yield f'<span class="cut">… {first - kept} lines</span>'
        yield from (_line(line, room) for line in lines[first:last])
        kept = last
    if kept < len(lines):
        yield f'<span class="cut">… {len(lines) - kept} more lines in report.json</span>'


def _line(line: Line, room: int) -> str:
    text = shortened(line.text, min(room, 4 * _LINE))
    if not line.marked:
        return html_block(text)
    told = text.lstrip(" ")
    return f"{text[: len(text) - len(told)]}<mark>{html_block(told)}</mark>"


def _nearest(value: Any, path: str) -> str:
    """Return the pointer of the innermost place on the way to `path` that is there; empty for the whole.

    It is told from that of `_BASES` in which it leads furthest.
    """
    steps = _STEP.findall(path)
    ways = [(base, _followed(value, [*base, *steps])) for base in _BASES]
    taken, best = max(
        ((len(way) - len(base), way) for base, way in ways if len(way) >= len(base)),
        key=lambda found: (found[0], len(found[1])),
    )
    return "".join(f"/{step}" for step in best) if taken or not steps else ""


def _followed(value: Any, steps: Sequence[str]) -> list[str]:
    """Return the keys, as they stand in a pointer, of the steps that can be taken; `*` is the first of a list."""
    way, at = [], value
    for step in steps:
        place = 0 if step == "*" else int(step) if step.isdecimal() and len(step) < _DIGITS else -1
        if isinstance(at, dict) and step in at:
            at = at[step]
            way.append(step.replace("~", "~0"))
        elif isinstance(at, list) and 0 <= place < len(at):
            at = at[place]
            way.append(str(place))
        else:
            break
    return way


@dataclass(frozen=True, slots=True)
class _Tree:
    """A JSON value as it is written, line by line."""

    defect: Defect
    places: frozenset[str]
    """JSON pointers to mark."""

    def lines(self, value: Any, pointer: str = "", key: str | None = None, tail: str = "") -> Iterator[Line]:
        indent = "  " * pointer.count("/")
        label = indent if key is None else f"{indent}{_text(key)}: "
        marked = pointer in self.places
        if isinstance(value, (dict, list)) and value:
            first, last = "{}" if isinstance(value, dict) else "[]"
            yield Line(label + first, marked)
            members = value.items() if isinstance(value, dict) else enumerate(value)
            for count, (name, item) in enumerate(members, 1):
                below = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
                named = name if isinstance(value, dict) else None
                yield from self.lines(item, below, named, "," if count < len(value) else "")
            yield Line(indent + last + tail)
        else:
            told = marked or self.defect.quotes(value) or self.defect.names(key or "", value)
            yield Line(label + _text(value) + tail, told)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
