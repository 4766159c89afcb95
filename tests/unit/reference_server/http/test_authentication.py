"""The endpoint behind tokens: what gets through, and what everybody else is told."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.serving import Surroundings
from oraclepack_mcp.http.settings import LimitSettings
from oraclepack_mcp.security.scopes import SCOPES
from oraclepack_mcp.settings import Settings

from tests.e2e.reference_client import JSON_AND_SSE, MODERN, code, events, initialize, request
from tests.issuer import ISSUER, JWKS_URL, Issuer
from tests.memory_http import URL, MemoryClient, SmallServer, bearer, required_scopes, serving

pytestmark = pytest.mark.anyio

METADATA = "http://127.0.0.1:8000/.well-known/oauth-protected-resource"
SETTINGS = Settings(auth=AuthSettings(issuer=ISSUER, resource_url=URL, jwks_url=JWKS_URL))


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer(URL)


@pytest.fixture
async def client(issuer: Issuer) -> AsyncIterator[MemoryClient]:
    around = Surroundings(required_scopes=required_scopes, transport=issuer.transport)
    async with serving(SETTINGS, around) as found:
        yield found


def challenge(response: httpx2.Response) -> dict[str, str]:
    scheme, _, rest = response.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'([a-z_]+)="([^"]*)"', rest))


def text(response: httpx2.Response) -> str:
    said: str = events(response)[0]["result"]["content"][0]["text"]
    return said


async def test_a_good_token_gets_through_in_both_eras_and_handlers_know_the_caller(
    client: MemoryClient, issuer: Issuer
) -> None:
    token = issuer.token()
    session = await client.open(token)
    call = request("tools/call", {"name": "look", "arguments": {}})

    said = [text(await client.call("look", token)), text(await client.post(call, {**session, **bearer(token)}))]
    assert said == ["https://issuer.example/ inspector alice ['packs:read', 'runs:read', 'urls:read']"] * 2


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "PUT", "OPTIONS", "HEAD"])
async def test_without_a_token_every_method_is_told_where_to_get_one(client: MemoryClient, method: str) -> None:
    response = await client.http.request(method, URL, headers=JSON_AND_SSE)

    assert response.status_code == 401
    assert challenge(response) == {
        "scope": "packs:read runs:read urls:read",
        "resource_metadata": METADATA + "/mcp",
    }


async def test_the_answer_without_a_token_does_not_depend_on_what_is_called(client: MemoryClient) -> None:
    answers = [await client.call(tool) for tool in ("look", "run", "no-such-tool")]
    answers.append(await client.post({"not": "a message"}))

    assert {(answer.status_code, answer.content, answer.headers["www-authenticate"]) for answer in answers} == {
        (401, answers[0].content, answers[0].headers["www-authenticate"])
    }


@pytest.mark.parametrize(
    "changed", [{"aud": "https://other.example"}, {"aud": None}, {"exp": 1}, {"iss": "https://attacker.example/"}]
)
async def test_a_token_that_is_not_good_is_said_to_be_so(
    client: MemoryClient, issuer: Issuer, changed: dict[str, Any]
) -> None:
    response = await client.call("look", issuer.token(**changed))

    assert response.status_code == 401
    assert challenge(response)["error"] == "invalid_token"
    assert challenge(response)["scope"] == "packs:read runs:read urls:read"
    assert challenge(response)["resource_metadata"] == METADATA + "/mcp"


async def test_only_one_bearer_token_in_the_header_counts(client: MemoryClient, issuer: Issuer) -> None:
    token = issuer.token()
    for header in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer null",
        f"Basic {token}",
        token,
        f"Bearer {token}x",
        f"DPoP {token}",
    ):
        assert (await client.call("look", Authorization=header)).status_code == 401

    for query in ("access_token", "token", "api_key"):
        response = await client.post(initialize("2025-11-25"), url=f"{URL}?{query}={token}")
        assert response.status_code == 401
    cookie = await client.post(initialize("2025-11-25"), {"Cookie": f"access_token={token}"})
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    both = await client.http.post(URL, json=initialize("2025-11-25"), headers=[*JSON_AND_SSE.items(), *twice])
    assert (cookie.status_code, both.status_code) == (401, 400)
    assert challenge(both)["error"] == "invalid_request"


async def test_a_session_needs_the_token_at_every_request(client: MemoryClient, issuer: Issuer) -> None:
    session = await client.open(issuer.token())

    for method in ("POST", "GET", "DELETE"):
        response = await client.http.request(method, URL, headers={**JSON_AND_SSE, **session})
        assert response.status_code == 401


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-11-25"])
async def test_the_session_of_somebody_else_is_an_unknown_one(
    client: MemoryClient, issuer: Issuer, revision: str
) -> None:
    owner, ping = issuer.token(), request("ping")
    session = await client.open(owner, revision)
    for stranger in (issuer.token(sub="bob"), issuer.token(client_id="other")):
        for known in (session, {"Mcp-Session-Id": "made-up"}):
            headers = {**JSON_AND_SSE, **known, **bearer(stranger)}
            answers = [
                await client.post(ping, headers),
                await client.post([ping], headers),
                await client.http.get(URL, headers=headers),
                await client.http.delete(URL, headers=headers),
            ]
            assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
            assert not any("mcp-session-id" in answer.headers for answer in answers)

    mine = {**session, **bearer(owner)}
    assert "result" in events(await client.post(ping, mine))[0]
    assert (await client.post([ping], mine)).status_code == (200 if revision == "2025-03-26" else 400)
    renewed = {**session, **bearer(issuer.token(scope="packs:read"))}
    assert "result" in events(await client.post(ping, renewed))[0]


# -- scopes


async def test_a_narrow_token_is_told_all_scopes_of_the_call_and_with_them_it_succeeds(
    client: MemoryClient, issuer: Issuer
) -> None:
    narrow = issuer.token(scope="packs:read runs:read urls:read")
    session = {**(await client.open(narrow)), **bearer(narrow)}
    batches = {**(await client.open(narrow, "2025-03-26")), **bearer(narrow)}
    call = request("tools/call", {"name": "run", "arguments": {}}, 7)
    refused = [
        await client.call("run", narrow),
        await client.post(call, session),
        await client.post([request("ping"), call], batches),
        await client.post(call, {"MCP-Protocol-Version": MODERN, **bearer(narrow)}),
    ]

    for response in refused[:3]:
        assert response.status_code == 403
        assert challenge(response) == {
            "error": "insufficient_scope",
            "error_description": "This call needs the scopes packs:execute urls:read.",
            "scope": "packs:execute urls:read",
            "resource_metadata": METADATA + "/mcp",
        }
        assert code(response) == -32600
    assert [response.json()["id"] for response in refused[:3]] == [None, 7, 7]
    assert refused[3].status_code in {400, 403}
    wide = issuer.token(scope=challenge(refused[0])["scope"])
    assert (await client.call("run", wide)).status_code == 200
    assert (await client.call("look", wide)).status_code == 200


async def test_a_header_that_says_less_than_the_body_gains_nothing(issuer: Issuer) -> None:
    small = SmallServer()
    around = Surroundings(required_scopes=required_scopes, transport=issuer.transport)
    narrow = bearer(issuer.token(scope="packs:read"))
    async with serving(SETTINGS, around, small) as client:
        session = {**(await client.open(narrow["Authorization"].removeprefix("Bearer "))), **narrow}
        call = request("tools/call", {"name": "run", "arguments": {}})
        lies = {"Mcp-Method": "tools/call", "Mcp-Name": "look"}
        assert (await client.call("run", None, **narrow, **{"Mcp-Name": "look"})).status_code == 403
        assert (await client.call("run", None, **narrow, **{"Mcp-Method": "tools/list"})).status_code == 403
        assert (await client.post(call, {**session, **lies})).status_code == 403

    assert small.calls == []


async def test_a_token_without_scopes_may_connect_and_learn_what_it_lacks(client: MemoryClient, issuer: Issuer) -> None:
    token = issuer.token(scope="openid profile")

    await client.open(token)
    assert challenge(await client.call("look", token))["scope"] == "packs:read"


# -- metadata


@pytest.mark.parametrize("path", ["", "/mcp"])
async def test_the_metadata_names_this_resource_its_issuer_and_all_scopes(client: MemoryClient, path: str) -> None:
    response = await client.http.get(METADATA + path, headers={"X-Forwarded-Host": "attacker.example"})

    assert response.json() == {
        "resource": URL,
        "authorization_servers": [ISSUER],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "oraclepack",
    }
    assert response.headers["content-type"] == "application/json"
    assert (await client.http.post(METADATA + path)).status_code == 405


async def test_neither_metadata_nor_endpoint_answer_under_a_foreign_name(client: MemoryClient, issuer: Issuer) -> None:
    for url in (METADATA, METADATA + "/mcp", URL):
        foreign = await client.http.get(url, headers={"Host": "attacker.example", **bearer(issuer.token())})
        assert foreign.status_code == 421
        assert "attacker" not in foreign.text
        page = await client.http.get(url, headers={"Origin": "http://attacker.example", **bearer(issuer.token())})
        assert page.status_code == 403


async def test_nothing_beside_the_endpoint_answers_without_a_token(client: MemoryClient) -> None:
    for path in ("/", "/mcp/", "//mcp", "/MCP", "/mcp;x", "/%6dcp/", "/sse", "/messages", METADATA[21:] + "/other"):
        response = await client.http.post(f"http://127.0.0.1:8000{path}", json=initialize("2025-11-25"))
        assert response.status_code in {401, 404}


async def test_without_authentication_there_is_no_metadata_and_no_caller() -> None:
    async with serving(Settings()) as client:
        assert (await client.http.get(METADATA)).status_code == 404
        assert text(await client.call("run")) == "nobody"


# -- trouble


async def test_an_issuer_that_is_down_is_no_verdict_on_the_token() -> None:
    issuer = Issuer(URL)
    issuer.status = 500
    async with serving(SETTINGS, Surroundings(transport=issuer.transport)) as client:
        response = await client.call("look", issuer.token())

    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert "www-authenticate" not in response.headers


async def test_an_address_that_keeps_sending_bad_tokens_has_to_wait(issuer: Issuer) -> None:
    settings = SETTINGS.model_copy(update={"limits": LimitSettings(failed_logins=3)})
    async with serving(settings, Surroundings(transport=issuer.transport)) as client:
        bad = [await client.call("look", "bad") for _ in range(5)]
        good = await client.call("look", issuer.token())
        none = await client.call("look")

    assert [response.status_code for response in bad] == [401, 401, 401, 429, 429]
    assert (good.status_code, none.status_code) == (429, 401)
    assert 1 <= int(good.headers["retry-after"]) <= 60
