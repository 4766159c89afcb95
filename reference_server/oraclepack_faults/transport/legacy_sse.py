"""Faults in the HTTP+SSE transport of 2024-11-05; those of the first event show to browsers only."""

import itertools
import re

from oraclepack_faults.fault import ASGIApp, Receive, Scope, Send, wraps_http
from oraclepack_faults.transport.asgi import BodyChange, changing_chunks, field

_ENDPOINT = b"event: endpoint"
_ADDRESS = re.compile(rb"data: (/messages\S*)")


def _to_browsers(app: ASGIApp, change: BodyChange) -> ASGIApp:
    """Change the streams of clients that ask for a fresh answer, as the EventSource of browsers does."""
    changed = changing_chunks(app, lambda chunk: change(chunk) if _ENDPOINT in chunk else chunk)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        fresh = scope["type"] == "http" and field(scope, "cache-control") == "no-cache"
        await (changed if fresh else app)(scope, receive, send)

    return served


@wraps_http("sse/no-endpoint-event", "transport")
def greets_first(app: ASGIApp) -> ASGIApp:
    """The stream begins with a greeting in the place of the address for messages."""
    return _to_browsers(app, lambda chunk: chunk.replace(_ENDPOINT, b"event: welcome"))


@wraps_http("sse/foreign-endpoint", "transport")
def names_another_origin(app: ASGIApp) -> ASGIApp:
    """The address for messages is that of another host."""
    return _to_browsers(app, lambda chunk: _ADDRESS.sub(rb"data: http://messages.example\1", chunk))


@wraps_http("sse/guessable-endpoint", "transport")
def counts_sessions(app: ASGIApp) -> ASGIApp:
    """The addresses for messages count the sessions."""
    numbers = itertools.count(1)
    return _to_browsers(app, lambda chunk: _ADDRESS.sub(b"data: /messages?session_id=%d" % next(numbers), chunk))


@wraps_http("sse/message-under-other-name", "transport")
def names_events_by_kind(app: ASGIApp) -> ASGIApp:
    """Log messages are sent as events named log."""

    def renamed(chunk: bytes) -> bytes:
        is_log = b'"notifications/message"' in chunk
        return chunk.replace(b"event: message", b"event: log") if is_log else chunk

    changed = changing_chunks(app, renamed)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        older = scope["type"] == "http" and scope["path"] == "/sse"
        await (changed if older else app)(scope, receive, send)

    return served
