"""What changes in a file, as a unified diff."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

CONTEXT: Final = 3
"""Unchanged lines around each change."""
MAX_COMPARED: Final = 1_000
"""Lines of a changed stretch that are compared one by one; a longer one is shown as replaced as a whole."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `old_start` up to `old_end` of the old text that give way to those of the new one."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def unified_diff(before: bytes | None, after: bytes, path: str) -> str:
    """The diff of two states of a file, empty where they are equal; lines end at line feeds only.

    `before` is None for a file that does not exist. Bytes that are no UTF-8 become U+FFFD.
    """
    if before == after:
        return ""
    old, new = _lines(before or b""), _lines(after)
    head = f"--- {'/dev/null' if before is None else path}\n+++ {path}\n"
    return head + "".join(line for hunk in _hunks(_changes(old, new)) for line in _shown(hunk, old, new))


def _changes(old: list[str], new: list[str]) -> list[_Change]:
    """Compare what lies between the common beginning and the common end, within bounded time."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    if max(old_end, new_end) - start > MAX_COMPARED:
        return [_Change(start, old_end, start, new_end)]
    matcher = difflib.SequenceMatcher(None, old[start:old_end], new[start:new_end])
    return [
        _Change(start + old_from, start + old_to, start + new_from, start + new_to)
        for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes()
        if tag != "equal"
    ]


def _common(one: list[str], other: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _hunks(changes: list[_Change]) -> Iterator[list[_Change]]:
    """Changes whose surroundings touch belong together."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.old_start - hunk[-1].old_end > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _shown(hunk: list[_Change], old: list[str], new: list[str]) -> Iterator[str]:
    first, last = hunk[0], hunk[-1]
    lead = min(first.old_start, CONTEXT)
    end = min(last.old_end + CONTEXT, len(old))
    old_range = _range(first.old_start - lead, end)
    new_range = _range(first.new_start - lead, last.new_end + end - last.old_end)
    yield f"@@ -{old_range} +{new_range} @@\n"
    at = first.old_start - lead
    for change in hunk:
        yield from (_line(" ", line) for line in old[at : change.old_start])
        yield from (_line("-", line) for line in old[change.old_start : change.old_end])
        yield from (_line("+", line) for line in new[change.new_start : change.new_end])
        at = change.old_end
    yield from (_line(" ", line) for line in old[at:end])


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


def _line(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _lines(raw: bytes) -> list[str]:
    lines = raw.decode("utf-8", "replace").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
