import json
from pathlib import Path

import jwt
import pytest
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.lab import jose
from mcp_audit_harness.lab.minting import Mint
from mcp_audit_harness.model import HttpTarget
from mcp_audit_harness.session.credentials import Credentials

RESOURCE = "http://127.0.0.1:8000/mcp"


@pytest.mark.parametrize("algorithm", jose.ALGORITHMS)
def test_what_is_signed_is_verified_by_others(algorithm: str) -> None:
    key = jose.SigningKey.draw(algorithm, "k1")
    token = jose.compact({"alg": algorithm, "kid": "k1"}, {"sub": "a"}, key.sign)
    assert jwt.decode(token, jwt.PyJWK(key.public_jwk()), algorithms=[algorithm]) == {"sub": "a"}
    assert jose.SigningKey.load(key.private_jwk()).public_jwk() == key.public_jwk()
    assert "d" not in key.public_jwk()


def test_what_is_no_token_has_no_parts() -> None:
    assert jose.parse("opaque") is None
    assert jose.parse("a.b.c") is None
    assert jose.parse(jose.compact({"alg": "none"}, {"sub": "a"}, jose.unsigned)) is None


def test_a_public_key_has_texts_that_can_be_taken_for_secrets() -> None:
    key = jose.SigningKey.draw("ES256")
    assert [name for name, _ in jose.public_texts(key.public_jwk())] == [
        "PEM",
        "PEM without its last line break",
        "DER",
    ]
    assert jose.public_texts({"kty": "oct", "k": "YQ"}) == ()
    assert jose.public_texts({"kty": "?"}) == ()


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    key = jose.SigningKey.draw("EdDSA", "k1")
    path = tmp_path / "key.json"
    said = {"issuer": "http://127.0.0.1:9/", "key": key.private_jwk(), "claims": {"scope": "b a"}}
    path.write_text(json.dumps(said))
    return str(path)


def test_a_token_is_like_the_ordinary_one_but_for_what_is_changed(key_file: str) -> None:
    mint = Mint.read(key_file, "", RESOURCE)
    token = jose.parse(mint.token({"sub": None, "exp": -60}, header={"typ": "logout+jwt"}))
    assert token is not None
    assert token.header == {"typ": "logout+jwt", "kid": "k1", "alg": "EdDSA"}
    assert "sub" not in token.claims
    assert token.claims["exp"] - token.claims["iat"] == -60
    assert (token.claims["aud"], token.claims["scope"]) == (RESOURCE, "b a")


def test_the_operators_token_says_what_the_key_file_does_not(key_file: str) -> None:
    other = jose.SigningKey.draw("EdDSA", "k2")
    own = jose.compact({"alg": "EdDSA", "kid": "k2"}, {"iss": "i", "aud": "r", "sub": "alice"}, other.sign)
    token = jose.parse(Mint.read(key_file, own, RESOURCE).token())
    assert token is not None
    assert (token.header["kid"], token.claims["iss"], token.claims["aud"], token.claims["sub"]) == (
        "k2",
        "i",
        "r",
        "alice",
    )


def test_identities_that_were_not_given_are_signed(key_file: str) -> None:
    given = Credentials.of(HttpTarget(RESOURCE, issuer_key=key_file, identities=(("second", "Bearer given"),)))
    assert dict(given.identity("second") or {})["authorization"] == "Bearer given"
    names = ("low-scope", "foreign-audience")
    shown = [str(dict(given.identity(name) or {})["authorization"]) for name in names]
    low, foreign = (jose.parse(value.removeprefix("Bearer ")) for value in shown)
    assert low is not None
    assert low.claims["scope"] == "a"
    assert foreign is not None
    assert foreign.claims["aud"] != RESOURCE


@pytest.mark.parametrize(
    "text", ["", "{}", '{"key": "x"}', '{"key": {"kty": "oct", "k": "YQ"}}', "-----BEGIN NOTHING-----"]
)
def test_a_file_without_a_key_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(HarnessError):
        Mint.read(str(path), "", RESOURCE)
