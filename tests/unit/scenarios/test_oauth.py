import json
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks import oauth_consent, oauth_consent_page, oauth_metadata
from mcp_audit_scenarios.attacks.browsing import Flow
from mcp_audit_scenarios.attacks.oauth_clients import CALLBACK, Flows, Login, Registrations
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, silence, status

ISSUER = "https://mcp.example"
GOOD: dict[str, Any] = {
    "issuer": ISSUER,
    "token_endpoint": f"{ISSUER}/token",
    "authorization_endpoint": f"{ISSUER}/authorize",
    "code_challenge_methods_supported": ["S256"],
    "grant_types_supported": ["authorization_code"],
}


def document(status: int = 200, **said: Any) -> Exchange:
    return exchange(verb="GET", method=None, status=status, body=json.dumps(said))


METADATA: tuple[tuple[Check, dict[str, Any]], ...] = (
    (oauth_metadata.no_s256, {"code_challenge_methods_supported": ["plain"]}),
    (oauth_metadata.no_s256, {"code_challenge_methods_supported": None}),
    (oauth_metadata.outdated_grants, {"grant_types_supported": ["authorization_code", "implicit"]}),
    (oauth_metadata.outdated_grants, {"response_types_supported": ["code", "token"]}),
    (oauth_metadata.endpoints_without_tls, {"token_endpoint": "http://mcp.example/token"}),
    (oauth_metadata.unsigned_offered, {"id_token_signing_alg_values_supported": ["RS256", "none"]}),
)


@pytest.mark.parametrize(("check", "changed"), METADATA)
def test_metadata_of_a_login_is_judged_where_there_is_one(check: Check, changed: dict[str, Any]) -> None:
    assert status(check, oauth_metadata.IssuerMetadata(document(**GOOD))) is Status.PASS
    assert status(check, oauth_metadata.IssuerMetadata(document(**{**GOOD, **changed}))) is Status.FAIL
    assert status(check, oauth_metadata.IssuerMetadata(exchange(status=404))) is Status.NOT_APPLICABLE


def html(body: str, *headers: tuple[str, str], status: int = 200) -> Exchange:
    fields = (("content-type", "text/html"), *headers)
    return exchange(verb="GET", method=None, messages=(), status=status, headers=fields, body=body)


def test_markup_in_an_address_is_not_repeated_as_it_was() -> None:
    def seen(body: str) -> oauth_metadata.Reflections:
        page = Trial("/error", html(body))
        return oauth_metadata.Reflections(document(**GOOD), "<m>", (page,), (page,))

    assert status(oauth_metadata.reflects_markup, seen("no &lt;m&gt;")) is Status.PASS
    assert status(oauth_metadata.reflects_markup, seen("no <m>")) is Status.FAIL
    nothing = oauth_metadata.Reflections(exchange(status=404), "<m>", (), ())
    assert status(oauth_metadata.reflects_markup, nothing) is Status.NOT_APPLICABLE


def test_bad_addresses_are_not_registered() -> None:
    good, bad = document(201, client_id="c"), document(400, error="invalid_redirect_uri")
    check = oauth_consent.registers_bad_redirects
    assert status(check, Registrations(good, good, (Trial("a script", bad),))) is Status.PASS
    assert status(check, Registrations(good, good, (Trial("a script", good),))) is Status.FAIL
    assert status(check, Registrations(good, good, (Trial("a script", silence()),))) is Status.NOT_OBSERVED
    assert status(check, Registrations(good, None)) is Status.NOT_APPLICABLE


def redirect(location: str, *headers: tuple[str, str]) -> Flow:
    return Flow(exchange(verb="GET", method=None, messages=(), status=302, headers=(("location", location), *headers)))


FRAMES = ("content-security-policy", "frame-ancestors 'none'")
COOKIE = ("set-cookie", "login=abc; HttpOnly; SameSite=Lax")
FORM = '<form method="post"><input type="hidden" name="token" value="0123456789abcdef0123"></form>'
PAGE = Flow(html(f"Allow mcp-audit &lt;m&gt;?{FORM}", FRAMES, COOKIE))
ERROR = redirect(f"{CALLBACK}?error=invalid_request")
UPSTREAM = redirect(
    "https://login.example/authorize?client_id=other&redirect_uri=https%3A%2F%2Fmcp.example%2Fcb", COOKIE
)
STRANGERS = redirect("https://login.example/authorize?client_id=other&redirect_uri=https%3A%2F%2Fmcp.example%2Fcb")
CODE = redirect(f"{CALLBACK}?code=1")
SEEN = Flows(
    document(201, client_id="c"), "c", "<m>", PAGE, PAGE, ERROR, ERROR, (("a longer path", ERROR),), None, None
)

FLOWS: tuple[tuple[Check, Flows, Flows], ...] = (
    (oauth_consent.pkce_not_enforced, SEEN, replace(SEEN, without_pkce=PAGE)),
    (oauth_consent.pkce_not_enforced, SEEN, replace(SEEN, plain_pkce=PAGE)),
    (oauth_consent.redirect_not_exact, SEEN, replace(SEEN, redirects=(("a longer path", PAGE),))),
    (oauth_consent.no_consent, SEEN, replace(SEEN, control=UPSTREAM, again=UPSTREAM)),
    (oauth_consent.no_consent, SEEN, replace(SEEN, control=CODE, again=CODE)),
    (oauth_consent.no_browser_binding, replace(SEEN, consented=UPSTREAM), replace(SEEN, consented=STRANGERS)),
    (oauth_consent.no_browser_binding, replace(SEEN, consented=UPSTREAM), replace(SEEN, returned=CODE.first)),
    (oauth_consent_page.page_can_be_framed, SEEN, replace(SEEN, control=Flow(html(FORM)))),
    (oauth_consent_page.form_without_token, SEEN, replace(SEEN, control=Flow(html('<form method="post"></form>')))),
    (oauth_consent_page.weak_cookie, SEEN, replace(SEEN, control=Flow(html("", ("set-cookie", "login=abc; Path=/"))))),
    (
        oauth_consent_page.client_name_as_markup,
        SEEN,
        replace(SEEN, control=Flow(html("Allow <m>?")), again=Flow(html("Allow <m>?"))),
    ),
)


@pytest.mark.parametrize(("check", "good", "bad"), FLOWS)
def test_a_login_is_judged_by_where_it_leads(check: Check, good: Flows, bad: Flows) -> None:
    metadata = document(**GOOD)
    assert status(check, Login(metadata, good)) is Status.PASS
    assert status(check, Login(metadata, bad)) is Status.FAIL
    assert status(check, Login(metadata, None)) is Status.NOT_APPLICABLE


def test_another_site_is_not_said_to_lack_consent() -> None:
    elsewhere = redirect("https://login.example/start")
    seen = replace(SEEN, control=elsewhere, again=elsewhere)
    assert status(oauth_consent.no_consent, Login(document(**GOOD), seen)) is Status.NOT_OBSERVED
    assert status(oauth_consent.no_browser_binding, Login(document(**GOOD), seen)) is Status.NOT_APPLICABLE
