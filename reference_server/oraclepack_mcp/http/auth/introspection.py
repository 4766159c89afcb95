"""Verifying tokens by asking the authorization server (RFC 7662)."""

import json
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus

import httpx2
from mcp.server.auth.provider import AccessToken, TokenVerifier

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.http.auth.claims import access_of
from oraclepack_mcp.http.auth.fetching import Guard, fetch, unguarded
from oraclepack_mcp.http.auth.settings import AuthSettings, IntrospectionSettings


class IntrospectionVerifier(TokenVerifier):
    """Takes tokens that the authorization server calls active, and that are for this server.

    Answers are remembered for a while under a hash of the token, the refusals too. `clock` tells the time of day.
    """

    def __init__(
        self,
        settings: AuthSettings,
        introspection: IntrospectionSettings,
        client: httpx2.AsyncClient,
        *,
        guard: Guard = unguarded,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._introspection = introspection
        self._client = client
        self._authorization = _basic(introspection.client_id, introspection.client_secret())
        self._guard = guard
        self._clock = clock
        self._remembered: OrderedDict[bytes, tuple[float, AccessToken | None]] = OrderedDict()

    async def verify_token(self, token: str) -> AccessToken | None:
        """The access that a token gives; None for a token that is not good.

        Raises:
            DomainError: UNAVAILABLE, the authorization server cannot be asked.
        """
        name = sha256(token.encode()).digest()
        now = self._clock()
        until, access = self._remembered.get(name, (0.0, None))
        if until <= now:
            access = self._judge(await self._ask(token), now)
            self._remember(name, access, now)
        if access is not None and access.expires_at is not None and access.expires_at < now:
            return None
        return access

    async def _ask(self, token: str) -> Mapping[str, Any]:
        request = self._client.build_request(
            "POST",
            self._introspection.url,
            data={"token": token, "token_type_hint": "access_token"},
            headers={"Accept": "application/json", "Authorization": self._authorization},
        )
        with self._guard():
            raw = await fetch(self._client, request)
            try:
                answer = json.loads(raw)
            except (ValueError, RecursionError):
                answer = None
            if not isinstance(answer, dict):
                raise DomainError("UNAVAILABLE", "the authorization server gave no answer about a token")
        return answer

    def _judge(self, answer: Mapping[str, Any], now: float) -> AccessToken | None:
        if answer.get("active") is not True or answer.get("iss", self._settings.issuer) != self._settings.issuer:
            return None
        begins = answer.get("nbf", 0)
        if not isinstance(begins, int | float) or begins > now + self._settings.leeway_s:
            return None
        return access_of(answer, self._settings)

    def _remember(self, name: bytes, access: AccessToken | None, now: float) -> None:
        self._remembered[name] = (now + self._introspection.remember_s, access)
        self._remembered.move_to_end(name)
        if len(self._remembered) > self._introspection.remember_tokens:
            self._remembered.popitem(last=False)


def _basic(name: str, secret: str) -> str:
    """The credentials as OAuth wants them in the header: encoded like a form first (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"
