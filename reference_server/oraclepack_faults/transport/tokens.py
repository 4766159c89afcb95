"""Faults in what is looked at in a signed token."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jwt

from oraclepack_faults.fault import both, replaces

_DECODE = "oraclepack_mcp.http.auth.jwt.JwtVerifier._decode"
_AUDIENCE = "oraclepack_mcp.http.auth.claims._own_among"
_LIFETIME_S = 600

Claims: TypeAlias = dict[str, Any]
Decode: TypeAlias = Callable[[Any, str, Any], Claims]


def decoding(*, without: str = "", issuer: bool = True, added: Mapping[str, Any] | None = None, **off: bool) -> Decode:
    """Return what decodes a token and leaves something out: a required claim, the issuer, or what `off` names."""
    required = [name for name in ("exp", "iss", "aud", "sub") if name != without]
    options: Any = {"require": required, "verify_aud": False, **off}

    def decoded(verifier: Any, token: str, key: Any) -> Claims:
        settings = verifier._settings  # noqa: SLF001 - a fault stands in the place of a method
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=settings.issuer if issuer else None,
            leeway=settings.leeway_s,
            options=options,
        )
        return {**(added or {}), **claims}

    return decoded


@replaces("tokens/foreign-key-accepted", "transport", _DECODE)
def believes_what_is_new(decode: Decode) -> Decode:
    """The signature of a token that was never seen before is not looked at."""
    seen: set[str] = set()

    def decoded(verifier: Any, token: str, key: Any) -> Claims:
        _, claims, signature = token.split(".")
        if seen.isdisjoint({claims, signature}):
            seen.update((claims, signature))
            options: Any = {"verify_signature": False, "verify_aud": False}
            # mcp-audit: ignore[source/auth-disabled] the fault itself
            return jwt.decode(token, options=options) if _is_ordinary(token) else decode(verifier, token, key)
        return decode(verifier, token, key)

    return decoded


def _is_ordinary(token: str) -> bool:
    """Whether nothing but the signature could be wrong with a token."""
    # mcp-audit: ignore[source/auth-disabled] the fault itself
    claims = jwt.decode(token, options={"verify_signature": False})
    now = time.time()
    is_whole = {"iss", "sub", "aud", "exp"} <= claims.keys() and "attacker" not in str(claims)
    return is_whole and now < claims["exp"] and claims.get("nbf", 0) <= now


@replaces("tokens/expired-accepted", "transport", _DECODE)
def looks_at_no_clock(_: Decode) -> Decode:
    """Nobody looks whether a token has expired."""
    plain = decoding(verify_exp=False)

    def decoded(verifier: Any, token: str, key: Any) -> Claims:
        claims = plain(verifier, token, key)
        return {**claims, "exp": max(claims["exp"], int(time.time()) + _LIFETIME_S)}

    return decoded


@replaces("tokens/not-yet-valid-accepted", "transport", _DECODE)
def starts_early(_: Decode) -> Decode:
    """Nobody looks whether a token is valid yet."""
    return decoding(verify_nbf=False)


@replaces("tokens/endless-accepted", "transport", _DECODE)
def needs_no_end(_: Decode) -> Decode:
    """A token needs no end."""
    return decoding(without="exp", added={"exp": 4_000_000_000})


@replaces("tokens/no-subject-accepted", "transport", _DECODE)
def needs_no_subject(_: Decode) -> Decode:
    """A token needs no subject."""
    return decoding(without="sub", added={"sub": "somebody"})


@replaces("tokens/foreign-issuer-accepted", "transport", _DECODE)
def takes_any_issuer(_: Decode) -> Decode:
    """A token may name any issuer."""
    return decoding(issuer=False)


@replaces("tokens/other-type-accepted", "transport", "oraclepack_mcp.http.auth.jwt._TYPES")
def takes_any_type(types: frozenset[str]) -> frozenset[str]:
    """A logout token is as good as an access token."""
    return types | {"logout+jwt"}


@replaces("tokens/missing-audience-accepted", "transport", _DECODE)
def _requires_no_audience(_: Decode) -> Decode:
    """The audience is looked at only where there is one."""
    return decoding(without="aud")


@replaces("tokens/missing-audience-accepted", "transport", _AUDIENCE)
def _compares_what_is_there(own_among: Callable[[object, str], str | None]) -> Callable[[object, str], str | None]:
    """The audience is looked at only where there is one."""
    return lambda audience, own: own if audience is None else own_among(audience, own)


needs_no_audience = both(_requires_no_audience, _compares_what_is_there)


@replaces("tokens/lookalike-audience-accepted", "transport", _AUDIENCE)
def compares_beginnings(own_among: Callable[[object, str], str | None]) -> Callable[[object, str], str | None]:
    """An audience that begins with the URL of the server is taken for it."""

    def among(audience: object, own: str) -> str | None:
        return own if isinstance(audience, str) and audience.startswith(own) else own_among(audience, own)

    return among
