"""A scripted MCP endpoint over Streamable HTTP, and a way to talk to one and see what was recorded."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mcp_audit_harness.model import Exchange, HttpTarget, JsonObject, Revision, SchemaViolation
from mcp_audit_harness.session.bounds import Bounds
from mcp_audit_harness.session.http import HttpConnector
from mcp_audit_harness.session.transcript import Transcript

Message = MutableMapping[str, Any]
Talk = Callable[[HttpConnector], Awaitable[Any]]


def no_schema(message: JsonObject, revision: Revision, asked: str | None) -> tuple[SchemaViolation, ...]:
    """Find nothing wrong with a message: the wire schema has tests of its own."""
    return ()


def talk(url: str, conversation: Talk, **target: Any) -> tuple[Exchange, ...]:
    """Hold a conversation; return everything that was recorded."""
    transcript = Transcript(secrets=[value for _, value in target.get("headers", ())], tap=no_schema)
    bounds = Bounds(body_bytes=200_000, probe_timeout_s=5.0)

    async def run() -> None:
        connector = HttpConnector(HttpTarget(url, **target), transcript, bounds)
        try:
            await conversation(connector)
        finally:
            await connector.aclose()

    asyncio.run(run())
    return transcript.exchanges


class Toy:
    """A scripted MCP endpoint: answers initialize, then whatever `methods` says; keeps what it was sent."""

    def __init__(self, **methods: Any) -> None:
        self.methods = methods
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.replied = asyncio.Event()
        self.poked = asyncio.Event()

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self._send = send
        body = b""
        while (event := await receive()).get("more_body") or event.get("body"):
            body += event["body"]
            if not event.get("more_body"):
                break
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        message = json.loads(body) if body else None
        self.requests.append((scope["method"], headers, message))
        await self.respond(scope["method"], message)

    async def respond(self, verb: str, message: Any) -> None:
        method = message.get("method") if isinstance(message, dict) else None
        handler = (
            self.methods.get(verb.lower()) if verb != "POST" else self.methods.get((method or "").replace("/", "_"))
        )
        if handler is not None:
            await handler(self, message)
        elif method == "initialize":
            result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {}, "serverInfo": {}}
            await self.json({"jsonrpc": "2.0", "id": message["id"], "result": result}, session="s-1")
        elif isinstance(message, dict) and "method" not in message:
            self.replied.set()
            await self.start(202)
            await self.end()
        else:
            await self.start(202 if verb == "POST" else 204)
            await self.end()

    async def start(self, status: int, *headers: tuple[bytes, bytes]) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": list(headers)})

    async def end(self, body: bytes = b"", *, more: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def json(self, value: Any, *, status: int = 200, session: str = "") -> None:
        extra = [(b"mcp-session-id", session.encode())] if session else []
        await self.start(status, (b"content-type", b"application/json"), *extra)
        await self.end(json.dumps(value).encode())

    async def events(self) -> Callable[[Any], Awaitable[None]]:
        send = self._send
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
        await send(start)

        async def emit(value: Any) -> None:
            text = value if isinstance(value, str) else f"data: {json.dumps(value)}\n\n"
            body = text.encode() if value is not None else b""
            await send({"type": "http.response.body", "body": body, "more_body": value is not None})

        return emit


def result(message: Any, value: Any = None) -> Any:
    return {"jsonrpc": "2.0", "id": message["id"], "result": value or {}}
