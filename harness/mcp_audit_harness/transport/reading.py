"""One HTTP answer while it arrives: bounded, decoded, taken apart into events; no I/O.

Whether the awaited message has come is for the caller to say; when reading ends, and why, becomes an `Outcome`.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..model import Outcome, SseEvent
from .inflate import Decoder, Identity, decoder
from .sse_parser import SseParser

Headers: TypeAlias = tuple[tuple[str, str], ...]
OnEvent: TypeAlias = Callable[[SseEvent], bool]
"""Told of every event as it arrives; returns whether nothing further is awaited."""

LINGER_S = 0.25
"""How long an event stream is watched for its end after the awaited message has arrived."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one answer may cost."""

    body_bytes: int = 8 << 20
    event_bytes: int = 4 << 20
    events: int = 2000
    connect_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back for one HTTP request."""

    outcome: Outcome
    status: int | None = None
    headers: Headers = ()
    """Lower-case names, in order of arrival."""
    body: bytes = b""
    events: tuple[SseEvent, ...] = ()
    note: str = ""
    elapsed_ms: float = 0.0
    """Until the awaited message, or the end of the answer, had arrived."""

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name` (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)

    def ended(self, outcome: Outcome, note: str) -> "HttpAnswer":
        """Return the same answer with another reading of how it ended."""
        return replace(self, outcome=outcome, note=note)


class Reading:
    """The state of one answer: `begin`, then `take` for each chunk until `full` or `done`, then `finish`."""

    def __init__(self, limits: HttpLimits, on_event: OnEvent | None = None, *, awaiting: bool = False) -> None:
        self._limits = limits
        self._on_event = on_event
        self._awaiting = awaiting
        self._decoder: Decoder = Identity()
        self._parser: SseParser | None = None
        self._received = 0
        self._notes: list[str] = []
        self.status: int | None = None
        self.headers: Headers = ()
        self.body = bytearray()
        self.events: list[SseEvent] = []
        self.done = False
        """Whether `on_event` said that nothing further is awaited."""
        self.fault: tuple[Outcome, str] | None = None
        """Set when reading has to stop: a bound was hit or the data is broken."""

    @property
    def streams(self) -> bool:
        """Whether the answer is an event stream."""
        return self._parser is not None

    @property
    def last_event_id(self) -> str:
        """What a client would resume from."""
        return self._parser.last_event_id if self._parser is not None else ""

    def begin(self, status: int, headers: Headers) -> None:
        """Take the status line and the header."""
        self.status, self.headers = status, headers
        named = dict(reversed(headers))
        self._decoder, note = decoder(named.get("content-encoding", ""))
        if note:
            self._notes.append(note)
        if named.get("content-type", "").partition(";")[0].strip().lower() == "text/event-stream":
            self._parser = SseParser(event_bytes=self._limits.event_bytes, events=self._limits.events)

    def take(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        room = self._limits.body_bytes - len(self.body)
        self._received += len(chunk)
        try:
            content = self._decoder.feed(chunk, room + 1)
        except zlib.error as broken:
            self.fault = (Outcome.MALFORMED, f"the compressed body is broken: {broken}")
            return
        self.body += content[:room]
        if len(content) > room or self._received > self._limits.body_bytes:
            self.fault = (Outcome.TOO_LARGE, f"cut after {self._limits.body_bytes} bytes")
        if self._parser is not None:
            self._take_events(self._parser, content[:room])

    def _take_events(self, parser: SseParser, content: bytes) -> None:
        for event in parser.feed(content):
            self.events.append(event)
            if self._on_event is not None and self._on_event(event):
                self.done = True
        if parser.overflow:
            self.fault = (Outcome.TOO_LARGE, f"the event stream was cut: {parser.overflow}")

    def drain(self) -> tuple[bytes, tuple[SseEvent, ...]]:
        """Hand over what has arrived since the last time, and start counting towards the bounds anew."""
        body, events = bytes(self.body), tuple(self.events)
        self.body.clear()
        self.events.clear()
        self._received = 0
        if self._parser is not None:
            self._parser.restart_count()
        return body, events

    def ended(self) -> tuple[Outcome, str]:
        """Return the outcome of an answer that the target ended properly."""
        if self._parser is None:
            return Outcome.ANSWERED, ""
        if self._awaiting and not self.done and self._is_success():
            return Outcome.CLOSED, "stream closed by target before the response"
        cut = ", in the middle of an event" if self._parser.unfinished else ""
        return Outcome.ANSWERED, f"stream closed by target{cut}"

    def timed_out(self, timeout: float) -> tuple[Outcome, str]:
        """Return the outcome of an answer that had not ended after `timeout` seconds."""
        if self.done:
            return Outcome.ANSWERED, "stream still open after the response"
        if self.status is None:
            return Outcome.SILENT, f"no answer within {timeout:g} s"
        if self._parser is None:
            return Outcome.SILENT, f"the body had not ended after {timeout:g} s"
        if self._awaiting:
            return Outcome.SILENT, f"stream still open, without the response, after {timeout:g} s"
        return Outcome.ANSWERED, f"stream still open after {timeout:g} s"

    def broke(self, fault: tuple[Outcome, str]) -> tuple[Outcome, str]:
        """Return the outcome of an answer cut short by `fault`; what had already answered stays an answer."""
        return (Outcome.ANSWERED, f"after the response: {fault[1]}") if self.done else fault

    def answer(self, end: tuple[Outcome, str], elapsed_s: float) -> HttpAnswer:
        """Return all that arrived, with how it ended."""
        outcome, note = end
        note = "; ".join(filter(None, [*self._notes, note]))
        return HttpAnswer(
            outcome, self.status, self.headers, bytes(self.body), tuple(self.events), note, elapsed_s * 1000
        )

    def _is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300
