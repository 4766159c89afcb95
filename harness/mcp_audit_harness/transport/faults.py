"""What failed connections mean: the one place that knows the exceptions of httpx2, ssl, anyio and the socket."""

import socket
import ssl
from collections.abc import Iterator

import anyio
import h11
import httpx2

from ..errors import HarnessError
from ..model import Outcome

FAULTS = (httpx2.TransportError, h11.ProtocolError, anyio.BrokenResourceError, anyio.EndOfStream, OSError)
"""Everything that `explain` understands."""

_NOTE_LENGTH = 240


def explain(error: Exception) -> tuple[Outcome, str]:
    """Return the outcome that one of `FAULTS` stands for, and one line that says what happened.

    Raises:
        HarnessError: if the request itself cannot be sent by HTTP/1.1; that is no fact about the target.
    """
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | h11.LocalProtocolError):
        raise HarnessError(f"the request cannot be sent: {one_line(str(error))}") from error
    causes = tuple(_causes(error))
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return Outcome.UNREACHABLE, _unreachable(causes)
    if isinstance(error, httpx2.RemoteProtocolError | h11.RemoteProtocolError):
        return _protocol(str(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Outcome.MALFORMED, f"the TLS connection broke: {_reason(causes)}"
    if any(isinstance(cause, ConnectionResetError | BrokenPipeError) for cause in causes):
        return Outcome.RESET, "the connection was reset"
    return Outcome.CLOSED, "the connection was closed before the end of the answer"


def unreachable(error: Exception) -> tuple[Outcome, str]:
    """Return what an `OSError` or broken stream means when it came up while connecting."""
    return Outcome.UNREACHABLE, _unreachable(tuple(_causes(error)))


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters, bounded."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
    return line if len(line) <= _NOTE_LENGTH else line[: _NOTE_LENGTH - 1] + "…"


def _protocol(text: str) -> tuple[Outcome, str]:
    if "disconnected without sending" in text or "can't handle event type ConnectionClosed" in text:
        return Outcome.CLOSED, "the connection was closed without an HTTP answer"
    if text.startswith("peer closed connection"):
        return Outcome.CLOSED, "the connection was closed in the middle of the answer"
    return Outcome.MALFORMED, f"not HTTP/1.1: {one_line(text)}"


def _unreachable(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the TLS certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"the TLS handshake failed: {_reason(causes)}"
        if isinstance(cause, socket.gaierror):
            return "the host name cannot be resolved"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, TimeoutError | httpx2.ConnectTimeout):
            return "no connection within the time allowed"
    if any(isinstance(cause, anyio.EndOfStream | anyio.BrokenResourceError) for cause in causes):
        return "the connection was closed during the TLS handshake"
    return f"no connection: {one_line(str(causes[-1])) or type(causes[-1]).__name__}"


def _reason(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or str(cause)).replace("_", " ").lower()
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an exception to what lies behind it, through groups too."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _causes(part)
    behind = error.__cause__ or error.__context__
    if behind is not None:
        yield from _causes(behind)
