"""The issuer over HTTP: a Starlette application."""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..model import JsonObject
from . import metadata, pages
from .grants import Client, Grants, OAuthError, Request
from .settings import Issuer

_COOKIE = "mcp-audit-issuer"
_NO_STORE = {"cache-control": "no-store"}
_MOST_PENDING = 1_000
_LONGEST = 16_384


class Endpoints:
    """Answers for one issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._grants = Grants(issuer)
        self._pending: dict[str, tuple[str, Request]] = {}
        """By ticket: the browser that was shown the page, and what it is asked for."""

    def routes(self) -> list[Route]:
        """Return where each endpoint is."""
        served = [
            ("/.well-known/oauth-authorization-server", metadata.server_metadata(self._issuer)),
            (metadata.KEYS, metadata.keys(self._issuer)),
        ]
        documents = [Route(path, _document(found)) for path, found in served]
        return [
            *documents,
            Route(metadata.RESOURCE, self.resource, methods=["GET"]),
            Route(metadata.REGISTER, self.register, methods=["POST"]),
            Route(metadata.AUTHORIZE, self.ask, methods=["GET"]),
            Route(metadata.AUTHORIZE, self.decide, methods=["POST"]),
            Route(metadata.TOKEN, self.token, methods=["POST"]),
        ]

    async def resource(self, request: HttpRequest) -> Response:
        """Say what a server that takes these tokens has to publish of itself."""
        named = request.query_params.get("resource") or next(iter(self._issuer.resources), "")
        if not named or (self._issuer.resources and named not in self._issuer.resources):
            return JSONResponse({"error": "name one of the resources: ?resource=URL"}, 404)
        return JSONResponse(metadata.resource_metadata(self._issuer, named))

    async def register(self, request: HttpRequest) -> Response:
        """Register a client (RFC 7591)."""
        try:
            client = self._grants.register(_object(await _body(request)))
        except OAuthError as error:
            return _refused(error)
        return JSONResponse(_registered(client), 201, headers=_NO_STORE)

    async def ask(self, request: HttpRequest) -> Response:
        """Show a user what a client asks for."""
        asked = dict(request.query_params)
        try:
            _demand_once(request)
            client = self._grants.client(asked.get("client_id"))
            redirect_uri = self._grants.redirect_of(client, asked.get("redirect_uri"))
        except OAuthError as error:
            return HTMLResponse(pages.refusal(error.description), 400, dict(pages.HEADERS))
        try:
            wanted = self._grants.request(client, redirect_uri, asked)
        except OAuthError as error:
            told = {"error": error.error, "error_description": error.description}
            return self._redirect(redirect_uri, asked.get("state"), told)
        ticket, browser = secrets.token_urlsafe(24), request.cookies.get(_COOKIE) or secrets.token_urlsafe(24)
        if len(self._pending) >= _MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        self._pending[ticket] = (browser, wanted)
        page = HTMLResponse(pages.consent(wanted, ticket), headers=dict(pages.HEADERS))
        page.set_cookie(_COOKIE, browser, httponly=True, samesite="strict", path=metadata.AUTHORIZE)
        return page

    async def decide(self, request: HttpRequest) -> Response:
        """Take what the user said; only from the browser that was asked, and once."""
        form = _form(await _body(request))
        browser, wanted = self._pending.pop(form.get("ticket", ""), ("", None))
        if wanted is None or not secrets.compare_digest(browser, request.cookies.get(_COOKIE, "")):
            return HTMLResponse(pages.refusal("this page was not asked for, or is too old"), 400, dict(pages.HEADERS))
        if form.get("decision") != "allow" or not form.get("subject"):
            return self._redirect(wanted.redirect_uri, wanted.state, {"error": "access_denied"})
        code = self._grants.approve(wanted, form["subject"][:100])
        return self._redirect(wanted.redirect_uri, wanted.state, {"code": code})

    async def token(self, request: HttpRequest) -> Response:
        """Exchange a code, a refresh token or a client's own secret for a token."""
        form = _form(await _body(request))
        try:
            client_id, secret = _login(request, form)
            answer = self._grants.exchange(self._grants.authenticated(client_id, secret), form)
        except OAuthError as error:
            return _refused(error)
        return JSONResponse(answer, headers=_NO_STORE)

    def _redirect(self, redirect_uri: str, state: str | None, told: Mapping[str, str]) -> Response:
        said = {**told, **({"state": state} if state is not None else {}), "iss": self._issuer.url}
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return RedirectResponse(f"{redirect_uri}{joint}{urlencode(said)}", 303, headers=_NO_STORE)


def build(issuer: Issuer) -> Starlette:
    """Return the application of an issuer."""
    return Starlette(routes=Endpoints(issuer).routes())


def _demand_once(request: HttpRequest) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    if len(names) != len(set(names)):
        raise OAuthError("invalid_request", "a parameter occurs twice")


def _document(found: JsonObject) -> Any:
    async def serve(_: HttpRequest) -> Response:
        return JSONResponse(found, headers={"cache-control": "public, max-age=60"})

    return serve


async def _body(request: HttpRequest) -> bytes:
    """Return the body; a long one is cut, and then no longer valid."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST:
            break
    return body[:_LONGEST]


def _object(body: bytes) -> JsonObject:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise OAuthError("invalid_client_metadata", "the body has to be a JSON object")
    return found


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _login(request: HttpRequest, form: Mapping[str, str]) -> tuple[str | None, str]:
    """Return how a client says who it is: by HTTP Basic, or in the form."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id"), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except ValueError as error:
        raise OAuthError("invalid_client", "the Authorization header cannot be read", 401) from error
    return unquote(name), unquote(secret)


def _registered(client: Client) -> JsonObject:
    secret: JsonObject = {"client_secret": client.secret, "client_secret_expires_at": 0} if client.secret else {}
    return {
        "client_id": client.client_id,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grants),
        "token_endpoint_auth_method": client.method,
        **secret,
    }


def _refused(error: OAuthError) -> Response:
    headers = {**_NO_STORE, **({"www-authenticate": 'Basic realm="token"'} if error.status == 401 else {})}
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)
