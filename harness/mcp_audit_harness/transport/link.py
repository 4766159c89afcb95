"""One connection that is written and read piece by piece: for clients that are slow, endless, or gone."""

import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
import anyio.abc
from anyio.abc import SocketAttribute

from ..model import Outcome
from .faults import FAULTS, explain
from .raw import RawAnswer, RawConnection, receive
from .reading import HttpAnswer, HttpLimits, OnEvent, Reading

_PIECE = 64 * 1024
_KEPT = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for zero seconds: closing sends RST."""


class RawLink:
    """An open connection; what cannot be written or read any more is remembered as its `end`."""

    def __init__(self, stream: anyio.abc.ByteStream, limits: HttpLimits) -> None:
        self._stream = stream
        self._limits = limits
        self.sent = bytearray()
        """The beginning of what was sent."""
        self.sent_bytes = 0
        self.end: tuple[Outcome, str] | None = None

    async def send(self, data: bytes, *, timeout: float) -> bool:
        """Send `data` in pieces; return whether the target took all of it in time."""
        view = memoryview(data)
        with anyio.move_on_after(timeout):
            while view and self.end is None:
                try:
                    await self._stream.send(bytes(view[:_PIECE]))
                except FAULTS as error:
                    self.end = explain(error)
                    return False
                self._note(view[:_PIECE])
                view = view[_PIECE:]
        if view and self.end is None:
            self.end = (Outcome.SILENT, f"the target took no more bytes for {timeout:g} s")
        return not view

    async def answer(self, verb: bytes, *, timeout: float, on_event: OnEvent | None = None) -> HttpAnswer:
        """Read until one HTTP answer is whole, the connection has ended, or `timeout` is over."""
        started = time.perf_counter()
        answer = RawAnswer(verb, Reading(self._limits, on_event))
        end: tuple[Outcome, str] | None = None
        with anyio.move_on_after(timeout):
            end = await self._read(answer)
        elapsed = (answer.at or time.perf_counter()) - started
        return answer.result(end or answer.reading.timed_out(timeout), elapsed)

    async def _read(self, answer: RawAnswer) -> tuple[Outcome, str]:
        answer.write_fault = self.end
        try:
            while answer.fault is None and not answer.complete:
                answer.take(await receive(self._stream))
                if answer.eof:
                    return answer.closed()
        except FAULTS as error:
            return answer.broke(explain(error))
        return answer.broke(answer.fault) if answer.fault is not None else (Outcome.ANSWERED, "")

    async def half_close(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(*FAULTS, NotImplementedError):
            await self._stream.send_eof()

    async def reset(self) -> None:
        """Break the connection off as a client does that crashes: with RST."""
        with suppress(*FAULTS, anyio.TypedAttributeLookupError):
            raw: socket.socket = self._stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - a socket, no database
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        await anyio.aclose_forcefully(self._stream)
        self.end = (Outcome.CLOSED, "we broke the connection off")

    def _note(self, piece: memoryview) -> None:
        self.sent_bytes += len(piece)
        if len(self.sent) < _KEPT:
            self.sent += piece[: _KEPT - len(self.sent)]


@asynccontextmanager
async def linked(connection: RawConnection) -> AsyncIterator[RawLink]:
    """Open a connection to the origin; without one the link has its `end` already."""
    try:
        stream = await connection.connect()
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        link = RawLink(_Nowhere(), connection.limits)
        link.end = (Outcome.UNREACHABLE, str(error)[:200])
        yield link
        return
    try:
        yield RawLink(stream, connection.limits)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(stream)


class _Nowhere(anyio.abc.ByteStream):
    """A connection that could not be made."""

    async def send(self, item: bytes) -> None:
        del item
        raise anyio.BrokenResourceError

    async def receive(self, max_bytes: int = 65536) -> bytes:
        del max_bytes
        raise anyio.BrokenResourceError

    async def send_eof(self) -> None:
        raise anyio.BrokenResourceError

    async def aclose(self) -> None:
        """Nothing is open."""
