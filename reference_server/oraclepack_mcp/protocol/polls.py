"""Answers to requests that poll: one JSON body, where `mcp` 2.3 opens a stream for a single message.

A client that asks how far a task is wants no stream (2025-11-25, basic/utilities/tasks).
"""

from typing import Final

from starlette.types import Message, Send

POLLS: Final = frozenset({"tasks/get"})
_STREAM: Final = b"text/event-stream"
_KEPT: Final = frozenset({b"mcp-session-id"})


def without_stream(send: Send) -> Send:
    """Return what sends a stream that holds one message as that message, and everything else as it is."""
    opening: Message | None = None
    body = bytearray()

    async def sending(event: Message) -> None:
        nonlocal opening
        if event["type"] == "http.response.start" and _streams(event):
            opening = event
        elif opening is None or event["type"] != "http.response.body":
            await send(event)
        else:
            body.extend(event.get("body", b""))
            if not event.get("more_body"):
                await _send_whole(send, opening, bytes(body))

    return sending


def _streams(opening: Message) -> bool:
    return bool(dict(opening["headers"]).get(b"content-type", b"").startswith(_STREAM))


async def _send_whole(send: Send, opening: Message, body: bytes) -> None:
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    data = [line.removeprefix(b"data:").strip() for line in lines if line.startswith(b"data:")]
    messages = [text for text in data if text]  # an event without data only names a place in the stream
    if len(messages) == 1:
        body = messages[0]
        kept = [pair for pair in opening["headers"] if pair[0] in _KEPT]
        length = (b"content-length", str(len(body)).encode())
        opening = {**opening, "headers": [*kept, (b"content-type", b"application/json"), length]}
    await send(opening)
    await send({"type": "http.response.body", "body": body})
