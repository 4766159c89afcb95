"""The verifier that the settings ask for."""

import httpx2
from mcp.server.auth.provider import TokenVerifier

from oraclepack_mcp.http.auth import keys
from oraclepack_mcp.http.auth.fetching import Guard, unguarded
from oraclepack_mcp.http.auth.introspection import IntrospectionVerifier
from oraclepack_mcp.http.auth.jwt import JwtVerifier
from oraclepack_mcp.http.auth.settings import AuthSettings


def build_verifier(settings: AuthSettings, client: httpx2.AsyncClient, guard: Guard = unguarded) -> TokenVerifier:
    """Make the verifier; `client` reaches the authorization server, and `guard` goes around each of its calls.

    Raises:
        ValueError: the secret for introspection is not in the environment.
    """
    if settings.introspection is not None:
        return IntrospectionVerifier(settings, settings.introspection, client, guard=guard)
    ring = keys.KeyRing(
        _source(settings, client, guard),
        settings.algorithms,
        max_age_s=settings.keys_max_age_s,
        min_interval_s=settings.keys_min_interval_s,
    )
    return JwtVerifier(settings, ring)


def _source(settings: AuthSettings, client: httpx2.AsyncClient, guard: Guard) -> keys.Load:
    if settings.jwks_url is not None:
        return keys.from_url(client, settings.jwks_url, guard)
    if settings.jwks_file is not None:
        return keys.from_file(settings.jwks_file)
    raise AssertionError("the settings name one way of verifying tokens")
