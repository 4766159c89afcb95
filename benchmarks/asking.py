"""Requests of both eras as bytes, and one of them sent and read, so that what is measured is known to be right."""

import http.client
import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

TIMEOUT_SECONDS: Final = 30.0
_CLIENT: Final = {"name": "benchmark", "version": "1"}
_META: Final = "io.modelcontextprotocol/"


class Era(StrEnum):
    """A revision of each era."""

    HANDSHAKE = "2025-11-25"
    STATELESS = "2026-07-28"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; the same in both eras."""

    method: str
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def body(self, era: Era, number: int) -> str:
        """The JSON-RPC message."""
        params: dict[str, Any] = {"name": self.tool, "arguments": dict(self.arguments)} if self.tool else {}
        if era is Era.STATELESS:
            said = {"protocolVersion": era.value, "clientCapabilities": {}, "clientInfo": _CLIENT}
            params["_meta"] = {f"{_META}{key}": value for key, value in said.items()}
        return json.dumps({"jsonrpc": "2.0", "id": number, "method": self.method, "params": params})

    def headers(self, era: Era, session: str | None = None) -> dict[str, str]:
        """The headers of the request, without credentials."""
        headers = _headers(era, session)
        if era is Era.STATELESS:
            headers["mcp-method"] = self.method
            if self.tool:
                headers["mcp-name"] = self.tool
        return headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    message: Any
    """The JSON-RPC message, or None without one."""
    body_bytes: int

    @property
    def described(self) -> str:
        """How long it is, and whether it is an event stream."""
        streamed = self.headers.get("content-type", "").startswith("text/event-stream")
        return f"{self.body_bytes}, events" if streamed else str(self.body_bytes)

    @property
    def result(self) -> dict[str, Any]:
        """The result of a request that succeeded.

        Raises:
            RuntimeError: it did not.
        """
        result = self.message.get("result") if isinstance(self.message, dict) else None
        if self.status != http.client.OK or not isinstance(result, dict) or result.get("isError"):
            raise RuntimeError(f"refused with status {self.status}: {self.message}")
        return result


def ask(url: str, headers: Mapping[str, str], body: str) -> Answer:
    """POST one message over a connection of its own and read the whole answer, JSON or an event stream."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path, body, dict(headers))
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    kind = response.headers.get_content_type()
    return Answer(
        response.status,
        {key.lower(): value for key, value in response.getheaders()},
        _message(kind, content.decode()),
        len(content),
    )


def open_session(url: str, credentials: Mapping[str, str], accept: str) -> str | None:
    """Shake hands; the id of the session, or None where the server keeps none."""
    era = Era.HANDSHAKE
    params = {"protocolVersion": era.value, "capabilities": {}, "clientInfo": _CLIENT}
    message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    answer = ask(url, {**_headers(era), "accept": accept, **credentials}, json.dumps(message))
    if answer.result.get("protocolVersion") != era.value:
        raise RuntimeError(f"the server speaks {answer.result.get('protocolVersion')}")
    session = answer.headers.get("mcp-session-id")
    ready = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
    ask(url, {**_headers(era, session), "accept": accept, **credentials}, ready)
    return session


def _headers(era: Era, session: str | None = None) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": era.value,
    }
    if session:
        headers["mcp-session-id"] = session
    return headers


def _message(kind: str, content: str) -> Any:
    if kind == "application/json" and content:
        return json.loads(content)
    if kind == "text/event-stream":
        data = [line.removeprefix("data:") for line in content.splitlines() if line.startswith("data:")]
        messages = [json.loads(text) for text in data if text.strip()]
        return next((message for message in messages if "id" in message), None)
    return None
