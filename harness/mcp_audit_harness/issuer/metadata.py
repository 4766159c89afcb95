"""What an issuer publishes: its metadata (RFC 8414), its keys (RFC 7517), what resources say of it (RFC 9728)."""

from ..model import JsonObject
from .settings import Issuer

AUTHORIZE, TOKEN, REGISTER, KEYS = "/authorize", "/token", "/register", "/jwks"
RESOURCE = "/resource-metadata"


def server_metadata(issuer: Issuer) -> JsonObject:
    """Return the metadata of the authorization server."""
    named: JsonObject = {"scopes_supported": list(issuer.scopes)} if issuer.scopes else {}
    return {
        "issuer": issuer.url,
        "authorization_endpoint": issuer.url + AUTHORIZE,
        "token_endpoint": issuer.url + TOKEN,
        "registration_endpoint": issuer.url + REGISTER,
        "jwks_uri": issuer.url + KEYS,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        **named,
    }


def keys(issuer: Issuer) -> JsonObject:
    """Return the public key as a set."""
    return {"keys": [issuer.key.public_jwk()]}


def resource_metadata(issuer: Issuer, resource: str) -> JsonObject:
    """Return what a server that takes tokens of this issuer publishes of itself."""
    named: JsonObject = {"scopes_supported": list(issuer.scopes)} if issuer.scopes else {}
    known: JsonObject = {"resource": resource, "authorization_servers": [issuer.url]}
    return {**known, "bearer_methods_supported": ["header"], **named}
