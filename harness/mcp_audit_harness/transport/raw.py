"""Bytes on a connection of their own, over TCP or TLS, and whatever comes back, read as HTTP/1.1 if it is that."""

import re
import time
from contextlib import AsyncExitStack

import anyio
import anyio.abc
import h11
import httpx2

from ..model import Outcome
from .faults import FAULTS, explain, one_line, unreachable
from .reading import LINGER_S, HttpAnswer, HttpLimits, OnEvent, Reading
from .tls import client_context

_CHUNK = 65536
_VERB = re.compile(rb"[A-Z]{3,10}(?= )")


class RawConnection:
    """Where raw bytes go: the origin of one target."""

    def __init__(self, url: httpx2.URL, *, verify_tls: bool = True, limits: HttpLimits | None = None) -> None:
        self._host = url.host
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._context = client_context(url.scheme, verify=verify_tls) if url.scheme == "https" else None
        self.limits = limits or HttpLimits()

    async def exchange(self, data: bytes, *, timeout: float, on_event: OnEvent | None = None) -> HttpAnswer:
        """Send `data` on a new connection and read for at most `timeout` seconds.

        Reading ends with the first whole answer; what follows within `LINGER_S`, a second answer say, becomes a note.
        `body` is the body of that answer, or everything that came if it is not HTTP.
        """
        started = time.perf_counter()
        answer = RawAnswer(_verb(data), Reading(self.limits, on_event))
        end: tuple[Outcome, str] | None = None
        async with AsyncExitStack() as stack:
            try:
                stream = await self.connect(min(timeout, self.limits.connect_timeout_s))
            except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
                return answer.reading.answer(unreachable(error), time.perf_counter() - started)
            stack.push_async_callback(anyio.aclose_forcefully, stream)
            with anyio.move_on_after(timeout) as scope:
                end = await self._converse(stream, data, answer, scope)
        return answer.result(end or answer.reading.timed_out(timeout), (answer.at or time.perf_counter()) - started)

    async def connect(self, timeout: float | None = None) -> anyio.abc.ByteStream:
        """Open a connection; raises OSError, or what anyio raises for a broken TLS handshake, where there is none."""
        timeout = self.limits.connect_timeout_s if timeout is None else timeout
        with anyio.fail_after(timeout):
            if self._context is None:
                return await anyio.connect_tcp(self._host, self._port)
            return await anyio.connect_tcp(
                self._host, self._port, tls=True, ssl_context=self._context, tls_standard_compatible=False
            )

    async def _converse(
        self, stream: anyio.abc.ByteStream, data: bytes, answer: "RawAnswer", scope: anyio.CancelScope
    ) -> tuple[Outcome, str]:
        try:
            await stream.send(data)
        except FAULTS as error:
            answer.write_fault = explain(error)
        try:
            while answer.fault is None:
                answer.take(await receive(stream))
                if answer.complete and answer.at is None:
                    answer.at = time.perf_counter()
                    scope.deadline = min(scope.deadline, anyio.current_time() + LINGER_S)
                if answer.eof:
                    break
        except FAULTS as error:
            return answer.broke(explain(error))
        return answer.broke(answer.fault) if answer.fault is not None else answer.closed()


class RawAnswer:
    """The bytes of a connection, as an HTTP answer if they parse as one."""

    def __init__(self, verb: bytes, reading: Reading) -> None:
        self.reading = reading
        self.text = bytearray()
        self.eof = False
        self.complete = False
        self.at: float | None = None
        self.fault: tuple[Outcome, str] | None = None
        self.write_fault: tuple[Outcome, str] | None = None
        self._after = bytearray()
        self._parser = h11.Connection(h11.CLIENT)
        self._parser.send(h11.Request(method=verb, target="/", headers=[("host", "unused")]))
        self._parser.send(h11.EndOfMessage())

    def take(self, data: bytes) -> None:
        """Read on."""
        self.eof = not data
        if self.complete:
            self._after += data[:200]
            return
        self.text += data
        try:
            self._parser.receive_data(data)
            self._events()
        except h11.RemoteProtocolError as error:
            self.fault = explain(error)
        if self.reading.fault is not None:
            self.fault = self.reading.fault

    def _events(self) -> None:
        while True:
            event = self._parser.next_event()
            if isinstance(event, h11.Response):
                headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in event.headers)
                self.reading.begin(event.status_code, headers)
            elif isinstance(event, h11.Data):
                self.reading.take(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                self.complete = True
                self._after += self._parser.trailing_data[0][:200]
                return
            elif event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
                self.complete = self.complete or self.reading.done
                return

    def broke(self, fault: tuple[Outcome, str]) -> tuple[Outcome, str]:
        """Return what a broken connection means."""
        if self.complete:
            return Outcome.ANSWERED, fault[1]
        if fault[0] is Outcome.CLOSED and not self.text and self.write_fault is not None:
            return self.write_fault
        return fault

    def closed(self) -> tuple[Outcome, str]:
        """Return what the end of the connection means."""
        if self.complete:
            return self.reading.ended() if self.reading.streams else (Outcome.ANSWERED, "connection closed by target")
        return self.broke((Outcome.CLOSED, "the connection was closed without an HTTP answer"))

    def result(self, end: tuple[Outcome, str], elapsed_s: float) -> HttpAnswer:
        """Return the answer as far as it came."""
        outcome, note = end
        if self.complete and outcome is Outcome.SILENT:
            outcome, note = Outcome.ANSWERED, "connection left open"
        if self._after:
            first = bytes(self._after).split(b"\r\n", 1)[0].decode("utf-8", "replace")
            note = f"{note}; followed by: {one_line(first)}"
        if self.reading.status is None and self.text:
            self.reading.body[:] = self.text
        return self.reading.answer((outcome, note), elapsed_s)


async def receive(stream: anyio.abc.ByteStream) -> bytes:
    """Return what has come; empty at the end."""
    try:
        return await stream.receive(_CHUNK)
    except anyio.EndOfStream:
        return b""


def _verb(data: bytes) -> bytes:
    """Return the method that decides how an answer is framed (RFC 9112, section 6.3)."""
    found = _VERB.match(data)
    return found[0] if found is not None and found[0] != b"CONNECT" else b"GET"
