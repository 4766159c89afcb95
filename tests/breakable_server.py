"""A small server, over stdio or HTTP, whose every tool does wrong what its name says if it is `broken`."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

OUTPUT_SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
SEEN: set[str] = set()
LATEST: dict[str, Any] = {}


def answer(message: dict[str, Any], *, broken: bool) -> dict[str, Any] | None:
    """Return the response to a message; None for notifications, and where the server ends."""
    if "id" not in message:
        return None
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "initialize":
        info = {"name": "breakable", "version": "1"}
        version = message["params"]["protocolVersion"]
        return {**reply, "result": {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}}
    if message["method"] != "tools/call":
        return {**reply, "result": {}}
    params = message["params"]
    n = params["arguments"].get("n", 0)
    return {**reply, **_called(params["name"], n, broken=broken)}


def _called(name: str, n: Any, *, broken: bool) -> dict[str, Any]:
    right: dict[str, Any] = {"result": {"content": [{"type": "text", "text": str(n)}], "structuredContent": {"n": n}}}
    wrong = {"error": {"code": -32602, "message": "n has to be positive"}}
    if name == "mixes":
        LATEST["n"] = n
        time.sleep(0.1)
        return {"result": {"content": [{"type": "text", "text": str(LATEST["n"] if broken else n)}]}}
    if not broken:
        return wrong if name in {"internal", "accepts", "trace"} else right
    return _wrongly(name, right, wrong)


TRACE = 'Traceback (most recent call last):\n  File "/srv/app.py", line 3'
WRONG: dict[str, dict[str, Any]] = {
    "internal": {"error": {"code": -32603, "message": "Internal error"}},
    "trace": {"error": {"code": -32602, "message": TRACE}},
    "output": {"result": {"content": [], "structuredContent": {"n": "x"}}},
    "odd": {"result": {"content": "no list"}},
}


def _wrongly(name: str, right: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    match name:
        case "wrong_id":
            return {**right, "id": 999}
        case "noisy":
            sys.stdout.write("debug: called\n")
        case "slow":
            time.sleep(1.2)
        case "again":
            if name in SEEN:
                return wrong
            SEEN.add(name)
        case "ends":
            sys.exit(1)
    return WRONG.get(name, right)


def serve_lines(*, broken: bool) -> None:
    """Serve standard input and output."""
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line), broken=broken)
        except ValueError:
            reply = {"jsonrpc": "2.0", "id": None, "error": {"code": -32603 if broken else -32700, "message": "no"}}
        if reply is not None:
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    """Streamable HTTP with sessions, and an SSE answer where a tool is called."""

    protocol_version = "HTTP/1.1"
    broken: ClassVar[bool] = False
    sessions: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        """Answer a message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            message = json.loads(body)
        except ValueError:
            self._send(500 if self.broken else 400, b"no JSON", "text/plain")
            return
        session = self.headers.get("mcp-session-id")
        if message.get("method") != "initialize" and session not in self.sessions:
            self._send(404, b"", "text/plain")
            return
        reply = answer(message, broken=self.broken)
        opened: tuple[tuple[str, str], ...] = ()
        if message["method"] == "initialize":
            opened = (("mcp-session-id", f"live-{len(self.sessions)}"),)
            self.sessions.add(opened[0][1])
        if reply is None:
            self._send(202, b"", "text/plain")
        elif message["method"] == "tools/call":
            self._send(200, b"event: message\ndata: " + json.dumps(reply).encode() + b"\n\n", "text/event-stream")
        else:
            self._send(200, json.dumps(reply).encode(), "application/json", opened)

    def do_DELETE(self) -> None:
        """End a session."""
        ended = self.headers.get("mcp-session-id", "")
        if not self.broken:
            self.sessions.discard(ended)
        self._send(200, b"", "text/plain")

    def _send(self, status: int, body: bytes, kind: str, more: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(status)
        for name, value in (("content-type", kind), ("content-length", str(len(body))), *more):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Serving:
    """The server over HTTP, in threads of this process."""

    def __init__(self, *, broken: bool) -> None:
        handler = type("OneHandler", (Handler,), {"broken": broken, "sessions": set()})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}/mcp"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    serve_lines(broken=sys.argv[1:] == ["broken"])
