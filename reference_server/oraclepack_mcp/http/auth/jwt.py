"""Verifying tokens by their signature."""

from typing import Any, Final

import jwt
from mcp.server.auth.provider import AccessToken, TokenVerifier

from oraclepack_mcp.http.auth.claims import access_of
from oraclepack_mcp.http.auth.keys import KeyRing
from oraclepack_mcp.http.auth.settings import AuthSettings

MAX_TOKEN: Final = 16 * 1024
"""Letters of a token."""
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_REQUIRED: Final = ["exp", "iss", "aud", "sub"]


class JwtVerifier(TokenVerifier):
    """Takes tokens that the issuer signed for this server, and that are valid now.

    The key comes from the issuer's set, never from the token: `jku`, `x5u` and `jwk` in its header are not looked at.
    The algorithm has to be an allowed one and the one of that key, so that `none`, and HS256 with a public key for the
    secret, fail before a signature is computed.
    """

    def __init__(self, settings: AuthSettings, keys: KeyRing) -> None:
        self._settings = settings
        self._keys = keys

    async def verify_token(self, token: str) -> AccessToken | None:
        """The access that a token gives; None for a token that is not good.

        Raises:
            DomainError: UNAVAILABLE, there are no keys to judge it by.
        """
        if len(token) > MAX_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header)
            return access_of(self._decode(token, key), self._settings) if key else None
        except (jwt.PyJWTError, RecursionError):  # the second: JSON nested without end, by whoever wrote the token
            return None

    async def _key(self, header: dict[str, Any]) -> jwt.PyJWK | None:
        algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
        if algorithm not in self._settings.algorithms or not isinstance(kind, str) or kind.lower() not in _TYPES:
            return None
        return await self._keys.find(kid, algorithm) if kid is None or isinstance(kid, str) else None

    def _decode(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        """The claims; the audience is left to `access_of`, which compares URLs.

        Raises:
            PyJWTError: the signature, a date or the issuer is not right, or a claim is absent.
        """
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=self._settings.issuer,
            leeway=self._settings.leeway_s,
            options={"require": _REQUIRED, "verify_aud": False, "enforce_minimum_key_length": True},
        )
        return claims
