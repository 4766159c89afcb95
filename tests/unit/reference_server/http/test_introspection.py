"""Tokens that the authorization server is asked about."""

import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.http.auth.fetching import open_client
from oraclepack_mcp.http.auth.introspection import IntrospectionVerifier
from oraclepack_mcp.http.auth.settings import AuthSettings, IntrospectionSettings
from oraclepack_mcp.telemetry.breaker import Breaker

from tests.issuer import INTROSPECTION_URL, ISSUER, Issuer

pytestmark = pytest.mark.anyio

RESOURCE = "https://packs.example/mcp"
VARIABLE = "ORACLEPACK_TEST_INTROSPECTION"
INTROSPECTION = IntrospectionSettings(url=INTROSPECTION_URL, client_id="the server", client_secret_variable=VARIABLE)
SETTINGS = AuthSettings(issuer=ISSUER, resource_url=RESOURCE, introspection=INTROSPECTION)


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "p:ss%word")


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(RESOURCE)


def active(issuer: Issuer, **changed: Any) -> dict[str, Any]:
    return {"active": True, **issuer.claims(**changed)}


async def test_an_active_token_for_this_server_is_good(issuer: Issuer) -> None:
    issuer.answers["opaque"] = active(issuer)
    async with open_client(5, issuer.transport) as client:
        access = await IntrospectionVerifier(SETTINGS, INTROSPECTION, client).verify_token("opaque")

    assert access is not None
    assert (access.subject, access.client_id, access.claims) == ("alice", "inspector", {"iss": ISSUER})
    [request] = issuer.introspected
    assert request.method == "POST"
    assert httpx2.QueryParams(request.content.decode())["token_type_hint"] == "access_token"
    assert b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"the+server:p%3Ass%25word"


@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"active": "true"},
        {"active": None},
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "https://attacker.example/"},
        {"exp": 1},
        {"exp": None},
        {"exp": True},
        {"nbf": time.time() + 3600},
        {"nbf": "soon"},
        {"sub": None},
    ],
)
async def test_any_other_token_is_refused(issuer: Issuer, changed: dict[str, Any]) -> None:
    issuer.answers["opaque"] = {
        name: value for name, value in {**active(issuer), **changed}.items() if value is not None
    }
    async with open_client(5, issuer.transport) as client:
        verifier = IntrospectionVerifier(SETTINGS, INTROSPECTION, client)
        assert await verifier.verify_token("opaque") is None
        assert await verifier.verify_token("unknown") is None


async def test_the_issuer_is_the_configured_one_where_the_answer_names_none(issuer: Issuer) -> None:
    issuer.answers["opaque"] = active(issuer, iss=None)
    async with open_client(5, issuer.transport) as client:
        access = await IntrospectionVerifier(SETTINGS, INTROSPECTION, client).verify_token("opaque")

    assert access is not None
    assert access.claims == {"iss": ISSUER}


async def test_an_answer_is_used_again_for_a_while_but_not_beyond_the_end_of_the_token(issuer: Issuer) -> None:
    clock = Clock()
    issuer.answers["long"] = active(issuer)
    issuer.answers["short"] = active(issuer, exp=int(clock.now) + 1)
    exact = SETTINGS.model_copy(update={"leeway_s": 0})
    async with open_client(5, issuer.transport) as client:
        verifier = IntrospectionVerifier(exact, INTROSPECTION, client, clock=clock)
        for _ in range(3):
            assert await verifier.verify_token("long") is not None
            assert await verifier.verify_token("short") is not None
            assert await verifier.verify_token("bad") is None
        assert len(issuer.introspected) == 3

        clock.now += 10
        assert await verifier.verify_token("short") is None
        issuer.answers["long"] = {"active": False}
        assert await verifier.verify_token("long") is not None
        clock.now += 30
        assert await verifier.verify_token("long") is None


async def test_only_so_many_answers_are_kept(issuer: Issuer) -> None:
    few = INTROSPECTION.model_copy(update={"remember_tokens": 10})
    async with open_client(5, issuer.transport) as client:
        verifier = IntrospectionVerifier(SETTINGS, few, client)
        for number in range(50):
            assert await verifier.verify_token(f"made-up-{number}") is None
        assert len(verifier._remembered) == 10
        assert b"made-up-49" not in b"".join(verifier._remembered)


@pytest.mark.parametrize("body", [b"", b"[]", b"nope", b'"active"'])
async def test_what_is_no_answer_judges_nothing_and_is_not_kept(issuer: Issuer, body: bytes) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=body))
    async with open_client(5, transport) as client:
        verifier = IntrospectionVerifier(SETTINGS, INTROSPECTION, client)
        with pytest.raises(DomainError, match="UNAVAILABLE"):
            await verifier.verify_token("opaque")
        assert not verifier._remembered


async def test_an_authorization_server_that_keeps_failing_is_left_alone(issuer: Issuer) -> None:
    issuer.status = 503
    breaker = Breaker("introspection", failures=3, cooldown_s=60)
    async with open_client(5, issuer.transport) as client:
        verifier = IntrospectionVerifier(SETTINGS, INTROSPECTION, client, guard=breaker.guard)
        for number in range(10):
            with pytest.raises(DomainError, match="UNAVAILABLE"):
                await verifier.verify_token(f"token-{number}")

    assert len(issuer.introspected) == 3


async def test_each_call_of_the_authorization_server_is_guarded_and_no_other(issuer: Issuer) -> None:
    guarded: list[str] = []

    @contextmanager
    def guard() -> Iterator[None]:
        guarded.append("call")
        yield

    async with open_client(5, issuer.transport) as client:
        verifier = IntrospectionVerifier(SETTINGS, INTROSPECTION, client, guard=guard)
        await verifier.verify_token("opaque")
        await verifier.verify_token("opaque")

    assert guarded == ["call"]


async def test_a_server_that_does_not_answer_in_time_is_unavailable() -> None:
    def too_late(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("too late", request=request)

    async with open_client(5, httpx2.MockTransport(too_late)) as client:
        with pytest.raises(DomainError, match="ReadTimeout"):
            await IntrospectionVerifier(SETTINGS, INTROSPECTION, client).verify_token("opaque")


def test_without_its_secret_the_server_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)

    with pytest.raises(ValueError, match=VARIABLE):
        INTROSPECTION.client_secret()
