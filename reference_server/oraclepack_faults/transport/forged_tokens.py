"""Faults in how the signature of a token is verified."""

import hmac
import urllib.request
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oraclepack_faults.fault import replaces

_DECODE = "oraclepack_mcp.http.auth.jwt.JwtVerifier._decode"
_KEY = "oraclepack_mcp.http.auth.jwt.JwtVerifier._key"
_VERIFY = "oraclepack_mcp.http.auth.jwt.JwtVerifier.verify_token"
_TIMEOUT_S = 1.0

Key: TypeAlias = Callable[[Any, dict[str, Any]], Awaitable[Any]]
Verify: TypeAlias = Callable[[Any, str], Awaitable[Any]]


def _believed(token: str) -> dict[str, Any]:
    # mcp-audit: ignore[source/auth-disabled] the fault itself
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def believing(believes: Callable[[str, Any], bool]) -> Callable[[Verify], Verify]:
    """Make a fault: tokens that it believes are taken as they are; it is told the key that is the only one."""

    def replaced(verify: Verify) -> Verify:
        from oraclepack_mcp.http.auth.claims import access_of  # noqa: PLC0415 - the server's, once it is there

        async def verified(verifier: Any, token: str) -> Any:
            known = await verifier._keys.find(None, "EdDSA")  # noqa: SLF001 - a fault stands in the place of a method
            if token.count(".") == 2 and believes(token, known):
                return access_of(_believed(token), verifier._settings)  # noqa: SLF001
            return await verify(verifier, token)

        return verified

    return replaced


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        return {}


@replaces("tokens/unsigned-accepted", "transport", _VERIFY)
def knows_one_spelling(verify: Verify) -> Verify:
    """Only the word none in small letters is known as no signature; other spellings pass."""
    spelt: Callable[[str, Any], bool] = lambda token, _: (  # noqa: E731 - one expression, with its type
        str(_header(token).get("alg")).lower() == "none" != _header(token).get("alg")
    )
    return believing(spelt)(verify)


@replaces("tokens/altered-accepted", "transport", _VERIFY)
def remembers_signatures(verify: Verify) -> Verify:
    """A signature that was good once is good for every token."""
    good: set[str] = set()

    async def verified(verifier: Any, token: str) -> Any:
        signature = token.rpartition(".")[2]
        if signature in good and token.count(".") == 2:
            return await believing(lambda *_: True)(verify)(verifier, token)
        access = await verify(verifier, token)
        if access is not None:
            good.add(signature)
        return access

    return verified


@replaces("tokens/public-key-as-secret", "transport", _VERIFY)
def takes_the_algorithm_of_the_token(verify: Verify) -> Verify:
    """A token that says HS256 is verified with the public key as the secret."""

    def believes(token: str, key: Any) -> bool:
        pem = key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed, _, signature = token.rpartition(".")
        drawn = hmac.new(pem, signed.encode(), sha256).digest()
        return _header(token).get("alg") == "HS256" and drawn == urlsafe_b64decode(signature + "==")

    return believing(believes)(verify)


@replaces("tokens/key-from-token", "transport", _KEY)
def takes_the_key_of_the_token(key: Key) -> Key:
    """A key in the header of a token is taken for the issuer's."""

    async def found(verifier: Any, header: dict[str, Any]) -> Any:
        return jwt.PyJWK(header["jwk"]) if "jwk" in header else await key(verifier, header)

    return found


_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


@replaces("tokens/key-fetched-from-token", "transport", _KEY)
def asks_where_it_is_told(key: Key) -> Key:
    """The address in the header of a token is fetched, though nobody believes what is there."""

    async def found(verifier: Any, header: dict[str, Any]) -> Any:
        if str(header.get("jku")).startswith(_LOOPBACK):
            with suppress(OSError):
                urllib.request.urlopen(header["jku"], timeout=_TIMEOUT_S).close()  # noqa: ASYNC210, S310 - the fault
        return await key(verifier, header)

    return found
