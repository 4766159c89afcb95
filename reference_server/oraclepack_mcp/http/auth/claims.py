"""What a verified token says, as the SDK and the handlers take it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from mcp.server.auth.provider import AccessToken

from oraclepack_mcp.http.auth.settings import AuthSettings

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def access_of(claims: Mapping[str, Any], settings: AuthSettings) -> AccessToken | None:
    """The access that claims give; None where they are not about this server, or leave out whom they are about.

    The token itself is not kept: what nobody has, nobody can pass on. The leeway is part of the expiry, since the SDK
    looks at it again and has none.
    """
    resource = _own_among(claims.get("aud"), settings.resource_url)
    subject, expires_at = claims.get("sub"), claims.get("exp")
    if resource is None or not isinstance(subject, str) or not subject:
        return None
    if not isinstance(expires_at, int | float) or isinstance(expires_at, bool):
        return None
    return AccessToken(
        token="",
        client_id=_client_of(claims),
        scopes=_scopes_of(claims),
        expires_at=int(expires_at) + settings.leeway_s,
        resource=resource,
        subject=subject,
        claims={"iss": settings.issuer},
    )


def _own_among(audience: object, resource_url: str) -> str | None:
    """The audience that is this server, however its scheme, host and port are spelt."""
    named = audience if isinstance(audience, list) else [audience]
    own = _canonical(resource_url)
    return next((entry for entry in named if isinstance(entry, str) and _canonical(entry) == own), None)


def _canonical(url: str) -> tuple[object, ...] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.username, parts.hostname, port, parts.path.removesuffix("/"), parts.query, parts.fragment


def _client_of(claims: Mapping[str, Any]) -> str:
    """The client: `client_id` (RFC 9068), or what OpenID Connect calls the authorized party."""
    return next((value for name in ("client_id", "azp") if isinstance(value := claims.get(name), str)), "")


def _scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """The scopes: `scope` (RFC 9068), or `scp`, which some issuers use; as a text or a list."""
    given = claims.get("scope", claims.get("scp", ""))
    if isinstance(given, str):
        return given.split()
    return [scope for scope in given if isinstance(scope, str)] if isinstance(given, list) else []
