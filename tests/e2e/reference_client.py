"""A client of the reference server that says exactly what a test asks it to."""

import json
import ssl
from typing import Any

import httpx2

MODERN = "2026-07-28"
JSON_AND_SSE = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def request(method: str, params: dict[str, Any] | None = None, identity: object = 1) -> dict[str, Any]:
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": identity, "method": method}
    return message if params is None else {**message, "params": params}


def initialize(revision: str) -> dict[str, Any]:
    client = {"name": "test", "version": "1"}
    return request("initialize", {"protocolVersion": revision, "capabilities": {}, "clientInfo": client})


def events(response: httpx2.Response) -> list[Any]:
    """The messages of an answer, be it JSON or an event stream."""
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        lines = [line for line in response.text.splitlines() if line.startswith("data: ")]
        return [json.loads(line.removeprefix("data: ")) for line in lines]
    return [json.loads(response.text)]


def code(response: httpx2.Response) -> int:
    """The error code of an answer, whose message is one short line."""
    error = events(response)[0]["error"]
    assert "\n" not in error["message"]
    assert len(error["message"]) < 200
    found: int = error["code"]
    return found


class Client:
    """Raw requests to one server."""

    def __init__(self, url: str, verify: ssl.SSLContext | bool = True) -> None:
        self.url = url
        self.http = httpx2.Client(timeout=10, verify=verify)

    def post(self, body: object, headers: dict[str, str] | None = None) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(self.url, content=content, headers={**JSON_AND_SSE, **(headers or {})})

    def open(self, revision: str) -> dict[str, str]:
        """Start a session; gives the headers of its requests."""
        response = self.post(initialize(revision))
        assert events(response)[0]["result"]["protocolVersion"] == revision
        headers = {"Mcp-Session-Id": response.headers["mcp-session-id"]}
        if revision >= "2025-06-18":
            headers["MCP-Protocol-Version"] = revision
        assert self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers).status_code == 202
        return headers

    def ask(self, revision: str, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request in its own session, or stateless; gives the response message."""
        stateless = revision == MODERN
        posted = (
            self.stateless(method, params) if stateless else self.post(request(method, params), self.open(revision))
        )
        answer: dict[str, Any] = events(posted)[0]
        return answer

    def stateless(
        self, method: str, params: dict[str, Any] | None = None, headers: dict[str, str] | None = None, **meta: Any
    ) -> httpx2.Response:
        given = params or {}
        standard = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        name = given.get("name") or given.get("uri")
        if isinstance(name, str) and method in {"tools/call", "prompts/get", "resources/read"}:
            standard["Mcp-Name"] = name
        sent = {key: value for key, value in {**META, **meta}.items() if value is not None}
        return self.post(request(method, {**given, "_meta": sent}), {**standard, **(headers or {})})
