"""The rules of an issuer, without HTTP: registration (RFC 7591), codes with PKCE, refresh, client credentials.

OAuth 2.1 and RFC 9700: redirect URIs are compared as whole texts (of a loopback one the port may differ, RFC 8252),
every code needs an S256 challenge and is good once, refresh tokens rotate, and a token is for one resource (RFC 8707).
"""

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from ..lab.jose import compact
from ..model import JsonObject
from ..model.target import is_loopback
from .settings import Issuer

_Value = TypeVar("_Value")
_CODE_S, _ACCESS_S, _REFRESH_S = 60.0, 600, 24 * 3600.0
_MOST = 1_000
_GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials"})
_METHODS = frozenset({"none", "client_secret_basic", "client_secret_post"})


class OAuthError(Exception):
    """A refusal, as RFC 6749 section 5.2 and its extensions name it."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; without a secret it is public."""

    client_id: str
    secret: str
    name: str
    redirect_uris: tuple[str, ...]
    grants: tuple[str, ...]
    method: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks a user for."""

    client: Client
    redirect_uri: str
    challenge: str
    resource: str
    scope: str
    state: str | None
    named_redirect: bool = True


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user agreed to, until `ends` on the clock."""

    request: Request
    subject: str
    ends: float


@dataclass(slots=True)
class Grants:
    """The state of one issuer, in memory; `clock` tells seconds that never go back."""

    issuer: Issuer
    clock: Callable[[], float] = time.monotonic
    _clients: dict[str, Client] = field(default_factory=dict)
    _codes: dict[str, Grant] = field(default_factory=dict)
    _refresh: dict[str, Grant] = field(default_factory=dict)
    _spent: dict[str, str] = field(default_factory=dict)
    """Codes that were exchanged, with the refresh token that they gave: a second use takes that back."""

    def register(self, wanted: Mapping[str, object]) -> Client:
        """Register a client; raises OAuthError."""
        method = wanted.get("token_endpoint_auth_method", "client_secret_basic")
        grants = _texts(wanted.get("grant_types", ["authorization_code"]))
        uris = _texts(wanted.get("redirect_uris", []))
        if method not in _METHODS or not grants or not set(grants) <= _GRANTS:
            raise OAuthError("invalid_client_metadata", "an authentication method or a grant type is not supported")
        if "authorization_code" in grants and not uris:
            raise OAuthError("invalid_redirect_uri", "a client that sends users here has to name a redirect URI")
        for uri in uris:
            _demand_redirect(uri)
        if "client_credentials" in grants and method == "none":
            raise OAuthError("invalid_client_metadata", "client_credentials is for clients that have a secret")
        secret = "" if method == "none" else secrets.token_urlsafe(32)
        name = str(wanted.get("client_name", ""))[:100]
        client = Client(f"client-{secrets.token_hex(8)}", secret, name, uris, grants, str(method))
        _keep(self._clients, client.client_id, client)
        return client

    def client(self, client_id: str | None) -> Client:
        """Return a registered client; raises OAuthError."""
        found = self._clients.get(client_id or "")
        if found is None:
            raise OAuthError("invalid_client", "no such client is registered", 401)
        return found

    def authenticated(self, client_id: str | None, secret: str) -> Client:
        """Return a client that shows its secret, if it has one; raises OAuthError."""
        client = self.client(client_id)
        if not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", "the client did not authenticate", 401)
        return client

    def redirect_of(self, client: Client, given: str | None) -> str:
        """Return where the answer to a user's request goes; raises OAuthError, to be shown and not redirected."""
        if given is None and len(client.redirect_uris) == 1:
            return client.redirect_uris[0]
        if given is None or not any(_same_redirect(given, known) for known in client.redirect_uris):
            raise OAuthError("invalid_request", "redirect_uri is none of those that the client registered")
        return given

    def request(self, client: Client, redirect_uri: str, asked: Mapping[str, str]) -> Request:
        """Judge what a client asks for; raises OAuthError, which the client is told by redirect."""
        if "authorization_code" not in client.grants:
            raise OAuthError("unauthorized_client", "the client did not register for codes")
        if asked.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type has to be code")
        challenge = asked.get("code_challenge", "")
        if asked.get("code_challenge_method") != "S256" or not 43 <= len(challenge) <= 128:
            raise OAuthError("invalid_request", "a code_challenge of the method S256 is needed")
        resource, scope = self._resource(asked.get("resource")), self._scope(asked.get("scope"))
        return Request(client, redirect_uri, challenge, resource, scope, asked.get("state"), "redirect_uri" in asked)

    def approve(self, request: Request, subject: str) -> str:
        """Return a code for what a user agreed to."""
        code = secrets.token_urlsafe(32)
        _keep(self._codes, code, Grant(request, subject, self.clock() + _CODE_S))
        return code

    def exchange(self, client: Client, form: Mapping[str, str]) -> JsonObject:
        """Answer a token request of an authenticated client; raises OAuthError."""
        kind = form.get("grant_type", "")
        if kind not in _GRANTS:
            raise OAuthError(
                "unsupported_grant_type", "grant_type is authorization_code, refresh_token or client_credentials"
            )
        if kind not in client.grants:
            raise OAuthError("unauthorized_client", "the client did not register for this grant type")
        if kind == "client_credentials":
            resource, scope = self._resource(form.get("resource")), self._scope(form.get("scope"))
            return self._answer(client, client.client_id, resource, scope)
        return self._by_code(client, form) if kind == "authorization_code" else self._by_refresh(client, form)

    def _by_code(self, client: Client, form: Mapping[str, str]) -> JsonObject:
        code = form.get("code", "")
        if (refresh := self._spent.pop(code, None)) is not None:
            self._refresh.pop(refresh, None)
        grant = self._codes.pop(code, None)
        if grant is None or grant.ends < self.clock() or grant.request.client != client:
            raise OAuthError("invalid_grant", "the code is not known, was used, has ended, or is another client's")
        asked = grant.request
        if asked.named_redirect and form.get("redirect_uri", asked.redirect_uri) != asked.redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri is not the one of the request")
        if not hmac.compare_digest(_s256(form.get("code_verifier", "")), asked.challenge):
            raise OAuthError("invalid_grant", "code_verifier does not fit the challenge")
        if form.get("resource", asked.resource) != asked.resource:
            raise OAuthError("invalid_target", "resource is not the one of the request")
        return self._with_refresh(grant, code)

    def _by_refresh(self, client: Client, form: Mapping[str, str]) -> JsonObject:
        grant = self._refresh.pop(form.get("refresh_token", ""), None)
        if grant is None or grant.ends < self.clock() or grant.request.client != client:
            raise OAuthError("invalid_grant", "the refresh token is not known, was used, or has ended")
        if form.get("resource", grant.request.resource) != grant.request.resource:
            raise OAuthError("invalid_target", "resource is not the one of the request")
        wanted = form.get("scope", grant.request.scope)
        if not set(wanted.split()) <= set(grant.request.scope.split()):
            raise OAuthError("invalid_scope", "a refreshed token can do less, not more")
        return self._with_refresh(replace(grant, request=replace(grant.request, scope=wanted)))

    def _with_refresh(self, grant: Grant, code: str = "") -> JsonObject:
        asked = grant.request
        answer = self._answer(asked.client, grant.subject, asked.resource, asked.scope)
        if "refresh_token" not in asked.client.grants:
            return answer
        refresh = secrets.token_urlsafe(32)
        _keep(self._refresh, refresh, replace(grant, ends=self.clock() + _REFRESH_S))
        if code:
            _keep(self._spent, code, refresh)
        return {**answer, "refresh_token": refresh}

    def _answer(self, client: Client, subject: str, resource: str, scope: str) -> JsonObject:
        now, key = int(time.time()), self.issuer.key
        claims: JsonObject = {
            "iss": self.issuer.url,
            "sub": subject,
            "aud": resource,
            "client_id": client.client_id,
            "iat": now,
            "exp": now + _ACCESS_S,
            "jti": secrets.token_hex(8),
            **({"scope": scope} if scope else {}),
        }
        token = compact({"alg": key.algorithm, "typ": "at+jwt", "kid": key.kid}, claims, key.sign)
        return {"access_token": token, "token_type": "Bearer", "expires_in": _ACCESS_S, "scope": scope}

    def _resource(self, wanted: str | None) -> str:
        known = self.issuer.resources
        if wanted is None and len(known) == 1:
            return known[0]
        parts = _split(wanted or "")
        usable = parts is not None and parts.scheme in {"http", "https"} and parts.hostname and not parts.fragment
        if wanted is None or not usable or (known and wanted not in known):
            raise OAuthError("invalid_target", "resource has to be the URL of a server that takes these tokens")
        return wanted

    def _scope(self, wanted: str | None) -> str:
        known = self.issuer.scopes
        words = list(known) if wanted is None else wanted.split()
        if known and not set(words) <= set(known):
            raise OAuthError("invalid_scope", "a scope is not known")
        return " ".join(words)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _demand_redirect(uri: str) -> None:
    parts = _split(uri)
    if parts is None or not parts.hostname or parts.fragment or "#" in uri or "*" in uri or parts.username is not None:
        raise OAuthError("invalid_redirect_uri", "a redirect URI is a whole URL without user, fragment and wildcard")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise OAuthError("invalid_redirect_uri", "a redirect URI is https, or http on loopback")


def _same_redirect(given: str, known: str) -> bool:
    if given == known:
        return True
    one, other = _split(given), _split(known)
    if one is None or other is None or one.scheme != "http" or one.username is not None:
        return False
    loopback = is_loopback(one.hostname or "") and one.hostname == other.hostname
    return loopback and (one.scheme, one.path, one.query, one.fragment) == (
        other.scheme,
        other.path,
        other.query,
        other.fragment,
    )


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _keep(table: dict[str, _Value], name: str, value: _Value) -> None:
    """Keep a value, and forget the oldest of too many."""
    if len(table) >= _MOST:
        del table[next(iter(table))]
    table[name] = value
