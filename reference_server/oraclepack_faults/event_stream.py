"""Rewriting of `data:` payloads in a stream of server-sent events, event by event.

Source: WHATWG HTML, section 9.2. Lines end with LF, CR LF or CR; an event ends with an empty line. An event whose data
is empty (a priming event) or no JSON, and a comment, pass byte by byte; so does an event that no fault changed.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from oraclepack_faults.messages import decode, encode

Rewriter: TypeAlias = Callable[[Any], Sequence[object] | None]
"""Returns what to send for the JSON value of an event, one event each; None leaves the event as it is."""

_EVENT_END: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


class EventStream:
    """Takes chunks as they come and returns what may be sent at once; holds back an unfinished event only."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._pending = b""

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk and return the finished events, rewritten."""
        self._pending += chunk
        done = bytearray()
        start = 0
        for end in _EVENT_END.finditer(self._pending):
            done += self._event(self._pending[start : end.start()], end.group())
            start = end.end()
        self._pending = self._pending[start:]
        return bytes(done)

    def close(self) -> bytes:
        """Return the unfinished event, as it is: a client discards it."""
        rest, self._pending = self._pending, b""
        return rest

    def _event(self, block: bytes, end: bytes) -> bytes:
        lines = _LINE_END.split(block)
        data = b"\n".join(_field_value(line, b"data") for line in lines if _is_field(line, b"data"))
        value = decode(data) if data.strip() else data
        produced = None if isinstance(value, bytes) else self._rewriter(value)
        if produced is None:
            return block + end
        newline = end[: len(end) // 2]
        others = [line for line in lines if not _is_field(line, b"data")]
        later = [line for line in others if _is_field(line, b"event")]
        events = [
            newline.join([*(others if index == 0 else later), *_data_lines(encode(item))]) + end
            for index, item in enumerate(produced)
        ]
        return b"".join(events)


def _is_field(line: bytes, name: bytes) -> bool:
    return line == name or line.startswith(name + b":")


def _field_value(line: bytes, name: bytes) -> bytes:
    return line[len(name) + 1 :].removeprefix(b" ")


def _data_lines(payload: bytes) -> list[bytes]:
    return [b"data: " + part for part in _LINE_END.split(payload)]
