"""Drives an ASGI app in memory, one exchange at a time, and lets a test see each event as it is sent."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from oraclepack_faults.fault import ASGIApp, Event

HANG = 10.0
"""Seconds after which a test that waits for an event fails."""


@dataclass(slots=True)
class Reply:
    """A complete answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The JSON payloads of an event stream, priming events left out."""
        lines = self.body.decode().replace("\r\n", "\n").split("\n")
        data = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
        return [json.loads(item) for item in data if item]

    @property
    def messages(self) -> list[Any]:
        """The messages of an answer, be it JSON or an event stream."""
        return self.events if self.headers["content-type"].startswith("text/event-stream") else [self.json]


@dataclass(slots=True)
class Flow:
    """An exchange that is under way."""

    to_app: MemoryObjectSendStream[Event]
    from_app: MemoryObjectReceiveStream[Event]
    ended: anyio.Event = field(default_factory=anyio.Event)

    async def next(self) -> Event:
        with anyio.fail_after(HANG):
            return await self.from_app.receive()

    async def disconnect(self) -> None:
        await self.to_app.send({"type": "http.disconnect"})

    async def wait_ended(self) -> None:
        with anyio.fail_after(HANG):
            await self.ended.wait()


def scope_of(method: str, headers: Mapping[str, str], path: str = "/mcp") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


@asynccontextmanager
async def flow(
    app: ASGIApp, method: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> AsyncIterator[Flow]:
    """Begin an exchange; the body is sent, the client stays."""
    to_app, receive = anyio.create_memory_object_stream[Event](100)
    send, from_app = anyio.create_memory_object_stream[Event](1000)
    sent = {"host": "127.0.0.1", "content-length": str(len(body)), **(headers or {})}
    current = Flow(to_app, from_app)

    async def run() -> None:
        await app(scope_of(method, sent), receive.receive, send.send)
        current.ended.set()

    with to_app, receive, send, from_app:
        await to_app.send({"type": "http.request", "body": body, "more_body": False})
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            yield current
            group.cancel_scope.cancel()


async def ask(app: ASGIApp, method: str, body: object = b"", headers: Mapping[str, str] | None = None) -> Reply:
    """Hold one complete exchange; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with flow(app, method, raw, headers) as exchange:
        start = await exchange.next()
        content, more = b"", True
        while more:
            event = await exchange.next()
            content += event.get("body", b"")
            more = event.get("more_body", False)
        await exchange.disconnect()
        await exchange.wait_ended()
    fields = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], fields, content)
