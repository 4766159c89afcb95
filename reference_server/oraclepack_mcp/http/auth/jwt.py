"""Verifying tokens by their signature."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import jwt
from mcp.server.auth.provider import AccessToken, TokenVerifier

from oraclepack_mcp.http.auth.claims import access_of
from oraclepack_mcp.http.auth.keys import KeyRing
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.remembered import Remembered

MAX_TOKEN: Final = 16 * 1024
"""Letters of a token."""
MAX_REMEMBERED: Final = 1_000
"""Tokens whose signature need not be computed again."""
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_REQUIRED: Final = ["exp", "iss", "aud", "sub"]


@dataclass(frozen=True, slots=True)
class _Verified:
    """What a good token gave, and the key that it was verified with."""

    access: AccessToken
    key: jwt.PyJWK


class JwtVerifier(TokenVerifier):
    """Takes tokens that the issuer signed for this server, and that are valid now.

    The key comes from the issuer's set, never from the token: `jku`, `x5u` and `jwk` in its header are not looked at.
    The algorithm has to be an allowed one and the one of that key, so that `none`, and HS256 with a public key for the
    secret, fail before a signature is computed.

    A good token is remembered under its hash, and is taken again until it expires or its key is not the issuer's any
    more: signatures are what costs most of a cheap request. A bad one is never remembered. `clock` tells the time of
    day, which only decides whether a token is judged anew.
    """

    def __init__(self, settings: AuthSettings, keys: KeyRing, *, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._verified = Remembered[bytes, _Verified](MAX_REMEMBERED)

    async def verify_token(self, token: str) -> AccessToken | None:
        """The access that a token gives; None for a token that is not good.

        Raises:
            DomainError: UNAVAILABLE, there are no keys to judge it by.
        """
        if len(token) > MAX_TOKEN:
            return None
        name = sha256(token.encode()).digest()
        known = self._verified.get(name)
        if known is not None and await self._is_good_still(known):
            return known.access
        self._verified.forget(name)
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header)
            access = access_of(self._decode(token, key), self._settings) if key else None
        except (jwt.PyJWTError, RecursionError):  # the second: JSON nested without end, by whoever wrote the token
            return None
        if access is not None and key is not None:
            self._verified.put(name, _Verified(access, key))
        return access

    async def _is_good_still(self, known: _Verified) -> bool:
        """Whether the issuer has the very key still, and the time has not come."""
        expires_at = known.access.expires_at
        if expires_at is None or expires_at <= self._clock():
            return False
        return await self._keys.find(known.key.key_id, known.key.algorithm_name) is known.key

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
