"""An authorization server on the origin of the reference server, which passes its users on to another login.

The clean server has none. This one is right in everything that a flaw does not name: clients register, users are asked,
and only then passed on. Nobody can log in at the end of it, since the other login does not exist (RFC 2606).
"""

import json
import secrets
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from oraclepack_faults.fault import ASGIApp, Fault, Receive, Scope, Send
from oraclepack_faults.transport.asgi import field as header_of
from oraclepack_faults.transport.authorization import read_whole

METADATA: Final = "/.well-known/oauth-authorization-server"
_UPSTREAM: Final = "https://login.example/authorize"
_COOKIE: Final = "login"
_SAFE: Final = (("x-frame-options", "DENY"), ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"))


@dataclass(slots=True)
class OwnIssuer:
    """Serves the endpoints of the login; `flaw` is what is wrong with them."""

    app: ASGIApp
    flaw: str
    _clients: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, of the login or of the server behind it."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path not in {METADATA, "/register", "/authorize", "/consent", "/error"}:
            await self.app(scope, receive, send)
            return
        base = f"{scope['scheme']}://{header_of(scope, 'host')}"
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if path == METADATA:
            await _say(send, 200, json.dumps(self._metadata(base)), "application/json")
        elif path == "/register":
            await self._register((await read_whole(receive))[0], send)
        elif path == "/consent":
            await self._pass_on(base, send, self._cookie())
        elif path == "/error":
            told = asked.get("error_description", "")
            await _page(send, 400, told if self.flaw == "reflects-markup" else escape(told))
        else:
            await self._authorize(asked, base, send)

    def _metadata(self, base: str) -> dict[str, Any]:
        names = ("authorize", "token", "register")
        keys = ("authorization_endpoint", "token_endpoint", "registration_endpoint")
        host = "http://login.example" if self.flaw == "endpoints-without-tls" else base
        found: dict[str, Any] = {key: f"{base}/{name}" for key, name in zip(keys, names, strict=True)}
        return {
            "issuer": base,
            **found,
            "token_endpoint": f"{host}/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", *(["password"] if self.flaw == "outdated-grants" else [])],
            "code_challenge_methods_supported": ["plain" if self.flaw == "no-s256" else "S256"],
            "id_token_signing_alg_values_supported": ["none" if self.flaw == "unsigned-offered" else "RS256"],
        }

    async def _register(self, body: bytes, send: Send) -> None:
        try:
            wanted = json.loads(body)
            uris = wanted["redirect_uris"]
        except (ValueError, KeyError, TypeError):
            uris = []
        if not uris or not (self.flaw == "registers-bad-redirects" or all(map(_is_good, uris))):
            await _say(send, 400, '{"error": "invalid_redirect_uri"}', "application/json")
            return
        client = {
            "client_id": secrets.token_hex(8),
            "redirect_uris": uris,
            "client_name": wanted.get("client_name", ""),
        }
        self._clients[client["client_id"]] = client
        await _say(send, 201, json.dumps(client), "application/json")

    async def _authorize(self, asked: dict[str, str], base: str, send: Send) -> None:
        client = self._clients.get(asked.get("client_id", ""))
        if client is None or not self._may_go_to(asked.get("redirect_uri", ""), client["redirect_uris"]):
            await _page(send, 400, "This client, or its address, is not known.")
            return
        has_challenge = asked.get("code_challenge_method") == "S256" and "code_challenge" in asked
        if not has_challenge and self.flaw != "pkce-not-enforced":
            back = {"error": "invalid_request", "state": asked.get("state", "")}
            await _redirect(send, f"{asked['redirect_uri']}?{urlencode(back)}")
            return
        cookie = self._cookie()
        if self.flaw == "no-consent":
            await self._pass_on(base, send, cookie)
            return
        name = client["client_name"] if self.flaw == "client-name-as-markup" else escape(client["client_name"])
        token = "" if self.flaw == "form-without-token" else secrets.token_urlsafe(24)
        hidden = f'<input type="hidden" name="token" value="{token}">'
        form = f'<form method="post" action="/consent">{hidden}<button>Allow</button></form>'
        safe = () if self.flaw == "page-can-be-framed" else _SAFE
        await _page(send, 200, f"<p>Allow {name}?</p>{form}", *safe, *cookie)

    async def _pass_on(self, base: str, send: Send, cookie: tuple[tuple[str, str], ...]) -> None:
        asked = {"client_id": "the-server", "redirect_uri": f"{base}/callback", "state": secrets.token_hex(16)}
        await _redirect(send, f"{_UPSTREAM}?{urlencode(asked)}", cookie)

    def _may_go_to(self, uri: str, known: list[str]) -> bool:
        begins = self.flaw == "redirect-not-exact" and any(uri.startswith(one) for one in known)
        return begins or uri in known

    def _cookie(self) -> tuple[tuple[str, str], ...]:
        flags = "" if self.flaw == "weak-cookie" else "; HttpOnly; SameSite=Lax"
        value = f"{_COOKIE}={secrets.token_urlsafe(24)}; Path=/{flags}"
        return () if self.flaw == "no-browser-binding" else (("set-cookie", value),)


def _is_good(uri: object) -> bool:
    parts = urlsplit(str(uri))
    return parts.scheme == "https" and bool(parts.hostname) and not parts.fragment and "*" not in parts.netloc


async def _say(send: Send, status: int, text: str, media_type: str, *headers: tuple[str, str]) -> None:
    body = text.encode()
    fields = (("content-type", media_type), ("content-length", str(len(body))), *headers)
    start = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def _page(send: Send, status: int, text: str, *headers: tuple[str, str]) -> None:
    await _say(send, status, f"<!doctype html><title>Login</title>{text}", "text/html; charset=utf-8", *headers)


async def _redirect(send: Send, location: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
    await _say(send, 302, "", "text/plain", ("location", location), *headers)


def _flawed(flaw: str, about: str) -> Fault:
    return Fault(f"oauth/{flaw}", "transport", about, http=lambda app: OwnIssuer(app, flaw))


no_s256 = _flawed("no-s256", "A login of its own offers code challenges in the clear only.")
outdated_grants = _flawed("outdated-grants", "A login of its own takes passwords from clients.")
endpoints_without_tls = _flawed("endpoints-without-tls", "A login of its own names an endpoint without TLS.")
unsigned_offered = _flawed("unsigned-offered", "A login of its own offers tokens without a signature.")
reflects_markup = _flawed("reflects-markup", "A login of its own repeats markup on its page for errors.")
registers_bad_redirects = _flawed("registers-bad-redirects", "A login of its own registers any address.")
pkce_not_enforced = _flawed("pkce-not-enforced", "A login of its own needs no code challenge.")
redirect_not_exact = _flawed("redirect-not-exact", "A login of its own compares beginnings of addresses.")
no_consent = _flawed("no-consent", "A login of its own passes users on without asking them.")
no_browser_binding = _flawed("no-browser-binding", "A login of its own passes users on without a cookie.")
page_can_be_framed = _flawed("page-can-be-framed", "A login of its own can be shown in a frame.")
form_without_token = _flawed("form-without-token", "A login of its own takes forms from anywhere.")
weak_cookie = _flawed("weak-cookie", "A login of its own sets a cookie that scripts can read.")
client_name_as_markup = _flawed("client-name-as-markup", "A login of its own shows names of clients as they are.")
