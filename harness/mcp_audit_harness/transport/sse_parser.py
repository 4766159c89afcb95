"""Server-sent events without I/O: bytes in any chunks become events (WHATWG HTML, section 9.2.6).

Two deviations, both so that an auditor sees what a browser discards: `SseEvent.id` is the id that the block itself
holds, not the last one of the stream; and a block that holds only an id or a retry time gives an event whose type is
empty. Dispatched events always have a type, `message` if the target names none.
"""

import re

from ..model import SseEvent

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RETRY_DIGITS = 15


class SseParser:
    """One event stream; never raises, whatever the bytes.

    A line or event longer than `event_bytes`, or more than `events` events, ends the parsing: `overflow` says why, and
    whatever follows is ignored.
    """

    def __init__(self, *, event_bytes: int, events: int) -> None:
        self._event_bytes = event_bytes
        self._events = events
        self._count = 0
        self._line = bytearray()
        self._at_start = True
        self._after_cr = False
        self._held = 0
        self._data: list[str] = []
        self._type = ""
        self._id: str | None = None
        self._retry: int | None = None
        self.overflow = ""
        """Which bound was hit, as a clause; empty as long as none was."""
        self.last_event_id = ""
        """What a client sends as Last-Event-ID when it resumes."""

    @property
    def unfinished(self) -> bool:
        """Whether bytes of an event have arrived that no empty line has ended yet."""
        return bool(self._line) or self._held > 0

    def restart_count(self) -> None:
        """Allow `events` further events on the same stream."""
        self._count = 0

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Take the next bytes and return the events that they complete."""
        if not chunk or self.overflow:
            return []
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            if not chunk:
                self._after_cr = False
                return []
        self._after_cr = chunk.endswith(b"\r")
        *ended, rest = _LINE_END.split(chunk)
        found: list[SseEvent] = []
        for piece in ended:
            if not self._grow(piece):
                return found
            event = self._end_line()
            if event is not None and not self._counted(event, found):
                return found
        self._grow(rest)
        return found

    def _grow(self, piece: bytes) -> bool:
        self._line += piece
        if self._held + len(self._line) > self._event_bytes:
            self.overflow = f"an event is longer than {self._event_bytes} bytes"
        return not self.overflow

    def _counted(self, event: SseEvent, found: list[SseEvent]) -> bool:
        if self._count >= self._events:
            self.overflow = f"more than {self._events} events"
            return False
        self._count += 1
        found.append(event)
        return True

    def _end_line(self) -> SseEvent | None:
        line = bytes(self._line)
        self._line.clear()
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            return self._dispatch()
        if not line.startswith(b":"):
            self._held += len(line)
            name, _, value = line.decode("utf-8", "replace").partition(":")
            self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._id = self.last_event_id = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) <= _RETRY_DIGITS:
            self._retry = int(value)

    def _dispatch(self) -> SseEvent | None:
        event = None
        if self._data:
            event = SseEvent(self._type or "message", "\n".join(self._data), self._id, self._retry)
        elif self._id is not None or self._retry is not None:
            event = SseEvent("", "", self._id, self._retry)
        self._data, self._type, self._id, self._retry = [], "", None, None
        self._held = 0
        return event
