"""The answer to one request over HTTP: one JSON body, or a stream of events from the first notification on."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import anyio
from mcp_types import RequestId
from pydantic_core import to_json
from starlette.types import Send

PING_SECONDS: Final = 15.0
"""Seconds between two signs of life on a stream; a handler that is silent for as long has its stream begun."""

_STREAM_HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
)


class WholeList(list[Any]):
    """The list of an answer that is always the same."""

    @cached_property
    def json(self) -> bytes:
        """Its JSON, which is made once."""
        return to_json(self)


class Reply:
    """What is sent for one request; several tasks may notify at once."""

    def __init__(self, identity: RequestId, send: Send) -> None:
        self._identity = identity
        self._send = send
        self._writing: anyio.Lock | None = None
        """Held while an event is written; there is none as long as there is no stream."""
        self._is_over = False

    async def notify(self, method: str, params: Mapping[str, Any] | None) -> None:
        """Send a notification, unless the answer is out already."""
        told = {"jsonrpc": "2.0", "method": method}
        await self._write(to_json(told if params is None else {**told, "params": params}))

    async def keep_open(self) -> None:
        """Show now and then that the request is being worked on; runs until it is cancelled."""
        while True:
            await anyio.sleep(PING_SECONDS)
            await self._write(None)

    async def complete(self, result: Mapping[str, Any]) -> None:
        """Answer with a result."""
        await self._finish(b'"result":' + _encoded(result), 200)

    async def refuse(self, error: Mapping[str, Any], status: int) -> None:
        """Answer with an error; the status is that of an answer without a stream."""
        await self._finish(b'"error":' + to_json(error), status)

    async def _finish(self, member: bytes, status: int) -> None:
        body = b'{"jsonrpc":"2.0","id":%b,%b}' % (to_json(self._identity), member)
        if self._writing is not None:
            async with self._writing:
                self._is_over = True
                await self._send({"type": "http.response.body", "body": _event(body), "more_body": False})
            return
        self._is_over = True
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _write(self, data: bytes | None) -> None:
        """Write one event, or a comment where there is nothing to say; the first begins the stream."""
        if self._is_over:
            return
        begins = self._writing is None
        self._writing = self._writing or anyio.Lock()
        async with self._writing:
            if begins:
                headers = list(_STREAM_HEADERS)
                await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            if not self._is_over:
                chunk = b": ping\r\n\r\n" if data is None else _event(data)
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})


def _event(data: bytes) -> bytes:
    return b"event: message\r\ndata: %b\r\n\r\n" % data


def _encoded(result: Mapping[str, Any]) -> bytes:
    """A result as JSON; lists that know their JSON are not encoded again."""
    if not any(isinstance(value, WholeList) for value in result.values()):
        return to_json(result)
    members = (
        b"%b:%b" % (to_json(name), value.json if isinstance(value, WholeList) else to_json(value))
        for name, value in result.items()
    )
    return b"{%b}" % b",".join(members)
