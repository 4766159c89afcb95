"""Values of header fields without the white space around them, which is no part of them (RFC 9110, 5.5).

httptools hands on what stands behind a value, and `mcp` 2.3 compares headers with the body byte by byte, so that it
refuses a correct request whose `Mcp-Name` somebody on the way has padded.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_WHITE: Final = b" \t"


class TrimmedFields:
    """The layer behind which every header is read alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if scope["type"] == "http":
            scope = {**scope, "headers": [(name, value.strip(_WHITE)) for name, value in scope["headers"]]}
        await self._app(scope, receive, send)
