"""Streams that a client takes up again where its connection broke (2025-03-26 to 2025-11-25, Streamable HTTP).

The last events of each session are kept in memory, by the stream on which they were sent. `mcp` 2.3 hands one store to
all sessions and names a stream by the text of its request's id, which another session, or a later request, may have
too: here each session has a store of its own, and a stream ends with its response.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthorizationContext
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore, StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCResponse

MAX_EVENTS: Final = 200
"""Events that one session keeps; the oldest are forgotten first."""
MAX_CHARACTERS: Final = 1024 * 1024
"""Characters of all messages that one session keeps."""
RETRY_MS: Final = 100
"""Milliseconds after which a client should take a stream up again."""


@dataclass(frozen=True, slots=True)
class _Event:
    number: int
    stream: int
    message: JSONRPCMessage | None
    size: int


class SessionEvents(EventStore):
    """The last events of one session; an event id is the number of its stream, a dash, and its own number."""

    def __init__(self) -> None:
        self._events: deque[_Event] = deque()
        self._size = 0
        self._count = 0
        self._open: dict[str, int] = {}
        """The number of each open stream, by the name that the SDK gives it."""

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep an event and name it; a message of None only names a place in the stream."""
        self._count += 1
        stream = self._open.setdefault(stream_id, self._count)
        size = len(message.model_dump_json(by_alias=True, exclude_unset=True)) if message else 0
        self._events.append(_Event(self._count, stream, message, size))
        self._size += size
        while len(self._events) > MAX_EVENTS or self._size > MAX_CHARACTERS:
            self._size -= self._events.popleft().size
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            del self._open[stream_id]
        return f"{stream}-{self._count}"

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send again what followed an event on its stream; return the stream's name while it is open."""
        stream, _, number = last_event_id.partition("-")
        if not (stream.isdecimal() and number.isdecimal()):
            return None
        sent = int(number)
        while event := self._after(int(stream), sent):
            sent = event.number
            if event.message is not None:
                await send_callback(EventMessage(event.message, f"{event.stream}-{event.number}"))
        return next((name for name, opened in self._open.items() if opened == int(stream)), None)

    def _after(self, stream: int, number: int) -> _Event | None:
        return next((event for event in self._events if event.stream == stream and event.number > number), None)


class ResumableSessions(StreamableHTTPSessionManager):
    """The SDK's sessions, each with a store of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, retry_interval=RETRY_MS)

    def _admit_session(self, requestor: AuthorizationContext | None) -> StreamableHTTPServerTransport | None:
        self.event_store = SessionEvents()
        return super()._admit_session(requestor)
