"""Who a token speaks for, as the rest of the server sees it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken, principal_components
from starlette.types import Scope

from oraclepack_mcp.security.scopes import Caller

_MOST: Final = 1_000
"""Callers that are kept, so that a request that asks again who calls is told at once."""


def current_caller() -> Caller | None:
    """The caller of the request that is being served, in any task that serves it; None without authentication.

    The SDK carries the context of each HTTP request over to the task of its session.
    """
    access = get_access_token()
    return caller_of(access) if access else None


def caller_of_request(scope: Scope) -> Caller | None:
    """The caller of an ASGI request; None without authentication."""
    user = scope.get("user")
    return caller_of(user.access_token) if isinstance(user, AuthenticatedUser) else None


def caller_of(access: AccessToken) -> Caller:
    """The caller that a token speaks for; the same subject of another issuer or client is somebody else."""
    client, issuer, subject = principal_components(access)
    return _caller((issuer, client, subject), tuple(access.scopes))


@lru_cache(_MOST)
def _caller(names: Sequence[str | None], scopes: Sequence[str]) -> Caller:
    principal = " ".join(quote(part or "", safe=":/@|.-_~") for part in names)
    return Caller(principal, frozenset(scopes))
