"""A small MCP server whose behaviour under load is known to the request: it stalls, drops, streams, counts sessions."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers import answering, read_request


@dataclass
class LoadedServer:
    """What it does to its requests, and what it has seen."""

    stalls_at: int = 0
    """The request at which everything stops for `stall_s`; 0: none."""
    stall_s: float = 1.0
    drops: int = 0
    """Every so-many-th request is dropped: its connection is closed without an answer; 0: none."""
    ignores: int = 0
    """Likewise never answered."""
    streams: bool = False
    """Answers are event streams, the result after a notification."""
    refuses_sessions: bool = False
    url: str = ""
    requests: int = 0
    dropped: int = 0
    opened: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    connections: int = 0
    headers: list[str] = field(default_factory=list)
    _gate: threading.Lock = field(default_factory=threading.Lock)
    _count: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator["LoadedServer"]:
        """Serve."""
        with answering(self._converse) as url:
            self.url = f"{url}/mcp"
            yield self
            self._over.set()

    def _converse(self, connection: socket.socket) -> None:
        self.connections += 1
        connection.settimeout(20)
        while raw := read_request(connection):
            head, _, body = raw.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            session = next((line.split(": ")[1] for line in lines if line.startswith("mcp-session-id:")), "")
            if lines[0].startswith("DELETE"):
                self.ended.add(session)
                connection.sendall(_http(b"", status="204 No Content"))
            elif not self._answer(connection, json.loads(body), head.decode()):
                return

    def _answer(self, connection: socket.socket, message: dict[str, Any], head: str) -> bool:
        """Answer a message; return whether the connection goes on."""
        if "id" not in message:
            connection.sendall(_http(b"", status="202 Accepted"))
            return True
        result: dict[str, Any] = {"content": []}
        named = ""
        if message["method"] == "initialize":
            if self.refuses_sessions:
                connection.sendall(_http(b"no", status="503 Service Unavailable"))
                return True
            with self._count:
                named = f"session-{len(self.opened)}"
                self.opened.add(named)
            result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {}}
        elif not self._lets_through(head):
            return False
        said = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        connection.sendall(_sse(said) if self.streams else _http(json.dumps(said).encode(), session=named))
        return True

    def _lets_through(self, head: str) -> bool:
        """Count a request and do with it what is planned; return whether it is answered."""
        with self._count:
            self.requests += 1
            number = self.requests
            self.headers.append(head)
        with self._gate:
            if number == self.stalls_at:
                self._over.wait(self.stall_s)
        if self.ignores and number % self.ignores == 0:
            self._over.wait(20)
            return False
        if self.drops and number % self.drops == 0:
            self.dropped += 1
            return False
        return True


def _http(body: bytes, *, status: str = "200 OK", session: str = "", kind: str = "application/json") -> bytes:
    named = f"mcp-session-id: {session}\r\n" if session else ""
    head = f"HTTP/1.1 {status}\r\n{named}content-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _sse(message: dict[str, Any]) -> bytes:
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1, "progressToken": 1}}
    events = "".join(f"event: message\ndata: {json.dumps(each)}\n\n" for each in (progress, message))
    return _http(f": hello\n\n{events}".encode(), kind="text/event-stream; charset=utf-8")
