"""A server that logs its users in itself, or passes them on to somebody who does: what it publishes of that.

Only what is on the target's own origin is asked for: the issuer of another host is not the operator's to attack.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from mcp_audit_harness.declare import Bench, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    since,
)
from mcp_audit_harness.probe import Probe

from ..conformance.addresses import address_of
from ..conformance.authorization_server import SERVER, issuer_of
from ..conformance.challenge import guarded, passes
from ..conformance.trials import Trial
from .occasions import newest_only

OPENID = "/.well-known/openid-configuration"
NO_SERVER = "the server does not log its users in itself"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint", "jwks_uri")
_OUTDATED = {"grant_types_supported": {"implicit", "password"}, "response_types_supported": {"token", "id_token token"}}
_SIGNATURES = ("id_token_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported")
_PAGES = ("/callback", "/auth/callback", "/oauth/callback", "/consent", "/login", "/error")
_PARAMETERS = ("error", "error_description", "state", "client_id", "redirect_uri", "scope", "code")


async def own_server(probe: Probe) -> tuple[JsonObject, Exchange]:
    """Return the metadata of an authorization server on the target's own origin (empty: none), and its answer."""
    path = urlsplit(probe.url).path.rstrip("/")
    asked: list[Exchange] = []
    for place in dict.fromkeys((SERVER, SERVER + path, OPENID)):
        asked.append(await probe.http("GET", path=place, headers={**probe.anonymous(), "accept": "application/json"}))
        if found := issuer_of(asked[-1]):
            return found, asked[-1]
    return {}, asked[0]


def own_path(probe: Probe, found: JsonObject, name: str) -> str | None:
    """Return the path of an endpoint of the metadata; None if it is not on the target's own origin."""
    named, own = address_of(found.get(name)), address_of(probe.url)
    if named is None or own is None or named.origin != own.origin:
        return None
    parts = urlsplit(named.text)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True, slots=True)
class IssuerMetadata:
    """The metadata of the server's own authorization server."""

    answer: Exchange


@scenario(spec=since("2025-03-26"), transports=HTTP_ONLY, needs=(guarded, newest_only), bench=Bench.AUTHORIZED)
async def issuer_metadata(probe: Probe) -> IssuerMetadata:
    return IssuerMetadata((await own_server(probe))[1])


def _words(found: JsonObject, name: str) -> set[str]:
    value = found.get(name)
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


@check(
    issuer_metadata,
    id="oauth/no-s256",
    title="The authorization server does not offer PKCE with S256",
    requirements=("oauth/pkce-with-s256",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation='Publish `"code_challenge_methods_supported": ["S256"]`, and refuse every other method.',
    references=("https://www.rfc-editor.org/rfc/rfc7636", "https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1"),
)
def no_s256(seen: IssuerMetadata) -> Verdict:
    """PKCE keeps a stolen code from being of use; with the method plain it does not. MCP clients have to refuse a
    server whose metadata does not name it.
    """
    found = issuer_of(seen.answer)
    if not found:
        return not_applicable(NO_SERVER, seen.answer)
    methods = _words(found, "code_challenge_methods_supported")
    if "S256" not in methods:
        named = " and ".join(sorted(methods)) or "no method"
        return failed(f"The metadata names {named} for code challenges, not S256.", seen.answer)
    return passes(seen.answer)


@check(
    issuer_metadata,
    id="oauth/outdated-grants",
    title="The authorization server offers ways that OAuth 2.1 has given up",
    requirements=("oauth/no-implicit-nor-password",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take implicit and password out of the metadata and out of the server.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2",
        "https://www.rfc-editor.org/rfc/rfc9700#section-2.4",
    ),
)
def outdated_grants(seen: IssuerMetadata) -> Verdict:
    """The implicit grant puts tokens into URLs, the password grant hands the user's password to the client."""
    found = issuer_of(seen.answer)
    if not found:
        return not_applicable(NO_SERVER, seen.answer)
    named = sorted(word for name, words in _OUTDATED.items() for word in words & _words(found, name))
    if named:
        return failed(f"The metadata offers {' and '.join(named)}.", seen.answer)
    return passes(seen.answer)


@check(
    issuer_metadata,
    id="oauth/endpoints-without-tls",
    title="Endpoints of the authorization server have no TLS",
    requirements=("oauth/endpoints-on-tls",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Name https addresses only in the metadata.",
    references=("https://cwe.mitre.org/data/definitions/319.html",),
)
def endpoints_without_tls(seen: IssuerMetadata) -> Verdict:
    """Passwords, codes and tokens go there. What stays on this machine is exempt."""
    found = issuer_of(seen.answer)
    if not found:
        return not_applicable(NO_SERVER, seen.answer)
    for name in _ENDPOINTS:
        address = address_of(found.get(name))
        if address is not None and address.scheme == "http" and not address.is_loopback:
            return failed(f"{name} is {address.text}, without TLS.", seen.answer)
    return passes(seen.answer)


@check(
    issuer_metadata,
    id="oauth/unsigned-offered",
    title="The authorization server offers tokens without a signature",
    requirements=("oauth/everything-signed",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take `none` out of the algorithms.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc8725#section-3.2",
        "https://cwe.mitre.org/data/definitions/347.html",
    ),
)
def unsigned_offered(seen: IssuerMetadata) -> Verdict:
    """Who offers the algorithm `none` has to know everywhere where it is not to be taken."""
    found = issuer_of(seen.answer)
    if not found:
        return not_applicable(NO_SERVER, seen.answer)
    named = next((name for name in _SIGNATURES if "none" in {word.lower() for word in _words(found, name)}), None)
    return failed(f"{named} names none.", seen.answer) if named else passes(seen.answer)


@dataclass(frozen=True, slots=True)
class Reflections:
    """Pages of the login, asked for with markup in their parameters."""

    metadata: Exchange
    marker: str
    pages: tuple[Trial, ...]
    """Each named after its path."""
    again: tuple[Trial, ...]


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(guarded, newest_only),
    bench=Bench.AUTHORIZED,
)
async def reflections(probe: Probe) -> Reflections:
    found, answer = await own_server(probe)
    marker = f"<mcp-audit-{probe.rng.getrandbits(48):012x}>"
    endpoint = own_path(probe, found, "authorization_endpoint")
    if not found:
        return Reflections(answer, marker, (), ())
    places = [*([endpoint] if endpoint else []), *_PAGES]
    query = urlencode({"response_type": "code", **dict.fromkeys(_PARAMETERS, f"\"'{marker}")})

    async def ask(place: str) -> Trial:
        joint = "&" if "?" in place else "?"
        headers = {**probe.anonymous(), "accept": "text/html"}
        return Trial(place.partition("?")[0], await probe.http("GET", path=f"{place}{joint}{query}", headers=headers))

    pages = [await ask(place) for place in places]
    again = [await ask(place) for place, page in zip(places, pages, strict=True) if is_reflected(page.exchange, marker)]
    return Reflections(answer, marker, tuple(pages), tuple(again))


def is_reflected(exchange: Exchange, marker: str) -> bool:
    """Whether a web page has the markup in it as it was sent."""
    return exchange.media_type in {"text/html", "application/xhtml+xml"} and marker in exchange.body


@check(
    reflections,
    id="oauth/reflects-markup",
    title="A page of the login repeats markup from its address",
    requirements=("oauth/pages-escape",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Escape everything that a request brought before it goes into a page; send a Content-Security-Policy.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2025-62800", "https://cwe.mitre.org/data/definitions/79.html"),
)
def reflects_markup(seen: Reflections) -> Verdict:
    """Markup that comes back as it was sent is script of the attacker's on the page where users log in and consent."""
    confirmed = {trial.name: trial.exchange for trial in seen.again if is_reflected(trial.exchange, seen.marker)}
    for trial in seen.pages:
        if is_reflected(trial.exchange, seen.marker) and trial.name in confirmed:
            message = f"{trial.name} repeats markup of a parameter on a web page, not escaped."
            return failed(message, trial.exchange, confirmed[trial.name], subject=f"page:{trial.name}")
    if not seen.pages:
        return not_applicable(NO_SERVER, seen.metadata)
    answered = [trial.exchange for trial in seen.pages if trial.exchange.answered]
    return passes(*answered) if answered else not_observed("no page was answered", seen.metadata)


def document_of(exchange: Exchange) -> JsonObject:
    """Return the JSON object in an answer; empty if it is none."""
    try:
        found: Any = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
