# ruff: noqa: S101 - copied into tests
"""How emitted tests talk to a server over Streamable HTTP. Copied into each file of such tests."""

import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx2

from .parts import Answer, Step

URL = os.environ.get("MCP_URL", "")
HEADERS = json.loads(os.environ.get("MCP_HEADERS", "{}"))
TIMEOUT_S = 5.0
BOTH = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


class Conversation:
    """What is said to the server; sessions are opened when a step needs one."""

    def __init__(self, revision: str, control: Step) -> None:
        self.revision = revision
        self.control = control
        self.sessions: dict[str, str] = {}
        self.client = httpx2.Client(timeout=TIMEOUT_S, headers=HEADERS)

    def __enter__(self) -> Self:
        assert self.is_answered(), f"{URL} does not answer an ordinary request"
        self.sessions.clear()
        return self

    def __exit__(self, *_: object) -> None:
        for session in self.sessions.values():
            try:
                self.client.request("DELETE", URL, headers={"mcp-session-id": session})
            except httpx2.HTTPError:
                continue
        self.client.close()

    def replay(self, steps: list[Step]) -> list[Answer]:
        """Send all steps, one after the other."""
        return [self.send(step) for step in steps]

    def together(self, steps: list[Step]) -> list[Answer]:
        """Send all steps at the same time."""
        for step in steps:
            self._headers(step)
        with ThreadPoolExecutor(len(steps)) as threads:
            return list(threads.map(self.send, steps))

    def is_answered(self) -> bool:
        """Whether the server answers an ordinary request, in the latest session; in a new one if that was ended."""
        latest = list(self.sessions)[-1:]
        headers = [(name, value) for name, value in self.control.headers if name != "mcp-session-id" or not latest]
        headers += [("mcp-session-id", recorded) for recorded in latest]
        answer = self.send(replace(self.control, headers=tuple(headers)))
        if answer.status == 404 and latest:
            self.sessions.clear()
            answer = self.send(self.control)
        return bool(answer.results)

    def send(self, step: Step) -> Answer:
        """Send one step and read what comes back until it is answered."""
        answer, begun = Answer(step), time.monotonic()
        try:
            if step.verb == "BYTES":
                self._raw(step, answer)
            else:
                headers = self._headers(step)
                url = urljoin(URL, step.path) if step.path else URL
                with self.client.stream(step.verb, url, headers=headers, content=step.body or None) as response:
                    self._read(response, answer, begun + TIMEOUT_S)
        except (httpx2.HTTPError, OSError) as error:
            answer.broke = f"{type(error).__name__}: {error}"
        answer.seconds = time.monotonic() - begun
        return answer

    def _headers(self, step: Step) -> list[tuple[bytes, bytes]]:
        needed = next((value for name, value in step.headers if name == "mcp-session-id"), "")
        if needed and needed not in self.sessions:
            self._open(needed)
        live = [(name, self.sessions[value] if name == "mcp-session-id" else value) for name, value in step.headers]
        return [(name.encode(), value.encode()) for name, value in live]

    def _open(self, name: str) -> None:
        info = {"name": "replay", "version": "1"}
        params = {"protocolVersion": self.revision, "capabilities": {}, "clientInfo": info}
        hello = {"jsonrpc": "2.0", "id": "open", "method": "initialize", "params": params}
        opened = self.client.post(URL, headers=BOTH, content=json.dumps(hello))
        self.sessions[name] = opened.headers.get("mcp-session-id", "")
        headers = {**BOTH, "mcp-session-id": self.sessions[name]}
        if self.revision >= "2025-06-18":
            headers["mcp-protocol-version"] = self.revision
        self.client.post(URL, headers=headers, content='{"jsonrpc":"2.0","method":"notifications/initialized"}')

    def _read(self, response: httpx2.Response, answer: Answer, deadline: float) -> None:
        answer.status = response.status_code
        if answer.step.opens and "mcp-session-id" in response.headers:
            self.sessions[answer.step.opens] = response.headers["mcp-session-id"]
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            answer.text = response.read().decode("utf-8", "replace")
            self._take(answer.text, answer, strict=False)
            return
        data: list[str] = []
        for line in response.iter_lines():
            if line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
            elif not line and data:
                self._take("\n".join(data), answer)
                data = []
            if any(item.get("id") == answer.step.rpc_id for item in answer.responses) or time.monotonic() > deadline:
                return

    @staticmethod
    def _take(text: str, answer: Answer, *, strict: bool = True) -> None:
        try:
            answer.messages.append(json.loads(text))
        except ValueError:
            if strict and text.strip():
                answer.strays.append(text)

    @staticmethod
    def _raw(step: Step, answer: Answer) -> None:
        parts: Any = urlsplit(URL)
        with socket.create_connection((parts.hostname, parts.port or 80), timeout=TIMEOUT_S) as connection:
            connection.sendall(step.body)
            connection.settimeout(2.0)
            received = b""
            try:
                while piece := connection.recv(65536):
                    received += piece
            except TimeoutError:
                pass
        answer.text = received.decode("utf-8", "replace")
        words = answer.text.split(" ", 2)
        answer.status = int(words[1]) if len(words) > 2 and words[1].isdigit() else None
        Conversation._take(answer.text.partition("\r\n\r\n")[2], answer, strict=False)
