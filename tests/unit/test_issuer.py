"""The test authorization server, in this process: registration, codes with PKCE, refresh, client credentials."""

import base64
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from mcp_audit_harness.issuer.app import build
from mcp_audit_harness.issuer.settings import Issuer
from mcp_audit_harness.lab.jose import SigningKey
from starlette.testclient import TestClient

URL, RESOURCE, CALLBACK = "http://127.0.0.1:9009", "http://127.0.0.1:8000/mcp", "http://127.0.0.1:7777/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def client() -> Iterator[TestClient]:
    issuer = Issuer(URL, SigningKey.draw("ES256", "k"), (RESOURCE,), ("read", "write"))
    with TestClient(build(issuer), base_url=URL, follow_redirects=False) as opened:
        yield opened


def register(client: TestClient, **changed: Any) -> dict[str, Any]:
    wanted = {
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "client_name": "<b>x</b>",
    }
    answer = client.post("/register", json={**wanted, **changed})
    found: dict[str, Any] = answer.json()
    return {**found, "status": answer.status_code}


def ask(client: TestClient, client_id: str, **changed: str | None) -> Any:
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "s",
        "resource": RESOURCE,
    }
    return client.get(
        "/authorize", params={name: value for name, value in {**query, **changed}.items() if value is not None}
    )


class Ticket(HTMLParser):
    value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if dict(attrs).get("name") == "ticket":
            self.value = dict(attrs)["value"] or ""


def ticket_of(page: str) -> str:
    parser = Ticket()
    parser.feed(page)
    return parser.value


def code_of(client: TestClient, client_id: str, **changed: str | None) -> str:
    ticket = ticket_of(ask(client, client_id, **changed).text)
    answer = client.post("/authorize", data={"ticket": ticket, "subject": "alice", "decision": "allow"})
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told["iss"] == [URL]
    assert told["state"] == ["s"]
    return told["code"][0]


def exchange(client: TestClient, client_id: str, **form: str) -> Any:
    return client.post("/token", data={"client_id": client_id, **form})


def test_a_code_becomes_a_token_once(client: TestClient) -> None:
    client_id = register(client)["client_id"]
    form = {"grant_type": "authorization_code", "code": code_of(client, client_id), "code_verifier": VERIFIER}
    answer = exchange(client, client_id, redirect_uri=CALLBACK, **form)
    assert answer.headers["cache-control"] == "no-store"
    keys = client.get("/jwks").json()["keys"]
    claims = jwt.decode(
        answer.json()["access_token"], jwt.PyJWK(keys[0]), algorithms=["ES256"], audience=RESOURCE, issuer=URL
    )
    assert (claims["sub"], claims["client_id"]) == ("alice", client_id)
    assert exchange(client, client_id, **form).json()["error"] == "invalid_grant"
    refresh = answer.json()["refresh_token"]
    again = exchange(client, client_id, grant_type="refresh_token", refresh_token=refresh)
    assert again.json()["error"] == "invalid_grant", "a second use of the code takes the refresh token back"


def test_a_refresh_token_rotates_and_cannot_gain_scopes(client: TestClient) -> None:
    client_id = register(client)["client_id"]
    code = code_of(client, client_id, scope="read")
    first = exchange(client, client_id, grant_type="authorization_code", code=code, code_verifier=VERIFIER).json()
    wider = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "scope": "read write"}
    assert exchange(client, client_id, **wider).json()["error"] == "invalid_scope"
    code = code_of(client, client_id, scope="read")
    first = exchange(client, client_id, grant_type="authorization_code", code=code, code_verifier=VERIFIER).json()
    second = exchange(client, client_id, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    spent = exchange(client, client_id, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert spent.json()["error"] == "invalid_grant"


def test_a_code_is_of_no_use_without_its_verifier(client: TestClient) -> None:
    client_id = register(client)["client_id"]
    form = {"grant_type": "authorization_code", "code": code_of(client, client_id), "code_verifier": "w" * 43}
    assert exchange(client, client_id, **form).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_goes_back_to_the_client_with_its_error(
    client: TestClient, changed: dict[str, str | None], error: str
) -> None:
    answer = ask(client, register(client)["client_id"], **changed)
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == [error]


@pytest.mark.parametrize("uri", ["https://attacker.example/", f"{CALLBACK}/more", "http://127.0.0.1:7777/CALLBACK"])
def test_nobody_is_sent_where_the_client_did_not_register(client: TestClient, uri: str) -> None:
    answer = ask(client, register(client)["client_id"], redirect_uri=uri)
    assert (answer.status_code, answer.headers.get("location")) == (400, None)


def test_the_port_of_a_loopback_address_may_differ(client: TestClient) -> None:
    answer = ask(client, register(client)["client_id"], redirect_uri=CALLBACK.replace("7777", "7778"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "http://attacker.example/",
        "https://*.example/",
        "https://x.example/#f",
        "https://u@x.example/",
    ],
)
def test_bad_addresses_are_not_registered(client: TestClient, uri: str) -> None:
    assert register(client, redirect_uris=[uri])["error"] == "invalid_redirect_uri"


def test_the_page_escapes_and_cannot_be_framed(client: TestClient) -> None:
    page = ask(client, register(client)["client_id"])
    assert "<b>" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_consent_is_taken_from_the_browser_that_was_asked(client: TestClient) -> None:
    ticket = ticket_of(ask(client, register(client)["client_id"]).text)
    client.cookies.clear()
    answer = client.post("/authorize", data={"ticket": ticket, "subject": "alice", "decision": "allow"})
    assert answer.status_code == 400


def test_a_client_with_a_secret_gets_a_token_for_itself(client: TestClient) -> None:
    found = register(client, grant_types=["client_credentials"], token_endpoint_auth_method="client_secret_basic")
    login = (found["client_id"], found["client_secret"])
    answer = client.post("/token", data={"grant_type": "client_credentials"}, auth=login)
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["aud"]) == (found["client_id"], RESOURCE)
    wrong = client.post("/token", data={"grant_type": "client_credentials"}, auth=(login[0], "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_metadata_names_the_issuer_and_s256(client: TestClient) -> None:
    found = client.get("/.well-known/oauth-authorization-server").json()
    assert (found["issuer"], found["code_challenge_methods_supported"]) == (URL, ["S256"])
    resource = client.get("/resource-metadata").json()
    assert (resource["resource"], resource["authorization_servers"]) == (RESOURCE, [URL])
    assert client.get("/resource-metadata", params={"resource": "https://other.example"}).status_code == 404
