"""What faults need to change HTTP requests and answers on their way."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from oraclepack_faults.fault import ASGIApp, Event, Receive, Scope, Send

SESSION = "mcp-session-id"
REVISION = "mcp-protocol-version"
STATELESS = "2026-07-28"

ScopeChange: TypeAlias = Callable[[Scope], Scope]
StartChange: TypeAlias = Callable[[Scope, Event], Event]
BodyChange: TypeAlias = Callable[[bytes], bytes]


def field(holder: Scope | Event, name: str) -> str | None:
    """Return a header of a request's scope, or of an answer's start."""
    found = (value for key, value in holder.get("headers", ()) if key.lower() == name.encode())
    return next((value.decode("latin-1") for value in found), None)


def is_single(scope: Scope, name: str) -> bool:
    """Whether a request has the header exactly once."""
    found = [value for key, value in scope["headers"] if key.lower() == name.encode()]
    return len(found) == 1 and b"," not in found[0]


def with_fields(holder: Scope | Event, changes: Mapping[str, str | None]) -> Scope:
    """Return a scope or a start with headers replaced; None removes one."""
    kept = [(key, value) for key, value in holder.get("headers", ()) if key.lower().decode("latin-1") not in changes]
    added = [(key.encode(), value.encode("latin-1")) for key, value in changes.items() if value is not None]
    return {**holder, "headers": [*kept, *added]}


def is_handshake(scope: Scope) -> bool:
    """Whether a request does not say that it is of the stateless era."""
    return field(scope, REVISION) != STATELESS


def changing_requests(app: ASGIApp, change: ScopeChange) -> ASGIApp:
    """Wrap an app: it sees HTTP requests as `change` leaves them."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        await app(change(scope) if scope["type"] == "http" else scope, receive, send)

    return changed


def changing_starts(app: ASGIApp, change: StartChange) -> ASGIApp:
    """Wrap an app: status and headers of its answers go out as `change` leaves them."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(event: Event) -> None:
            is_start = scope["type"] == "http" and event["type"] == "http.response.start"
            await send(change(scope, event) if is_start else event)

        await app(scope, receive, sent)

    return changed


def changing_chunks(app: ASGIApp, change: BodyChange) -> ASGIApp:
    """Wrap an app: the chunks of its event streams go out as `change` leaves them."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        streams = False

        async def sent(event: Event) -> None:
            nonlocal streams
            if event["type"] == "http.response.start":
                streams = (field(event, "content-type") or "").startswith("text/event-stream")
            elif event["type"] == "http.response.body" and streams:
                event = {**event, "body": change(event.get("body", b""))}
            await send(event)

        await app(scope, receive, sent)

    return changed


async def respond(send: Send, status: int, body: bytes = b"", content_type: str = "text/plain") -> None:
    """Send a whole answer."""
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
