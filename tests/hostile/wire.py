"""A server of bytes: HTTP requests are read, and whatever a hostile server says to them is written as it is."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from .honest import HANDSHAKE, Offering, answer

_LARGEST_REQUEST = 64 << 20
_ORDINARY = Offering()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the auditor."""

    verb: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The JSON-RPC message, empty if there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def method(self) -> str:
        """The method that was asked for, empty if there is none."""
        return str(self.message.get("method", ""))


@dataclass(frozen=True, slots=True)
class Wire:
    """The connection to the auditor, and what a server has at hand."""

    writer: asyncio.StreamWriter
    canary: str
    """An address that nobody may visit."""
    metadata: str = "http://169.254.169.254/latest/meta-data/"
    """Where clouds keep credentials; not to be visited either."""

    async def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: str = "200 OK", **headers: str) -> None:
        """Write a status line and headers; underscores stand for hyphens."""
        lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape"))

    async def whole(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Write a complete answer."""
        standard = {"content_type": "application/json", "content_length": str(len(body))}
        await self.head(status, **{**standard, **headers})
        await self.send(body)

    async def json(self, value: object, status: str = "200 OK", **headers: str) -> None:
        """Write a complete answer that holds a JSON value."""
        await self.whole(json.dumps(value).encode(), status, **headers)

    async def honest(self, asked: Asked, offering: Offering = _ORDINARY, **headers: str) -> None:
        """Answer as an ordinary server does."""
        if asked.verb != "POST":
            await self.whole(b"", "405 Method Not Allowed")
            return
        reply = answer(asked.message, offering)
        if reply is None:
            await self.whole(b"", "202 Accepted")
            return
        if asked.method == "initialize" and offering.revision in HANDSHAKE:
            headers.setdefault("mcp_session_id", "an-ordinary-session")
        await self.json(reply, **headers)

    async def chunk(self, data: bytes) -> None:
        """Write one chunk of a chunked body."""
        await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def stream(self, **headers: str) -> None:
        """Begin an event stream."""
        await self.head(content_type="text/event-stream", transfer_encoding="chunked", **headers)

    async def event(self, value: object) -> None:
        """Write one event of a stream."""
        await self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")


Behaviour: TypeAlias = Callable[[Asked, Wire], Awaitable[None]]


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    first, *lines = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    verb, _, rest = first.partition(" ")
    length = headers.get("content-length", "0")
    body = b""
    if length.isdigit() and int(length) <= _LARGEST_REQUEST:
        with suppress(asyncio.IncompleteReadError):
            body = await reader.readexactly(int(length))
    return Asked(verb, rest.partition(" ")[0], headers, body)


class _Visits:
    """Counts the connections to a port that nobody may visit."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        writer.close()


@dataclass(frozen=True, slots=True)
class Running:
    """A hostile server that listens."""

    port: int
    canary_port: int
    visits: Callable[[], int]
    """How many connections the forbidden port has seen."""


@contextmanager
def running(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Running]:
    """Serve `behaviour` on 127.0.0.1 in a thread of its own."""
    loop = asyncio.new_event_loop()
    listener, forbidden = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    visits, ended = _Visits(), asyncio.Event()
    canary = f"http://127.0.0.1:{forbidden.getsockname()[1]}"

    writers: set[asyncio.StreamWriter] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            while (asked := await _read(reader)) is not None:
                await behaviour(asked, Wire(writer, canary))
        writer.close()

    async def live() -> None:
        servers = [
            await asyncio.start_server(converse, sock=listener, limit=1 << 20, ssl=tls),
            await asyncio.start_server(visits, sock=forbidden),
        ]
        await ended.wait()
        for server in servers:
            server.close()
        await asyncio.sleep(0.05)  # what was accepted at the last moment begins
        for writer in writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)  # what was aborted closes

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(live())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield Running(listener.getsockname()[1], forbidden.getsockname()[1], lambda: visits.count)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(60)
