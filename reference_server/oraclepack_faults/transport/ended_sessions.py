"""Faults in what becomes of the messages of a session that has ended."""

from typing import Final

from oraclepack_faults.fault import ASGIApp, Receive, Scope, Send, wraps_http
from oraclepack_faults.transport.asgi import SESSION, field, respond
from oraclepack_faults.transport.authorization import read_whole

_OUTAGE: Final = 2
"""Openings that find the server down."""


@wraps_http("robustness/dies-of-ended-session", "transport")
def reads_on_after_the_end(app: ASGIApp) -> ASGIApp:
    """A notification that arrives when its session has just ended brings the server down for a while."""
    ended: set[str] = set()
    outage = 0

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal outage
        session = field(scope, SESSION) if scope["type"] == "http" else None
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        if outage and is_post and session is None:
            outage -= 1
            await respond(send, 503)
            return
        if session is not None and not is_post and scope["method"] == "DELETE":
            ended.add(session)
        if is_post and session in ended:
            body, receive = await read_whole(receive)
            if b'"id"' not in body:
                outage = _OUTAGE
        await app(scope, receive, send)

    return served
