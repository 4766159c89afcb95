"""Small servers on loopback whose behaviour is known: dead, silent, refusing, granting, dying, or no MCP at all.

They speak HTTP/1.1 by hand, one request per connection, so that nothing but the standard library stands between the
harness and the misbehaviour.
"""

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import anyio
from anyio.abc import SocketAttribute, SocketStream

from ..model import JsonObject

Behaviour: TypeAlias = Callable[[SocketStream], Awaitable[None]]
_HOST = "127.0.0.1"
_CHUNK = b"0" * 65536


@asynccontextmanager
async def listening(behaviour: Behaviour) -> AsyncIterator[str]:
    """Run `behaviour` for every connection to a free loopback port; yield the URL."""

    async def guarded(stream: SocketStream) -> None:
        try:
            async with stream:
                await behaviour(stream)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
            return

    async with await anyio.create_tcp_listener(local_host=_HOST) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, guarded)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - a socket, no database
        yield f"http://{_HOST}:{port}/mcp"
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def closed_port() -> AsyncIterator[str]:
    """Yield the URL of a port that is reserved, but on which nothing listens."""
    with socket.socket() as reserved:
        reserved.bind((_HOST, 0))
        yield f"http://{_HOST}:{reserved.getsockname()[1]}/mcp"


async def black_hole(stream: SocketStream) -> None:
    """Accept, read, and never answer."""
    async for _ in stream:
        pass


async def web_page(stream: SocketStream) -> None:
    """Answer every request with a page."""
    await _read(stream)
    await _send(stream, 200, b"<!doctype html><title>Hello</title><p>Hello.", {"content-type": "text/html"})


async def json_api(stream: SocketStream) -> None:
    """Answer every request with JSON that is not JSON-RPC."""
    await _read(stream)
    await _send_json(stream, 200, {"status": "ok", "items": []})


async def redirect_loop(stream: SocketStream) -> None:
    """Redirect every request to the same place."""
    await _read(stream)
    await _send(stream, 307, b"", {"location": "/mcp"})


async def unauthorized(stream: SocketStream) -> None:
    """Demand a token of every request."""
    await _read(stream)
    await _send(stream, 401, b"", {"www-authenticate": 'Bearer realm="calibration"'})


async def refuse_all(stream: SocketStream) -> None:
    """Answer every request with a JSON-RPC error."""
    request = await _read(stream)
    error = {"code": -32603, "message": "No."}
    await _send_json(stream, 200, {"jsonrpc": "2.0", "id": _id(request), "error": error})


async def endless_stream(stream: SocketStream) -> None:
    """Answer with an event stream of comments that never ends and never answers."""
    await _read(stream)
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    while True:
        await stream.send(b": still here\n\n")
        await anyio.sleep(0.05)


async def huge_body(stream: SocketStream) -> None:
    """Announce ten gigabytes and send them as fast as they are taken."""
    await _read(stream)
    size = 10 * 1024**3
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    await stream.send(head.encode())
    for _ in range(size // len(_CHUNK)):
        await stream.send(_CHUNK)


async def grant_all(stream: SocketStream) -> None:
    """Agree to everything: any version, any method, any parameters, with an empty result."""
    request = await _read(stream)
    if not isinstance(request, dict):
        await _send_json(stream, 200, {"jsonrpc": "2.0", "id": None, "result": {}})
        return
    params = request.get("params")
    await _send_json(stream, 200, {"jsonrpc": "2.0", "id": _id(request), "result": _granted(request, params)})


def _granted(request: JsonObject, params: Any) -> JsonObject:
    asked = params if isinstance(params, dict) else {}
    info = {"name": "grant-all", "version": "1"}
    match request.get("method"):
        case "initialize":
            version = asked.get("protocolVersion", "2025-11-25")
            return {"protocolVersion": version, "capabilities": {"tools": {}, "prompts": {}}, "serverInfo": info}
        case "tools/list":
            return {"tools": [{"name": "grant", "inputSchema": {"type": "object"}}]}
        case "prompts/list":
            return {"prompts": [{"name": "grant"}]}
        case _:
            return {}


class Dying:
    """Behaves as `grant_all` until it has answered `answers` requests, then closes every connection unanswered."""

    def __init__(self, answers: int) -> None:
        self._left = answers

    async def __call__(self, stream: SocketStream) -> None:
        """Serve one connection."""
        self._left -= 1
        if self._left >= 0:
            await grant_all(stream)


async def _read(stream: SocketStream) -> Any:
    """Read one request; return its body as JSON, or None."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    length = _content_length(head)
    while len(body) < length:
        body += await stream.receive()
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return min(int(value), 1 << 20)
    return 0


def _id(request: Any) -> Any:
    return request.get("id") if isinstance(request, dict) else None


async def _send_json(stream: SocketStream, status: int, value: Any) -> None:
    await _send(stream, status, json.dumps(value).encode(), {"content-type": "application/json"})


async def _send(stream: SocketStream, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    lines = [f"HTTP/1.1 {status} Calibrated", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    await stream.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
