"""Faults of a server that takes in whatever is sent: long bodies, chunks, compressed bodies, lines."""

import re
import sys
import zlib
from collections.abc import AsyncIterator

from oraclepack_mcp.stdio import ProcessStreams

from oraclepack_faults.fault import (
    ASGIApp,
    Event,
    LineReader,
    LineStreams,
    Receive,
    Scope,
    Send,
    wraps_http,
    wraps_stdio,
)
from oraclepack_faults.transport.asgi import field, with_fields
from oraclepack_faults.transport.stdio import Reader

_PADDING = re.compile(rb'"x{100000,}"')
_SHORT = b'"x"'


def _shortened(app: ASGIApp, *, chunked: bool) -> ASGIApp:
    """Read a whole body, whatever its length, and hand it on without its padding."""

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        if not is_post or (field(scope, "transfer-encoding") is not None) is not chunked:
            await app(scope, receive, send)
            return
        body = _PADDING.sub(_SHORT, await _whole(receive))
        await app(_sized(scope, body), _replaying(body, receive), send)

    return reading


async def _whole(receive: Receive) -> bytes:
    parts = bytearray()
    while True:
        event = await receive()
        parts += event.get("body", b"")
        if not event.get("more_body", False):
            return bytes(parts)


def _sized(scope: Scope, body: bytes) -> Scope:
    return with_fields(scope, {"content-length": str(len(body)), "transfer-encoding": None, "content-encoding": None})


def _replaying(body: bytes, receive: Receive) -> Receive:
    given = False

    async def received() -> Event:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return received


@wraps_http("exhaustion/unbounded-body", "transport")
def reads_any_length(app: ASGIApp) -> ASGIApp:
    """A body with a Content-Length is read however long it is."""
    return _shortened(app, chunked=False)


@wraps_http("exhaustion/unbounded-chunked-body", "transport")
def reads_any_chunks(app: ASGIApp) -> ASGIApp:
    """A body in chunks is read however long it gets."""
    return _shortened(app, chunked=True)


@wraps_http("exhaustion/inflates-any-body", "transport")
def inflates_any_body(app: ASGIApp) -> ASGIApp:
    """A compressed body is unpacked to whatever size it has."""

    async def unpacking(scope: Scope, receive: Receive, send: Send) -> None:
        packed = scope["type"] == "http" and field(scope, "content-encoding") == "gzip"
        if not packed:
            await app(scope, receive, send)
            return
        try:
            body = _PADDING.sub(_SHORT, zlib.decompress(await _whole(receive), 31))
        except zlib.error:
            body = b""
        await app(_sized(scope, body), _replaying(body, receive), send)

    return unpacking


@wraps_stdio("exhaustion/unbounded-line", "transport")
def reads_any_line(streams: LineStreams) -> LineStreams:
    """A line is read however long it is."""
    return LineStreams(Reader(_unbounded(streams.stdin), _shortening), streams.stdout)


async def _shortening(lines: LineReader) -> AsyncIterator[str]:
    async for line in lines:
        yield _PADDING.sub(_SHORT, line.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _unbounded(lines: LineReader) -> LineReader:
    """Lift the bound that the process's own input has."""
    if isinstance(lines, ProcessStreams):
        setattr(lines, "_max_bytes", sys.maxsize)  # noqa: B010 - the fault reaches into the clean server
    return lines
