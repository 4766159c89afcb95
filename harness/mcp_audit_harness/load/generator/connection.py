"""One client's connection over HTTP/1.1: it is kept, and says how long each answer may take.

It uses the socket pool (TLS, name resolution) and the parser of geventhttpclient, which `FastHttpUser` brings, but
writes requests as bytes that were made before the run: making them for every request costs more than all the rest.
"""

import errno
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.response import HTTPParseError, HTTPResponse

from .answers import take_events
from .ledger import Failure

_BLOCK: Final = 1 << 16
_STALE_S: Final = 1.0
"""After so long without a request it is looked whether the server has closed the connection."""
_MOST_BYTES: Final = 64 << 20
_MOST_HEAD: Final = 1 << 20
_TAIL_S: Final = 0.5
"""How long a server gets to end an event stream after the answer in it."""

IsAnswer: TypeAlias = Callable[[bytes], bool]
"""Whether a message of an event stream is the one that is waited for."""


class NoAnswerError(Exception):
    """No whole answer; `failure` says why."""

    def __init__(self, kind: str, what: str, example: str = "") -> None:
        super().__init__(f"{kind} {what}")
        self.failure: Failure = (kind, what, example)


class Reply(HTTPResponse):
    """An answer while it comes in; `taken` bytes so far."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    @property
    def buffer(self) -> bytearray:
        """What of the body has come and was not cut off."""
        found: bytearray = self._body_buffer
        return found

    @property
    def whole(self) -> bool:
        """Whether all of it has come; an interim answer (1xx) is followed by another."""
        return bool(self.message_complete) and self.get_code() >= 200

    @property
    def streams(self) -> bool:
        """Whether its body is an event stream."""
        return str(self.get("content-type", "")).startswith("text/event-stream")


class Connection:
    """See the module."""

    def __init__(self, pool: ConnectionPool, timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s
        self._socket: Any = None
        self._used = 0.0
        self._open: Reply | None = None

    def exchange(self, request: bytes, is_answer: IsAnswer, *, timeout_s: float = 0.0) -> tuple[int, Reply, bytes]:
        """Send a request and return the status, the header and the message that answers it.

        `timeout_s` is the connection's own unless given.

        Raises:
            NoAnswerError: if no whole answer came in time.
        """
        patience = timeout_s or self._timeout_s
        deadline = time.monotonic() + patience
        try:
            reply = self.begin(request)
            while not reply.whole:
                self._more(reply, deadline)
                if reply.headers_complete and reply.streams:
                    for message in take_events(reply.buffer):
                        if is_answer(message):
                            self._open = reply
                            return reply.get_code(), reply, message
        except BaseException as error:
            self.close()
            lost = _lost(error, patience)
            if lost is None:
                raise
            raise lost from error
        self._keep(reply)
        return reply.get_code(), reply, bytes(reply.buffer)

    def begin(self, request: bytes) -> Reply:
        """Send a request; its answer is to be read by `follow`."""
        self.settle()
        now = time.monotonic()
        if self._socket is not None and now - self._used > _STALE_S:
            self._pool.return_socket(self._socket)
            self._socket = None
        if self._socket is None:
            self._socket = self._pool.get_socket()
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used = now
        self._socket.settimeout(self._timeout_s)
        self._socket.sendall(request)
        return Reply()

    def follow(self, reply: Reply, seconds: float) -> bool:
        """Read more of an answer for at most so long; return whether anything came.

        Raises:
            OSError, HTTPParseError: if the connection broke; it is closed then.
        """
        try:
            self._more(reply, time.monotonic() + seconds)
        except TimeoutError:
            return False
        except BaseException:
            self.close()
            raise
        return True

    def settle(self) -> None:
        """Read the end of an event stream whose answer has come, so that the connection can be used again."""
        reply, self._open = self._open, None
        if reply is None:
            return
        deadline = time.monotonic() + _TAIL_S
        try:
            while not reply.whole:
                self._more(reply, deadline)
        except (OSError, HTTPParseError, NoAnswerError):
            self.close()
        else:
            self._keep(reply)

    def close(self) -> None:
        """End the connection; the next request opens a new one."""
        if self._socket is not None:
            self._pool.release_socket(self._socket)
            self._socket = None
        self._open = None

    def _keep(self, reply: Reply) -> None:
        """Close the connection if the server wants it."""
        if not reply.should_keep_alive():
            self.close()

    def _more(self, reply: Reply, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        data = self._socket.recv(_BLOCK)
        if data:
            reply.feed(data)
            reply.taken += len(data)
        else:
            _end(reply)
        if len(reply.buffer) > _MOST_BYTES or (not reply.headers_complete and reply.taken > _MOST_HEAD):
            raise NoAnswerError("transport", "endless answer")


_MEANINGS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (HTTPParseError, "no HTTP"),
    (ssl.SSLError, "TLS"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection reset"),
    (BrokenPipeError, "connection reset"),
    (ConnectionAbortedError, "connection closed"),
)


def _end(reply: Reply) -> None:
    """Take note that the server has closed the connection: the end of some answers, the loss of others."""
    try:
        reply.feed(b"")
    except HTTPParseError as error:
        raise ConnectionAbortedError(errno.ECONNABORTED, "closed") from error
    if not reply.whole:
        raise ConnectionAbortedError(errno.ECONNABORTED, "closed")


def _lost(error: BaseException, timeout_s: float) -> NoAnswerError | None:
    """Say what an exception of a connection means; None: nothing about the target."""
    if isinstance(error, NoAnswerError):
        return error
    if isinstance(error, TimeoutError):
        return NoAnswerError("timeout", f"{timeout_s:g} s")
    for kind, what in _MEANINGS:
        if isinstance(error, kind):
            return NoAnswerError("transport", what, str(error)[:200])
    if isinstance(error, OSError):
        what = errno.errorcode.get(error.errno or 0, type(error).__name__)
        return NoAnswerError("transport", what, str(error)[:200])
    return None
