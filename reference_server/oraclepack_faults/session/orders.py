"""Faults that show only where messages come in a certain order."""

from typing import Any, Final

from oraclepack_faults.fault import (
    PASS,
    Answer,
    ASGIApp,
    Context,
    Receive,
    Reply,
    Scope,
    Send,
    answers,
    wraps_http,
)
from oraclepack_faults.transport.asgi import SESSION, field, is_handshake, respond

_CANCELLED: Final = "notifications/cancelled"
_INITIALIZED: Final = "notifications/initialized"


def _follows(message: Any, context: Context, *order: str) -> bool:
    """Whether a request directly follows messages of these methods, in this order."""
    method = message.get("method") if isinstance(message, dict) else None
    said: list[Any] = context.session.setdefault("said", [])
    found = said[-len(order) :] == list(order) and isinstance(message, dict) and "id" in message
    said.append(method)
    del said[: -len(order)]
    return found


@answers("fuzz/breaks-lifecycle", "session")
def takes_second_cancellation_for_its_own(message: Any, context: Context) -> Reply:
    """The request after two cancellations in a row is taken for cancelled."""
    if _follows(message, context, _CANCELLED, _CANCELLED):
        return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32600, "message": "Cancelled"}}
    return PASS


@answers("fuzz/forgets-session", "session")
def begins_anew_after_cancellation(message: Any, context: Context) -> Reply:
    """The session is forgotten when a cancellation is followed by a late notifications/initialized."""
    if context.era != "stateless" and _follows(message, context, _CANCELLED, _INITIALIZED):
        context.session["forgotten"] = True
    return Answer(None, status=404) if context.session.get("forgotten") else PASS


@wraps_http("fuzz/serves-ended-session", "session")
def revives_session_by_second_end(app: ASGIApp) -> ASGIApp:
    """A session that is ended twice goes on."""
    ends: dict[str, int] = {}

    async def reviving(scope: Scope, receive: Receive, send: Send) -> None:
        given = field(scope, SESSION) if scope["type"] == "http" else None
        if given is None or not is_handshake(scope):
            await app(scope, receive, send)
        elif scope["method"] == "DELETE":
            ends[given] = ends.get(given, 0) + 1
            await respond(send, 200 if ends[given] == 1 else 404)
        elif ends.get(given) == 1:
            await respond(send, 404)
        else:
            await app(scope, receive, send)

    return reviving
