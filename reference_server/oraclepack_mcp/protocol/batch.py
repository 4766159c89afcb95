"""Batches, which servers of revision 2025-03-26 have to receive and `mcp` 2.3 refuses: each member is posted alone."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Scope

from oraclepack_mcp.protocol.strict import Json, RefusedError, decode


async def answer_batch(
    app: ASGIApp, scope: Scope, members: Sequence[Json | RefusedError], turn: Callable[[Json], anyio.Lock]
) -> list[Json]:
    """Serve the members side by side, each while it holds its `turn`.

    The responses come in the order of the members, with none for notifications; what a server says beside a response
    has no place in the array and is left out.
    """
    answers: list[list[Json]] = [[] for _ in members]

    async def serve(place: int, member: Json | RefusedError) -> None:
        if isinstance(member, RefusedError):
            answers[place] = [member.reply()]
            return
        async with turn(member):
            answers[place] = await _post(app, scope, member)

    async with anyio.create_task_group() as tasks:
        for place, member in enumerate(members):
            tasks.start_soon(serve, place, member)
    return [answer for found in answers for answer in found]


async def _post(app: ASGIApp, scope: Scope, message: Json) -> list[Json]:
    body = json.dumps(message).encode()
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    received = bytearray()
    content_type = ""

    async def receive() -> Message:
        if pending:
            return pending.pop()
        await anyio.sleep_forever()
        raise AssertionError

    async def send(event: Message) -> None:
        nonlocal content_type
        if event["type"] == "http.response.start":
            content_type = dict(event["headers"]).get(b"content-type", b"").decode("latin-1")
        else:
            received.extend(event.get("body", b""))

    headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    await app({**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}, receive, send)
    return [found for found in _messages(bytes(received), content_type) if "method" not in found]


def _messages(body: bytes, content_type: str) -> list[Any]:
    if not content_type.startswith("text/event-stream"):
        return [decode(body)] if body else []
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    return [decode(line.removeprefix(b"data:").strip()) for line in lines if line.startswith(b"data: ")]
