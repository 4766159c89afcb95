"""Tokens that are verified by their signature."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import anyio
import httpx2
import jwt
import pytest
from mcp.server.auth.provider import AccessToken
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.http.auth.fetching import MAX_BYTES, open_client
from oraclepack_mcp.http.auth.jwt import MAX_TOKEN, JwtVerifier
from oraclepack_mcp.http.auth.keys import KeyRing, from_url
from oraclepack_mcp.http.auth.principal import caller_of
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.auth.verifying import build_verifier
from pydantic import ValidationError

from tests.issuer import ISSUER, JWKS_URL, Issuer, draw, pem_of, public_jwk

pytestmark = pytest.mark.anyio

RESOURCE = "https://packs.example/mcp"
SETTINGS = AuthSettings(issuer=ISSUER, resource_url=RESOURCE, jwks_url=JWKS_URL)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer(RESOURCE, "RS256", "ES256", "EdDSA")


async def verify(issuer: Issuer, token: str, settings: AuthSettings = SETTINGS) -> AccessToken | None:
    async with open_client(5, issuer.transport) as client:
        return await build_verifier(settings, client).verify_token(token)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_good_token_says_who_it_speaks_for_and_what_for(issuer: Issuer, algorithm: str) -> None:
    access = await verify(issuer, issuer.token(algorithm))

    assert access is not None
    assert (access.subject, access.client_id, access.claims) == ("alice", "inspector", {"iss": ISSUER})
    assert access.scopes == ["packs:read", "runs:read", "urls:read"]
    assert access.resource == RESOURCE
    assert access.token == ""


def from_now(changed: dict[str, Any]) -> dict[str, Any]:
    """The claims with their seconds from now as times; cases are made long before they are tried."""
    now = int(time.time())
    return {name: value + now if isinstance(value, int) else value for name, value in changed.items()}


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["https://other.example", RESOURCE]},
        {"aud": RESOURCE + "/"},
        {"aud": "HTTPS://PACKS.EXAMPLE:443/mcp"},
        {"exp": -10},
        {"nbf": 10},
        {"scope": None, "scp": ["packs:read"]},
        {"client_id": None, "azp": "inspector"},
    ],
)
async def test_what_a_good_issuer_may_write_is_taken(issuer: Issuer, changed: dict[str, Any]) -> None:
    assert await verify(issuer, issuer.token(**from_now(changed))) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example/mcp"},
        {"aud": RESOURCE + "-evil"},
        {"aud": RESOURCE + "/deeper"},
        {"aud": "https://packs.example"},
        {"aud": "https://packs.example:444/mcp"},
        {"aud": "http://packs.example/mcp"},
        {"aud": "https://user@packs.example/mcp"},
        {"aud": RESOURCE + "?x=1"},
        {"aud": "/mcp"},
        {"aud": "https://[packs.example/mcp"},
        {"aud": ["https://other.example"]},
        {"aud": []},
        {"aud": None},
        {"iss": "https://issuer.example"},
        {"iss": "https://attacker.example/"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"sub": ""},
    ],
)
async def test_a_token_for_others_or_for_another_time_is_refused(issuer: Issuer, changed: dict[str, Any]) -> None:
    assert await verify(issuer, issuer.token(**changed)) is None


async def test_a_token_that_nobody_signed_is_refused(issuer: Issuer) -> None:
    kid = issuer.keys["EdDSA"][0]

    for algorithm in ("none", "None", "NONE", "", None, 5, ["EdDSA"]):
        assert await verify(issuer, issuer.forged({"alg": algorithm, "kid": kid, "typ": "JWT"})) is None
    assert await verify(issuer, issuer.forged({"alg": "EdDSA", "kid": kid, "typ": "JWT"})) is None


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_public_key_is_no_secret_for_hs256(issuer: Issuer, algorithm: str) -> None:
    kid, key = issuer.keys[algorithm]
    unsigned = issuer.forged({"alg": "HS256", "kid": kid, "typ": "JWT"}).rstrip(".")
    for secret in (pem_of(key), json.dumps(public_jwk(key, algorithm, kid)).encode()):
        digest = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
        signature = urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert await verify(issuer, f"{unsigned}.{signature}") is None


async def test_a_signature_by_another_key_is_refused_even_if_the_token_brings_the_key(issuer: Issuer) -> None:
    stranger = Issuer(RESOURCE)
    kid = issuer.keys["EdDSA"][0]
    own = public_jwk(stranger.keys["EdDSA"][1], "EdDSA", kid)

    for headers in ({"kid": kid}, {"kid": kid, "jwk": own}, {"kid": kid, "jku": "https://attacker.example/keys"}):
        assert await verify(issuer, stranger.token(headers=headers)) is None
    assert await verify(issuer, stranger.token(headers={"kid": "unknown", "jwk": own})) is None


async def test_a_changed_token_is_refused(issuer: Issuer) -> None:
    header, claims, signature = issuer.token().split(".")
    wider = issuer.token(scope="packs:execute").split(".")[1]

    for token in (f"{header}.{wider}.{signature}", f"{header}.{claims}", f"{header}.{claims}.", "garbage", "", "a.b.c"):
        assert await verify(issuer, token) is None
    assert await verify(issuer, issuer.token()[:-8] + "AAAAAAAA") is None


async def test_a_token_of_another_kind_or_with_unknown_demands_is_refused(issuer: Issuer) -> None:
    for headers in ({"typ": "oauth-id-jag+jwt"}, {"typ": "dpop+jwt"}, {"crit": ["unheard"], "unheard": 1}, {"kid": 7}):
        header = {"alg": "EdDSA", "kid": issuer.keys["EdDSA"][0], "typ": "JWT", **headers}
        unsigned = issuer.forged(header).rstrip(".")
        key: Any = issuer.keys["EdDSA"][1]
        signature = urlsafe_b64encode(key.sign(unsigned.encode())).rstrip(b"=").decode()
        assert await verify(issuer, f"{unsigned}.{signature}") is None


async def test_an_algorithm_that_is_not_allowed_is_refused(issuer: Issuer) -> None:
    only = SETTINGS.model_copy(update={"algorithms": ("ES256",)})

    assert await verify(issuer, issuer.token("ES256"), only) is not None
    assert await verify(issuer, issuer.token("EdDSA"), only) is None


async def test_json_nested_without_end_and_endless_tokens_are_refused(issuer: Issuer) -> None:
    deep = urlsafe_b64encode(b'{"alg":' + b"[" * 5000).decode().rstrip("=")

    assert await verify(issuer, f"{deep}.e30.AA") is None
    assert await verify(issuer, "a" * (MAX_TOKEN + 1)) is None


async def test_a_short_rsa_key_verifies_nothing(issuer: Issuer) -> None:
    weak = draw("RS256", 1024)
    entry = json.dumps({"keys": [public_jwk(weak, "RS256", "weak")]}).encode()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=entry))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(issuer.claims(), weak, "RS256", {"kid": "weak"})
    async with open_client(5, transport) as client:
        assert await build_verifier(SETTINGS, client).verify_token(token) is None


@pytest.mark.parametrize(
    "change", [{"use": "enc"}, {"kty": "oct", "k": "c2VjcmV0"}, {"d": "AA"}, {"kty": "new"}, {"x": 1}]
)
async def test_entries_that_are_no_public_signature_keys_are_passed_over(
    issuer: Issuer, change: dict[str, Any]
) -> None:
    kid, key = issuer.keys["EdDSA"]
    entries: list[Any] = [{**public_jwk(key, "EdDSA", kid), **change}, 5]
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"keys": entries}))
    async with open_client(5, transport) as client:
        verifier = build_verifier(SETTINGS, client)
        assert await verifier.verify_token(issuer.token()) is None


# -- remembered tokens


class Counting(JwtVerifier):
    """Counts the signatures that are computed."""

    computed = 0

    def _decode(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        self.computed += 1
        return super()._decode(token, key)


async def test_the_signature_of_a_token_is_computed_once_while_its_key_is_the_issuers() -> None:
    issuer, clock = Issuer(RESOURCE), Clock()
    async with open_client(5, issuer.transport) as client:
        verifier = Counting(SETTINGS, ring(issuer, client, clock))
        token = issuer.token()
        first = await verifier.verify_token(token)
        assert first is not None
        assert [await verifier.verify_token(token) for _ in range(3)] == [first] * 3
        assert verifier.computed == 1

        issuer.rotate("EdDSA", "second")
        clock.now += 601
        assert await verifier.verify_token(token) is None


async def test_a_remembered_token_is_judged_anew_once_it_has_expired() -> None:
    issuer, keys_clock, clock = Issuer(RESOURCE), Clock(), Clock()
    clock.now = time.time()
    async with open_client(5, issuer.transport) as client:
        verifier = Counting(SETTINGS, ring(issuer, client, keys_clock), clock=clock)
        token = issuer.token(exp=int(clock.now) + 60)
        for seconds, computed in ((0, 1), (60 + SETTINGS.leeway_s - 1, 1), (2, 2)):
            clock.now += seconds
            assert await verifier.verify_token(token) is not None
            assert verifier.computed == computed


async def test_bad_tokens_are_not_remembered_and_good_ones_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oraclepack_mcp.http.auth.jwt.MAX_REMEMBERED", 2)
    issuer, stranger, clock = Issuer(RESOURCE), Issuer(RESOURCE), Clock()
    async with open_client(5, issuer.transport) as client:
        verifier = Counting(SETTINGS, ring(issuer, client, clock))
        forged = stranger.token()
        for _ in range(2):
            assert await verifier.verify_token(forged) is None
        assert verifier.computed == 2
        tokens = [issuer.token(sub=f"user-{number}") for number in range(3)]
        for token in (*tokens, tokens[2], tokens[0]):
            assert await verifier.verify_token(token) is not None
    assert verifier.computed == 2 + 3 + 1


# -- keys


def ring(issuer: Issuer, client: httpx2.AsyncClient, clock: Clock) -> KeyRing:
    return KeyRing(from_url(client, JWKS_URL), ("EdDSA",), max_age_s=600, min_interval_s=30, clock=clock)


async def test_keys_are_fetched_once_and_again_for_a_new_key_but_not_at_every_unknown_one() -> None:
    issuer, clock = Issuer(RESOURCE), Clock()
    async with open_client(5, issuer.transport) as client:
        verifier = JwtVerifier(SETTINGS, ring(issuer, client, clock))
        for _ in range(3):
            assert await verifier.verify_token(issuer.token()) is not None
        assert issuer.fetches == 1

        issuer.rotate("EdDSA", "second")
        assert await verifier.verify_token(issuer.token()) is None
        assert issuer.fetches == 1
        clock.now += 30
        assert await verifier.verify_token(issuer.token()) is not None
        for number in range(20):
            assert await verifier.verify_token(issuer.token(headers={"kid": f"made-up-{number}"})) is None
        assert issuer.fetches == 2


async def test_many_tokens_at_once_are_one_fetch() -> None:
    issuer = Issuer(RESOURCE)
    found: list[AccessToken | None] = []
    async with open_client(5, issuer.transport) as client:
        verifier = build_verifier(SETTINGS, client)

        async def one() -> None:
            found.append(await verifier.verify_token(issuer.token()))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(one)
    assert len(found) == 10
    assert all(found)
    assert issuer.fetches == 1


async def test_a_key_without_its_id_is_found_only_where_it_is_the_only_one() -> None:
    one, two = Issuer(RESOURCE), Issuer(RESOURCE, "EdDSA")
    assert await verify(one, one.token(headers={"kid": None})) is not None

    entries = [public_jwk(key, "EdDSA", kid) for kid, key in (one.keys["EdDSA"], ("other", two.keys["EdDSA"][1]))]
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"keys": entries}))
    async with open_client(5, transport) as client:
        verifier = build_verifier(SETTINGS, client)
        assert await verifier.verify_token(one.token(headers={"kid": None})) is None
        assert await verifier.verify_token(one.token()) is not None


async def test_old_keys_serve_for_a_while_when_the_issuer_is_down_and_then_nothing_is_judged() -> None:
    issuer, clock = Issuer(RESOURCE), Clock()
    async with open_client(5, issuer.transport) as client:
        verifier = JwtVerifier(SETTINGS, ring(issuer, client, clock))
        assert await verifier.verify_token(issuer.token()) is not None
        issuer.status = 500
        clock.now += 3000
        assert await verifier.verify_token(issuer.token()) is not None
        clock.now += 1000
        with pytest.raises(DomainError, match="UNAVAILABLE"):
            await verifier.verify_token(issuer.token())
        issuer.status = 200
        clock.now += 30
        assert await verifier.verify_token(issuer.token()) is not None


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(302, headers={"location": "https://attacker.example/keys"}),
        httpx2.Response(200, content=b"[]"),
        httpx2.Response(200, content=b"nope"),
        httpx2.Response(200, content=b'{"keys": 5}'),
        httpx2.Response(200, content=b" " * (MAX_BYTES + 1)),
        httpx2.Response(200, content=b"[" * 100_000),
    ],
)
async def test_without_a_set_of_keys_nothing_is_judged(answer: httpx2.Response) -> None:
    issuer = Issuer(RESOURCE)
    async with open_client(5, httpx2.MockTransport(lambda _: answer)) as client:
        with pytest.raises(DomainError, match="UNAVAILABLE"):
            await build_verifier(SETTINGS, client).verify_token(issuer.token())


async def test_keys_may_come_from_a_file(tmp_path: Path) -> None:
    issuer, path = Issuer(RESOURCE), tmp_path / "keys.json"
    settings = AuthSettings(issuer=ISSUER, resource_url=RESOURCE, jwks_file=path)
    with pytest.raises(DomainError, match="UNAVAILABLE") as refused:
        await verify(issuer, issuer.token(), settings)
    assert str(tmp_path) not in str(refused.value)
    path.write_bytes(issuer.jwks())

    assert await verify(issuer, issuer.token(), settings) is not None
    assert issuer.fetches == 0


# -- principals and settings


async def test_principals_differ_by_issuer_client_and_subject_and_never_run_together(issuer: Issuer) -> None:
    claims: list[dict[str, Any]] = [{}, {"sub": "bob"}, {"client_id": "other"}, {"sub": "a b", "client_id": "c"}]
    claims.append({"sub": "b", "client_id": "c a"})
    found = [await verify(issuer, issuer.token(**changed)) for changed in claims]

    principals = [caller_of(access).principal for access in found if access]
    assert len(set(principals)) == 5
    assert principals[0] == "https://issuer.example/ inspector alice"


@pytest.mark.parametrize(
    "wrong",
    [
        {"jwks_url": None},
        {"jwks_file": "keys.json"},
        {"jwks_url": "http://issuer.example/keys"},
        {"issuer": "issuer.example"},
        {"resource_url": "https://packs.example/mcp#here"},
        {"resource_url": "https://user:secret@packs.example/mcp"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"leeway_s": 3600},
        {"unknown": 1},
    ],
)
def test_settings_that_would_verify_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AuthSettings.model_validate({"issuer": ISSUER, "resource_url": RESOURCE, "jwks_url": JWKS_URL, **wrong})
