"""Faults in which stream a message goes on, and in what is sent again when a stream is taken up."""

from collections.abc import Callable
from typing import Any, TypeAlias

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send, replaces, wraps_http
from oraclepack_faults.transport.asgi import SESSION, changing_chunks, field, is_handshake

_PROGRESS, _STARTED = b'"notifications/progress"', b'"Tool execution started"'
_RETRY = b"retry: 100\r\n"

Streams: TypeAlias = dict[str, Send]
"""The open streams of one session: GET, or the number of a POST."""
Route: TypeAlias = Callable[[bytes, str, Streams], list[str]]
"""From a chunk, the stream that it was meant for, and all that are open, to those that it goes on."""


@replaces("http/replays-another-stream", "transport", "oraclepack_mcp.http.resumption.SessionEvents._after")
def replays_everything(_: Any) -> Any:
    """Taking up a stream brings what followed on any stream of the session."""

    def after(self: Any, __: int, number: int) -> Any:
        return next((event for event in self._events if event.number > number), None)

    return after


@wraps_http("http/stream-not-primed", "transport")
def primes_without_id(app: ASGIApp) -> ASGIApp:
    """The first event of a stream says when to come back, and has no id."""
    return changing_chunks(app, lambda chunk: _RETRY + b"\r\n" if _RETRY in chunk else chunk)


@wraps_http("http/closes-without-retry", "transport")
def never_says_when(app: ASGIApp) -> ASGIApp:
    """No event says when to come back."""
    return changing_chunks(app, lambda chunk: chunk.replace(_RETRY, b""))


def _routing(app: ASGIApp, route: Route) -> ASGIApp:
    """Wrap an app: chunks of its event streams go on those streams of their session that `route` names."""
    sessions: dict[str, Streams] = {}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        session = field(scope, SESSION) if scope["type"] == "http" and is_handshake(scope) else None
        if session is None or scope["method"] == "DELETE":
            await app(scope, receive, send)
            return
        streams = sessions.setdefault(session, {})
        own = "GET" if scope["method"] == "GET" else str(id(send))

        async def sent(event: Event) -> None:
            if event["type"] == "http.response.start":
                if (field(event, "content-type") or "").startswith("text/event-stream"):
                    streams[own] = send
                await send(event)
                return
            chunk = event.get("body", b"")
            names = route(chunk, own, streams) if chunk and own in streams else [own]
            for name in names:
                if name != own:
                    await streams[name]({"type": "http.response.body", "body": chunk, "more_body": True})
            if own in names or not event.get("more_body", False):
                await send(event if own in names else {**event, "body": b""})

        try:
            await app(scope, receive, sent)
        finally:
            if streams.get(own) is send:
                del streams[own]

    return served


@wraps_http("http/message-of-another-request", "transport")
def mixes_up_requests(app: ASGIApp) -> ASGIApp:
    """Progress of a call goes on the stream of another call, if one is open."""

    def route(chunk: bytes, own: str, streams: Streams) -> list[str]:
        others = [name for name in streams if name not in {own, "GET"}]
        return others[:1] if others and own != "GET" and _PROGRESS in chunk else [own]

    return _routing(app, route)


@wraps_http("http/related-message-on-get-stream", "transport")
def reports_on_the_get_stream(app: ASGIApp) -> ASGIApp:
    """Progress of a call goes on the GET stream, if one is open."""
    return _routing(app, lambda chunk, own, streams: ["GET" if _PROGRESS in chunk and "GET" in streams else own])


@wraps_http("http/broadcasts-message", "transport")
def logs_everywhere(app: ASGIApp) -> ASGIApp:
    """While several calls run, the log message that one was started goes on its stream and on the GET stream."""

    def route(chunk: bytes, own: str, streams: Streams) -> list[str]:
        several = len(streams.keys() - {"GET"}) > 1
        return [own, "GET"] if _STARTED in chunk and several and "GET" in streams else [own]

    return _routing(app, route)
