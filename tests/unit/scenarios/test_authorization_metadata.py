"""What a server publishes of where tokens come from is judged on hand-built answers."""

import dataclasses
import json
from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import authorization_metadata as metadata
from mcp_audit_scenarios.conformance import authorization_metadata_contents as contents
from mcp_audit_scenarios.conformance import authorization_server as issuer
from mcp_audit_scenarios.conformance.addresses import address_of
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, silence, status

URL = "https://mcp.example/mcp"
GOOD = {"resource": URL, "authorization_servers": ["https://login.example/"], "scopes_supported": ["read"]}
REFUSED = exchange(status=401, headers=(("www-authenticate", 'Bearer scope="read"'),))
NOT_FOUND = exchange(status=404, verb="GET")
EVERY = (
    metadata.no_resource_metadata,
    metadata.metadata_for_other_resource,
    metadata.metadata_without_servers,
    contents.metadata_follows_host_header,
    contents.without_tls,
    contents.resource_with_trailing_slash,
    contents.challenge_without_scope,
    contents.asks_for_offline_access,
)


def answer(document: Any) -> Exchange:
    return exchange(status=200, body=json.dumps(document), verb="GET")


def published(document: Any = GOOD, **changed: Any) -> metadata.Metadata:
    facts = metadata.Metadata(
        url=URL,
        refused=REFUSED,
        elsewhere="",
        places=(Trial("/.well-known/oauth-protected-resource/mcp", answer(document)),),
        disguised=(Trial("Host", exchange(status=421)), Trial("X-Forwarded-Host", answer(document))),
    )
    return dataclasses.replace(facts, **changed)


NOTHING = published(places=(Trial("/a", NOT_FOUND), Trial("/b", exchange(status=200, body="<html>"))))


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
def test_good_metadata_passes(check: Check) -> None:
    assert status(check, published()) is Status.PASS


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        (metadata.metadata_for_other_resource, {"resource": "https://other.example/mcp"}),
        (metadata.metadata_for_other_resource, {"resource": "https://mcp.example/mcpx"}),
        (metadata.metadata_for_other_resource, {"resource": "mcp"}),
        (metadata.metadata_without_servers, {"authorization_servers": []}),
        (metadata.metadata_without_servers, {"authorization_servers": ["login"]}),
        (contents.without_tls, {"authorization_servers": ["http://login.example/"]}),
        (contents.resource_with_trailing_slash, {"resource": f"{URL}/"}),
        (contents.asks_for_offline_access, {"scopes_supported": ["read", "offline_access"]}),
    ],
)
def test_one_slip_is_one_finding(check: Check, changed: dict[str, Any]) -> None:
    facts = published({**GOOD, **changed})
    assert [other.id for other in EVERY if status(other, facts) is Status.FAIL] == [check.id]


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        (URL, "https://mcp.example"),
        (URL, "HTTPS://MCP.example:443/mcp"),
        ("http://127.0.0.1:81/mcp", "http://localhost:81/mcp"),
    ],
)
def test_a_resource_that_contains_the_endpoint_is_its_own(url: str, resource: str) -> None:
    facts = published({**GOOD, "resource": resource}, url=url)
    assert status(metadata.metadata_for_other_resource, facts) is Status.PASS


def test_plain_http_is_right_on_loopback_only() -> None:
    here = {"resource": "http://127.0.0.1:81/mcp", "authorization_servers": ["http://localhost:82/"]}
    assert status(contents.without_tls, published(here, url="http://127.0.0.1:81/mcp")) is Status.PASS
    assert status(contents.without_tls, published(url="http://mcp.example/mcp")) is Status.FAIL


def test_metadata_that_is_nowhere_is_one_finding() -> None:
    assert status(metadata.no_resource_metadata, NOTHING) is Status.FAIL
    assert status(metadata.metadata_for_other_resource, NOTHING) is Status.NOT_OBSERVED
    assert status(metadata.metadata_without_servers, NOTHING) is Status.NOT_OBSERVED
    assert status(contents.resource_with_trailing_slash, NOTHING) is Status.NOT_OBSERVED
    assert metadata.protected_resource_metadata.sight(NOTHING).presence is Presence.MISSING


def test_metadata_on_another_origin_is_not_fetched_and_not_missed() -> None:
    facts = dataclasses.replace(NOTHING, elsewhere="https://login.example/metadata")
    assert status(metadata.no_resource_metadata, facts) is Status.NOT_OBSERVED
    assert metadata.protected_resource_metadata.sight(facts).presence is Presence.UNSEEN
    assert metadata.protected_resource_metadata.sight(published()).presence is Presence.IMPLEMENTED


def test_silence_is_no_absence() -> None:
    facts = published(places=(Trial("/a", silence()),), disguised=(Trial("Host", silence()),))
    assert status(metadata.no_resource_metadata, facts) is Status.NOT_OBSERVED
    assert status(contents.metadata_follows_host_header, facts) is Status.NOT_OBSERVED


def test_a_document_or_a_challenge_that_names_the_attacker_is_found() -> None:
    document = answer({**GOOD, "resource": "https://attacker.example/mcp"})
    named = 'Bearer resource_metadata="https://attacker.example/x"'
    challenged = exchange(status=401, headers=(("www-authenticate", named),))
    echoed = exchange(status=400, body="attacker.example is not served here")
    for found, expected in ((document, Status.FAIL), (challenged, Status.FAIL), (echoed, Status.PASS)):
        facts = published(disguised=(Trial("X-Forwarded-Host", found),))
        assert status(contents.metadata_follows_host_header, facts) is expected


def test_scopes_are_missed_in_a_challenge_only_where_there_are_some() -> None:
    bare = exchange(status=401, headers=(("www-authenticate", "Bearer"),))
    assert status(contents.challenge_without_scope, published(refused=bare)) is Status.FAIL
    without = {name: value for name, value in GOOD.items() if name != "scopes_supported"}
    assert status(contents.challenge_without_scope, published(without, refused=bare)) is Status.NOT_APPLICABLE
    assert status(contents.challenge_without_scope, published(refused=exchange(status=401))) is Status.NOT_OBSERVED


def test_offline_access_is_found_in_a_challenge_too() -> None:
    asking = exchange(status=401, headers=(("www-authenticate", 'Bearer scope="read offline_access"'),))
    assert status(contents.asks_for_offline_access, published(refused=asking)) is Status.FAIL


@pytest.mark.parametrize("text", ["", "mcp", "ftp://a/b", "http://", "http://a:99999/", "https://u:p@a/", None, 3])
def test_what_is_no_web_address_is_none(text: Any) -> None:
    assert address_of(text) is None


# 2025-03-26, where the server issues its tokens itself.

ISSUER = {
    "issuer": "https://mcp.example",
    "authorization_endpoint": "https://mcp.example/authorize",
    "token_endpoint": "https://mcp.example/token",
    "registration_endpoint": "https://mcp.example/register",
}
FOUND = answer(ISSUER)


def issuing(**changed: Any) -> issuer.TokenIssuer:
    facts = issuer.TokenIssuer(
        refused=REFUSED,
        resource=(NOT_FOUND,),
        metadata=FOUND,
        beside=NOT_FOUND,
        defaults=(),
        redirected=exchange(status=400),
    )
    return dataclasses.replace(facts, **changed)


BARE = issuing(metadata=NOT_FOUND, defaults=(NOT_FOUND, NOT_FOUND), redirected=None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (issuing(), Status.PASS),
        (BARE, Status.FAIL),
        (dataclasses.replace(BARE, beside=FOUND), Status.FAIL),
        (dataclasses.replace(BARE, resource=(answer(GOOD),)), Status.NOT_APPLICABLE),
        (dataclasses.replace(BARE, defaults=(exchange(status=400), exchange(status=400))), Status.PASS),
        (dataclasses.replace(BARE, defaults=(exchange(status=400), NOT_FOUND)), Status.FAIL),
        (dataclasses.replace(BARE, defaults=(silence(), NOT_FOUND)), Status.NOT_OBSERVED),
    ],
)
def test_a_client_finds_who_issues_tokens(facts: issuer.TokenIssuer, expected: Status) -> None:
    assert status(issuer.no_token_issuer, facts) is expected


def test_registration_and_redirects_are_judged_where_tokens_are_issued() -> None:
    closed = {name: value for name, value in ISSUER.items() if name != "registration_endpoint"}
    astray = exchange(status=302, headers=(("location", f"{issuer.STRANGER}?error=x"),))
    to_login = exchange(status=302, headers=(("location", "https://mcp.example/login"),))
    assert status(issuer.no_client_registration, issuing()) is Status.PASS
    assert status(issuer.no_client_registration, issuing(metadata=answer(closed))) is Status.FAIL
    assert status(issuer.no_client_registration, BARE) is Status.NOT_APPLICABLE
    assert status(issuer.redirects_anywhere, issuing()) is Status.PASS
    assert status(issuer.redirects_anywhere, issuing(redirected=to_login)) is Status.PASS
    assert status(issuer.redirects_anywhere, issuing(redirected=astray)) is Status.FAIL
    assert status(issuer.redirects_anywhere, issuing(redirected=silence())) is Status.NOT_OBSERVED
    assert status(issuer.redirects_anywhere, BARE) is Status.NOT_APPLICABLE
