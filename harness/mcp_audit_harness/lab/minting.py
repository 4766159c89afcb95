"""Tokens that the auditor signs itself, where the operator hands over the key of a test issuer.

The key file is a private key as PEM, or what `mcp-audit issuer` writes: a JSON object with `key` (PEM or JSON Web Key)
and, each optional, `issuer`, `resource`, `claims` (of an ordinary token) and `low_scope`. What it does not say is taken
from the operator's own token.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from ..errors import HarnessError
from ..model import JsonObject
from .jose import SigningKey, compact, parse

LIFETIME_S = 600
DATES = ("exp", "nbf", "iat")
"""Claims that are told in seconds from now."""


@dataclass(frozen=True, slots=True)
class Mint:
    """Signs tokens like the operator's own, or with one thing changed."""

    key: SigningKey
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    low_scope: str = ""

    @classmethod
    def read(cls, path: str, own: str = "", resource: str = "") -> Self:
        """Read a key file; `own` is the operator's token, `resource` the URL of the target.

        Raises:
            HarnessError: if it cannot be read, holds no key, or nothing says who issues tokens.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
            given: Any = {"key": text} if text.lstrip().startswith("-----BEGIN") else json.loads(text)
        except (OSError, ValueError) as error:
            raise HarnessError(f"the key file {path} cannot be read: {error}") from error
        if not isinstance(given, dict) or not isinstance(given.get("key"), str | dict):
            raise HarnessError(f"the key file {path} holds no key")
        key, token = SigningKey.load(given["key"]), parse(own)
        header: JsonObject = {"typ": "at+jwt", **({"kid": key.kid} if key.kid else {})}
        usual: JsonObject = {"sub": "mcp-audit", "client_id": "mcp-audit"}
        said = {"iss": given.get("issuer"), "aud": given.get("resource") or resource, **(given.get("claims") or {})}
        claims = {**usual, **{name: value for name, value in said.items() if value}}
        if token is not None:
            header = {**header, **token.header}
            claims = {**claims, **token.claims}
        if "iss" not in claims:
            raise HarnessError(f"neither the key file {path} nor a token of the operator says who issues tokens")
        low_scope = str(given.get("low_scope") or "")
        return cls(key, {**header, "alg": key.algorithm}, claims, low_scope or _lower(claims.get("scope")))

    def token(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        stranger: bool = False,
    ) -> str:
        """Return a token; None in `changes` or `header` leaves something out, dates are in seconds from now.

        `stranger` signs it with another key of the same kind, which nobody knows.
        """
        now = int(time.time())
        ordinary = {**self.claims, "iat": 0, "nbf": None, "exp": LIFETIME_S, "jti": secrets.token_hex(8)}
        claims = {name: value for name, value in {**ordinary, **(changes or {})}.items() if value is not None}
        dated = {name: now + value if name in DATES else value for name, value in claims.items()}
        headed = {name: value for name, value in {**self.header, **(header or {})}.items() if value is not None}
        return compact(headed, dated, (_stranger(self.key.algorithm) if stranger else self.key).sign)

    def for_identity(self, name: str) -> str | None:
        """Return a token for one of `model.target.IDENTITIES`; None where nobody can say what it would hold."""
        if name == "second":
            return self.token({"sub": f"{self.claims.get('sub', 'mcp-audit')}-second"})
        if name == "foreign-audience":
            return self.token({"aud": "https://other.example/mcp"})
        return self.token({"scope": self.low_scope}) if name == "low-scope" and self.low_scope else None


@cache
def _stranger(algorithm: str) -> SigningKey:
    """Return a key that no issuer has; drawing one takes a while."""
    return SigningKey.draw(algorithm)


def _lower(scope: Any) -> str:
    """Return one of several scopes; empty where there is no smaller part."""
    words = scope.split() if isinstance(scope, str) else []
    return min(words) if len(words) > 1 else ""
