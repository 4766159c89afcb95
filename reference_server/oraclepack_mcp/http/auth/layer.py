"""The layer that lets a request through with whom its token speaks for, and refuses it without a good one."""

from http import HTTPStatus
from typing import Protocol

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.provider import TokenVerifier
from mcp_types import INTERNAL_ERROR
from pydantic import AnyHttpUrl, TypeAdapter
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.http.auth.challenge import Challenge
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.protocol.refusals import HttpRefusedError, answer_of


class Logins(Protocol):
    """Counts the failed attempts of an address."""

    async def check(self, address: str) -> None:
        """Raise an HttpRefusedError for an address with too many."""

    async def failed(self, address: str) -> None:
        """Count one more."""


class Authentication:
    """Every request needs a bearer token in its Authorization header, whatever session it belongs to.

    The SDK compares the audience once more, as `AuthSettings.validate_token_resource` asks it to on servers that it
    builds itself.
    """

    def __init__(
        self, app: ASGIApp, verifier: TokenVerifier, settings: AuthSettings, challenge: Challenge, logins: Logins
    ) -> None:
        resource_url = TypeAdapter(AnyHttpUrl).validate_python(settings.resource_url)
        self._app = AuthContextMiddleware(app)
        self._backend = BearerAuthBackend(verifier, resource_server_url=resource_url)
        self._challenge = challenge
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        try:
            await self._login(scope)
        except HttpRefusedError as refused:
            await answer_of(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _login(self, scope: Scope) -> None:
        connection = HTTPConnection(scope)
        given = connection.headers.getlist("authorization")
        if not given:
            raise self._challenge.no_token()
        if len(given) > 1:
            raise self._challenge.malformed()
        address = address_of(scope)
        await self._logins.check(address)
        try:
            found = await self._backend.authenticate(connection)
        except DomainError as error:
            raise _unavailable(error) from error
        if found is None:
            await self._logins.failed(address)
            raise self._challenge.bad_token()
        scope["auth"], scope["user"] = found


def address_of(scope: Scope) -> str:
    """The address of the client; behind a trusted proxy the one that the proxy names."""
    client = scope.get("client")
    return client[0] if client else ""


def _unavailable(error: DomainError) -> HttpRefusedError:
    retry_after_s = error.details.get("retry_after_s", 1)
    return HttpRefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Tokens cannot be verified at the moment.",
        {"Retry-After": str(retry_after_s)},
        code=INTERNAL_ERROR,
    )
