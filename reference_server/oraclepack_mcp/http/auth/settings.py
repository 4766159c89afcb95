"""What an operator can set about tokens: who issues them, for what, and how they are verified."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Algorithm: TypeAlias = Literal["RS256", "ES256", "EdDSA"]
"""Signatures whose verifier cannot sign: with a shared secret, every resource server could mint tokens."""


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.fragment or parts.username or parts.password or not parts.hostname:
        raise ValueError("it has to be an absolute URL without user and fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(parts.hostname)):
        raise ValueError("it has to be an https URL; http is for this machine only")
    return url


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Url: TypeAlias = Annotated[str, AfterValidator(_safe_url)]
Seconds: TypeAlias = Annotated[float, Field(gt=0)]


class IntrospectionSettings(BaseModel):
    """Asking the authorization server about each token (RFC 7662)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Url
    client_id: str
    client_secret_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """The variable of the environment that holds the secret, which is in no settings file and no command line."""
    remember_s: Annotated[float, Field(ge=0)] = 30.0
    """Seconds for which an answer is used again; a token that is revoked lives on for as long."""
    remember_tokens: Annotated[int, Field(ge=1)] = 1_000

    def client_secret(self) -> str:
        """The secret that this server shows.

        Raises:
            ValueError: the variable is not set.
        """
        secret = os.environ.get(self.client_secret_variable, "")
        if not secret:
            raise ValueError(f"{self.client_secret_variable} is not set; it holds the secret for token introspection")
        return secret


class AuthSettings(BaseModel):
    """One issuer, this server as the audience, and one way of verifying: keys by URL or file, or introspection."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Url
    """Compared with the claim `iss` as text, so a slash at the end counts."""
    resource_url: Annotated[Url, AfterValidator(lambda url: url.removesuffix("/"))]
    """The URL of this server that clients use, without a slash at the end; tokens name it as their audience."""
    authorization_servers: tuple[Url, ...] = ()
    """Where clients get tokens; the issuer when there are none."""
    jwks_url: Url | None = None
    jwks_file: Path | None = None
    introspection: IntrospectionSettings | None = None
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256", "EdDSA")
    leeway_s: Annotated[int, Field(ge=0, le=300)] = 30
    """Seconds by which the clocks of issuer and server may differ."""
    keys_max_age_s: Seconds = 600.0
    """Seconds after which the keys are fetched again."""
    keys_min_interval_s: Seconds = 30.0
    """Seconds between two fetches at least, however many tokens name unknown keys."""
    timeout_s: Seconds = 5.0
    """Seconds that the authorization server has for an answer."""
    development: bool = False
    """Tokens come from a key on this machine; then the server listens on a loopback address only."""

    @model_validator(mode="after")
    def _one_way(self) -> "AuthSettings":
        if sum(way is not None for way in (self.jwks_url, self.jwks_file, self.introspection)) != 1:
            raise ValueError("tokens are verified in one way: jwks_url, jwks_file or introspection")
        return self

    @property
    def servers(self) -> tuple[str, ...]:
        """The authorization servers that clients are told about."""
        return self.authorization_servers or (self.issuer,)
