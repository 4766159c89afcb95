"""One HTTP/1.1 connection: uvicorn's, with bounds on what is kept before a request is known.

uvicorn 0.54 with httptools collects headers without end, and waits without end for a request that was begun. The limits
here are those of the connection, before there is a request; what an app accepts may be less.
"""

import asyncio
import re
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 64 * 1024
"""Bytes of a request line and its headers."""
HEAD_SECONDS: Final = 20.0
"""Seconds in which they have to arrive, from the first byte of the connection or of a later request."""

_WHOLE_URL: Final = re.compile(rb"https?://(?P<authority>[^/?#]*)", re.IGNORECASE)
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedConnection(HttpToolsProtocol):
    """A connection that ends when the head of a request is too large or too slow."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = True
        self._too_large = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Start waiting for a request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the wait."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has arrived; a head without end is refused although no header of it is whole."""
        began_in_head = self._in_head
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data) if began_in_head else 0
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head, self._head_bytes = True, 0
        if self._head_timer is None:
            self._expect_head()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header.

        Raises:
            ValueError: the headers are too large; the parser stops for it.
        """
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > MAX_HEAD_BYTES:
            self._too_large = True
            raise ValueError("the headers are too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Serve the request; a URL as its target says which server is meant, whatever Host says (RFC 9112, 3.2.2)."""
        self._in_head, self._head_bytes = False, 0
        self._stop_timer()
        if target := _WHOLE_URL.match(self.url):
            others = [(name, value) for name, value in self.headers if name != b"host"]
            self.headers[:] = [(b"host", target["authority"]), *others]
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed, or was too much to parse."""
        self._stop_timer()
        if self._too_large:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
