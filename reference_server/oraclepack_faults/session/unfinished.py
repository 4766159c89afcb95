"""Faults in what becomes of a request that is cancelled, or left by its client, while it runs."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anyio

from oraclepack_faults.fault import (
    DROP,
    PASS,
    ASGIApp,
    Context,
    Event,
    LineReader,
    LineStreams,
    LineWriter,
    Receive,
    Reply,
    Scope,
    Send,
    answers,
    wraps_http,
    wraps_stdio,
)
from oraclepack_faults.transport.asgi import is_handshake
from oraclepack_faults.transport.stdio import Reader

_CANCELLED = "notifications/cancelled"
_CALL = "tools/call"
_LONGEST_S = 5.0
"""How long a request may go on after its client has left."""


@answers("cancellation/goes-on-after-cancel", "session")
def ignores_cancellations(message: Any, context: Context) -> Reply:
    """Cancellations are not heard."""
    del context
    return DROP if isinstance(message, dict) and message.get("method") == _CANCELLED else PASS


@wraps_stdio("cancellation/answers-cancelled-request", "session")
def answers_what_was_cancelled(streams: LineStreams) -> LineStreams:
    """A call that is cancelled is answered with an error."""
    calling: set[object] = set()

    async def read(stdin: LineReader) -> AsyncIterator[str]:
        async for line in stdin:
            method, params, number = _read(line)
            if method == _CALL:
                calling.add(number)
            cancelled = params.get("requestId") if method == _CANCELLED else None
            yield line
            if cancelled in calling:
                error = {"code": -32800, "message": "Request cancelled"}
                await streams.stdout.write(json.dumps({"jsonrpc": "2.0", "id": cancelled, "error": error}) + "\n")
                await streams.stdout.flush()

    return LineStreams(Reader(streams.stdin, read), _Forgetting(streams.stdout, calling))


class _Forgetting:
    """Forgets the calls that are answered."""

    def __init__(self, stdout: LineWriter, calling: set[object]) -> None:
        self._stdout = stdout
        self._calling = calling

    async def write(self, text: str) -> None:
        await self._stdout.write(text)
        message = json.loads(text)
        if isinstance(message, dict) and "method" not in message:
            self._calling.discard(message.get("id"))

    async def flush(self) -> None:
        await self._stdout.flush()


def _read(line: str) -> tuple[object, dict[str, Any], object]:
    """The method, params and id of a line, as far as it has them."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None, {}, None
    if not isinstance(message, dict):
        return None, {}, None
    params, number = message.get("params"), message.get("id")
    plain = number if isinstance(number, str | int) else None
    return message.get("method"), params if isinstance(params, dict) else {}, plain


@wraps_http("http/cancels-on-disconnect", "session")
def takes_leaving_for_a_cancellation(app: ASGIApp) -> ASGIApp:
    """When the connection of a call ends early, the call is cancelled."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        body, answered = bytearray(), False

        async def received() -> Event:
            event = await receive()
            body.extend(event.get("body", b""))
            if event["type"] == "http.disconnect" and not answered:
                method, _, number = _read(body.decode("utf-8", "replace"))
                if method == _CALL:
                    await _post(app, scope, {"method": _CANCELLED, "params": {"requestId": number}})
            return event

        async def sent(event: Event) -> None:
            nonlocal answered
            answered = answered or (event["type"] == "http.response.body" and not event.get("more_body", False))
            await send(event)

        applies = scope["type"] == "http" and scope["method"] == "POST" and is_handshake(scope)
        await app(scope, received if applies else receive, sent if applies else send)

    return served


async def _post(app: ASGIApp, scope: Scope, message: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    pending: list[Event] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Event:
        if pending:
            return pending.pop()
        await anyio.sleep_forever()
        raise AssertionError

    async def send(_: Event) -> None:
        return

    kept = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    headers = [*kept, (b"content-length", str(len(body)).encode())]
    await app({**scope, "headers": headers}, receive, send)


@wraps_http("http/goes-on-after-disconnect", "session")
def never_sees_who_leaves(app: ASGIApp) -> ASGIApp:
    """That the connection of a stateless request has ended is not noticed."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        async def stays() -> Event:
            event = await receive()
            if event["type"] == "http.disconnect":
                await anyio.sleep(_LONGEST_S)
            return event

        applies = scope["type"] == "http" and scope["method"] == "POST" and not is_handshake(scope)
        await app(scope, stays if applies else receive, send)

    return served
