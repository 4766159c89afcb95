"""What every answer says to browsers, and what is too much to say to this server."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oraclepack_mcp.http.settings import LimitSettings
from oraclepack_mcp.protocol.callers import Scheme
from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of

METHODS: Final = "GET, POST, DELETE"
REQUEST_HEADERS: Final = (
    "Authorization, Content-Type, Last-Event-ID, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name"
)
EXPOSED: Final = "Mcp-Session-Id, WWW-Authenticate, Retry-After"
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_NO_STORE: Final = (b"cache-control", b"no-store")
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_PREFLIGHT_SECONDS: Final = "600"


class HeaderLimits:
    """The layer that refuses requests with too many headers, or too large ones."""

    def __init__(self, app: ASGIApp, limits: LimitSettings) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if scope["type"] == "http" and self._are_too_many(scope["headers"]):
            sentence = "The headers of the request are too many or too large."
            refused = HttpRefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, sentence)
            await answer_of(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _are_too_many(self, headers: list[tuple[bytes, bytes]]) -> bool:
        size = sum(len(name) + len(value) for name, value in headers)
        return len(headers) > self._limits.max_headers or size > self._limits.max_header_bytes


class SecurityHeaders:
    """The layer that puts security headers on every answer, and lets pages of the allowed origins read it (CORS).

    No other origin gets a CORS header, and nobody credentials: a token is sent by the page itself, or not at all.
    """

    def __init__(self, app: ASGIApp, *, allowed_origins: Iterable[str] = (), scheme: Scheme = "http") -> None:
        self._app = app
        self._allowed_origins = frozenset(allowed_origins)
        self._fixed = (*_ALWAYS, _HSTS) if scheme == "https" else _ALWAYS
        self._names = frozenset(name for name, _ in self._fixed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = self._welcome(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._decorated(message.get("headers", ()), origin)}
            await send(message)

        asks_first = scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope)
        app = _preflight() if asks_first and origin else self._app
        await app(scope, receive, send_with_headers)

    def _welcome(self, scope: Scope) -> str | None:
        if not self._allowed_origins:
            return None
        origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
        return origins[0] if len(origins) == 1 and origins[0].lower() in self._allowed_origins else None

    def _decorated(self, given: Iterable[tuple[bytes, bytes]], origin: str | None) -> list[tuple[bytes, bytes]]:
        fields = [pair for pair in given if pair[0].lower() not in self._names]
        fields.extend(self._fixed)
        if not any(name.lower() == b"cache-control" for name, _ in fields):
            fields.append(_NO_STORE)
        if self._allowed_origins:
            headers = MutableHeaders(raw=fields)
            headers.add_vary_header("Origin")
            if origin:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = EXPOSED
        return fields


def _preflight() -> Response:
    """The answer to a browser that asks what a page may do."""
    return Response(
        status_code=HTTPStatus.NO_CONTENT,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        },
    )
