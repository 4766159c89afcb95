"""JSON Web Tokens taken apart and put together, good and bad, and the keys that sign them (RFC 7515, 7517, 7518).

Taking apart and HMAC need the standard library only; other signatures need the extra `server`.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self, TypeAlias

from ..errors import HarnessError
from ..model import JsonObject

Sign: TypeAlias = Callable[[bytes], bytes]
ALGORITHMS = ("EdDSA", "ES256", "RS256")
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token in parts; the texts are as they came."""

    header: JsonObject
    claims: JsonObject
    parts: tuple[str, str, str]


def parse(text: str) -> Token | None:
    """Return a token in parts; None for what is no signed JSON Web Token."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    return Token(header, claims, (parts[0], parts[1], parts[2])) if header and claims and parts[2] else None


def _object(part: str) -> JsonObject:
    try:
        found = json.loads(decoded(part))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def decoded(part: str) -> bytes:
    """Return the bytes of a part; raises ValueError for what is no base64url."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(data: bytes | Mapping[str, Any]) -> str:
    """Return bytes, or a JSON object, as a part of a token."""
    raw = data if isinstance(data, bytes) else json.dumps(dict(data), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Sign) -> str:
    """Return a token, signed by whatever `sign` does."""
    signed = f"{encoded(header)}.{encoded(claims)}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def hs256(secret: bytes) -> Sign:
    """Return what signs with a shared secret."""
    return lambda data: hmac.new(secret, data, sha256).digest()


def unsigned(_: bytes) -> bytes:
    """Sign nothing."""
    return b""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, and for which algorithm."""

    algorithm: str
    kid: str
    _private: Any

    @classmethod
    def draw(cls, algorithm: str, kid: str = "") -> Self:
        """Draw a key for one of `ALGORITHMS`; raises HarnessError without the extra `server`."""
        _demand()
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - of an extra

        private: Any
        if algorithm == "RS256":
            private = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        elif algorithm == "ES256":
            private = ec.generate_private_key(ec.SECP256R1())
        elif algorithm == "EdDSA":
            private = ed25519.Ed25519PrivateKey.generate()
        else:
            raise HarnessError(f"no key can be drawn for {algorithm!r}; there are {', '.join(ALGORITHMS)}")
        return cls(algorithm, kid, private)

    @classmethod
    def load(cls, key: str | JsonObject) -> Self:
        """Read a private key: PEM, or a JSON Web Key; raises HarnessError for what is none, or of another kind."""
        _demand()
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
        from jwt import PyJWK, PyJWTError  # noqa: PLC0415

        kid = ""
        try:
            if isinstance(key, str):
                private: Any = load_pem_private_key(key.encode(), password=None)
            else:
                private, kid = PyJWK(key).key, str(key.get("kid", ""))
        except (ValueError, TypeError, PyJWTError) as error:
            raise HarnessError(f"this is no private key: {error}") from error
        kinds = (
            (ed25519.Ed25519PrivateKey, "EdDSA"),
            (rsa.RSAPrivateKey, "RS256"),
            (ec.EllipticCurvePrivateKey, "ES256"),
        )
        for kind, algorithm in kinds:
            if isinstance(private, kind):
                return cls(algorithm, kid, private)
        raise HarnessError("this is no private key for EdDSA, RS256 or ES256")

    def sign(self, data: bytes) -> bytes:
        """Sign bytes."""
        signature: bytes = _algorithm(self.algorithm).sign(data, self._private)
        return signature

    def private_jwk(self) -> JsonObject:
        """Return the key as a JSON Web Key, which is a secret."""
        return self._jwk(self._private)

    def public_jwk(self) -> JsonObject:
        """Return its public half as issuers publish it."""
        return self._jwk(self._private.public_key())

    def _jwk(self, key: Any) -> JsonObject:
        found: JsonObject = json.loads(_algorithm(self.algorithm).to_jwk(key))
        found.pop("key_ops", None)
        named = {"kid": self.kid} if self.kid else {}
        return {**found, **named, "alg": self.algorithm, "use": "sig"}


def public_texts(jwk: JsonObject) -> tuple[tuple[str, bytes], ...]:
    """Return the texts of a public key that a verifier can take for a secret; none where it cannot be read."""
    _demand()
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415
    from jwt import PyJWK, PyJWTError  # noqa: PLC0415

    try:
        key = PyJWK(jwk).key
    except PyJWTError:
        return ()
    if not hasattr(key, "public_bytes"):
        return ()
    pem: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return ("PEM", pem), ("PEM without its last line break", pem.rstrip()), ("DER", der)


def _algorithm(name: str) -> Any:
    from jwt.algorithms import get_default_algorithms  # noqa: PLC0415

    return get_default_algorithms()[name]


def _demand() -> None:
    try:
        import cryptography  # noqa: F401, PLC0415
        import jwt  # noqa: F401, PLC0415
    except ImportError as error:
        raise HarnessError("signing tokens needs the extra: pip install 'mcp-audit[server]'") from error
