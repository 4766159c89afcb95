"""Faults in the protection against DNS rebinding."""

from oraclepack_faults.fault import ASGIApp, Receive, Scope, Send, wraps_http


@wraps_http("rebinding/accepts-foreign-origin", "transport")
def accepts_foreign_origin(app: ASGIApp) -> ASGIApp:
    """The server never looks at the Origin header, so any web page may talk to it."""

    async def without_origin(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() != b"origin"]}
        await app(scope, receive, send)

    return without_origin
