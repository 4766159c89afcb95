"""Handshake-era sessions with several workers: a session lives in the memory of one, and its requests go there.

The id that a client is given is the one of the SDK behind the number of its worker: `2.0123abcd…`. A worker that gets a
request for the session of another passes it on over that worker's private UNIX socket, both bodies as they come, and
hangs up there when the client leaves. What is checked of a request is checked by the worker that serves it.
"""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION: Final = b"mcp-session-id"
_ORIGIN: Final = b"x-oraclepack-origin"
"""Carries the addresses of the first connection over the second; only read on the private socket."""
_NUMBERED: Final = re.compile(rb"(\d{1,3})\.[!-~]+")
_OF_THE_HOP: Final = frozenset(
    {b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"}
)
_NOT_PASSED_BACK: Final = _OF_THE_HOP | {b"transfer-encoding", b"date"}
_TIMEOUT: Final = {"connect": 5.0, "read": None, "write": None, "pool": None}


class SessionRouter:
    """The app of one worker among several.

    `directory` holds the sockets, each named by `socket_of`; `workers` is how many there are.
    """

    def __init__(self, app: ASGIApp, number: int, workers: int, directory: Path) -> None:
        self._app = app
        self._number = number
        self._workers = workers
        self._directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that came from a client."""
        owner = _owner(scope) if scope["type"] == "http" else None
        if owner is None or owner == self._number or owner >= self._workers:
            await self._serve(scope, receive, send)
        else:
            await _Forward(socket_of(self._directory, owner), scope, receive, send).run()

    async def arrivals(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that another worker passed on."""
        headers = dict(scope["headers"])
        origin = json.loads(headers[_ORIGIN])
        scope = {
            **scope,
            "scheme": origin["scheme"],
            "server": tuple(origin["server"]),
            "client": tuple(origin["client"]) if origin["client"] else None,
            "headers": [pair for pair in scope["headers"] if pair[0] != _ORIGIN],
        }
        await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def number(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (name, b"%d.%s" % (self._number, value) if name.lower() == SESSION else value)
                    for name, value in message.get("headers", ())
                ]
                message = {**message, "headers": headers}
            await send(message)

        headers = [(name, self._bare(value) if name == SESSION else value) for name, value in scope["headers"]]
        await self._app({**scope, "headers": headers}, receive, number)

    def _bare(self, session: bytes) -> bytes:
        return session.removeprefix(b"%d." % self._number) or session


def socket_of(directory: Path, number: int) -> Path:
    """Where a worker takes what others pass on."""
    return directory / f"{number}.sock"


class _Forward:
    """One request on its way to the worker that has its session."""

    def __init__(self, path: Path, scope: Scope, receive: Receive, send: Send) -> None:
        self._path = path
        self._scope = scope
        self._receive = receive
        self._send = send
        self._sent = anyio.Event()
        self._started = False

    async def run(self) -> None:
        """Pass the request on, and the answer back; a worker that is gone took its sessions with it."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch, tasks.cancel_scope)
                await self._exchange(tasks.cancel_scope)
                tasks.cancel_scope.cancel()
        except* httpx2.ConnectError:
            await self._answer(_failure(404, "There is no such session."))
        except* httpx2.TransportError:
            if self._started:
                raise
            await self._answer(_failure(502, "The session ended while it was asked."))

    async def _exchange(self, scope: anyio.CancelScope) -> None:
        request = httpx2.Request(
            self._scope["method"],
            httpx2.URL(scheme="http", host="worker", raw_path=self._target()),
            headers=self._headers(),
            content=self._body(scope) if self._has_body() else None,
            extensions={"timeout": _TIMEOUT},
        )
        if not self._has_body():
            self._sent.set()
        async with httpx2.AsyncHTTPTransport(uds=str(self._path)) as transport:
            response = await transport.handle_async_request(request)
            headers = [(name.lower(), value) for name, value in response.headers.raw]
            headers = [pair for pair in headers if pair[0] not in _NOT_PASSED_BACK]
            self._started = True
            await self._send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            async for chunk in response.aiter_raw():
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _body(self, scope: anyio.CancelScope) -> AsyncIterator[bytes]:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                scope.cancel()
                await anyio.lowlevel.checkpoint()
            yield message.get("body", b"")
            if not message.get("more_body", False):
                break
        self._sent.set()

    async def _watch(self, scope: anyio.CancelScope) -> None:
        await self._sent.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        scope.cancel()

    def _target(self) -> bytes:
        query: bytes = self._scope["query_string"]
        path: bytes = self._scope["raw_path"]
        return path + b"?" + query if query else path

    def _headers(self) -> list[tuple[bytes, bytes]]:
        origin = {name: self._scope.get(name) for name in ("scheme", "server", "client")}
        kept = [pair for pair in self._scope["headers"] if pair[0] not in _OF_THE_HOP and pair[0] != _ORIGIN]
        return [*kept, (_ORIGIN, json.dumps(origin).encode())]

    def _has_body(self) -> bool:
        return any(name in {b"content-length", b"transfer-encoding"} for name, _ in self._scope["headers"])

    async def _answer(self, response: Response) -> None:
        await response(self._scope, self._receive, self._send)


def _owner(scope: Scope) -> int | None:
    """The worker whose session a request names, if it names one session in the way of `SessionRouter`."""
    named = [value for name, value in scope["headers"] if name == SESSION]
    found = _NUMBERED.fullmatch(named[0]) if len(named) == 1 else None
    return int(found[1]) if found else None


def _failure(status: int, sentence: str) -> Response:
    content: dict[str, Any] = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": sentence}}
    return JSONResponse(content, status_code=status)
