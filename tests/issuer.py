"""An authorization server in miniature: keys that a test draws, tokens good and bad, and what is asked of it."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER = "https://issuer.example/"
JWKS_URL = "https://issuer.example/keys"
INTROSPECTION_URL = "https://issuer.example/introspect"


def draw(algorithm: str, bits: int = 2048) -> Any:
    """A private key."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: Any, algorithm: str, kid: str) -> dict[str, Any]:
    """A public key as issuers publish it."""
    kinds: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
    return {**json.loads(kinds[algorithm].to_jwk(key.public_key())), "kid": kid, "use": "sig"}


def pem_of(key: Any) -> bytes:
    """A public key as PEM, which HS256 takes for a secret when a verifier lets it."""
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


class Issuer:
    """Signs with one key for each algorithm, and answers over `transport`."""

    def __init__(self, resource_url: str, *algorithms: str) -> None:
        self.resource_url = resource_url
        self.keys: dict[str, tuple[str, PrivateKeyTypes]] = {}
        self.fetches = 0
        self.status = 200
        self.introspected: list[httpx2.Request] = []
        self.answers: dict[str, Mapping[str, Any]] = {}
        for algorithm in algorithms or ("EdDSA",):
            self.rotate(algorithm, f"first-{algorithm}")
        self.transport = httpx2.MockTransport(self._answer)

    def rotate(self, algorithm: str, kid: str) -> None:
        """Sign with a new key from now on, and forget the old one."""
        self.keys[algorithm] = (kid, draw(algorithm))

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good token; None leaves one out."""
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "aud": self.resource_url,
            "sub": "alice",
            "client_id": "inspector",
            "scope": "packs:read runs:read urls:read",
            "iat": now,
            "exp": now + 600,
        }
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def token(self, algorithm: str = "EdDSA", *, headers: Mapping[str, Any] | None = None, **changed: Any) -> str:
        """A signed token."""
        kid, key = self.keys[algorithm]
        named: Any = {"kid": kid, "typ": "at+jwt", **(headers or {})}
        return jwt.encode(self.claims(**changed), key, algorithm, {k: v for k, v in named.items() if v is not None})  # type: ignore[arg-type]

    def forged(self, header: Mapping[str, Any], signature: bytes = b"", **changed: Any) -> str:
        """A token with any header at all."""
        parts = [json.dumps(header).encode(), json.dumps(self.claims(**changed)).encode(), signature]
        return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)

    def jwks(self) -> bytes:
        """The public keys."""
        return json.dumps({"keys": [public_jwk(key, name, kid) for name, (kid, key) in self.keys.items()]}).encode()

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == JWKS_URL:
            self.fetches += 1
            return httpx2.Response(self.status, content=self.jwks())
        self.introspected.append(request)
        token = httpx2.QueryParams(request.content.decode())["token"]
        return httpx2.Response(self.status, json=dict(self.answers.get(token, {"active": False})))
