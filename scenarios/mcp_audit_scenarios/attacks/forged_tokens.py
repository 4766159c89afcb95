"""Tokens that are made of the operator's own JWT without the key that signed it (RFC 8725, section 2).

A token with a random signature is the control: a server that takes that one takes every token, which is a finding of
its own (`authorization/accepts-bad-token`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.lab.jose import SigningKey, Token, compact, encoded, hs256, parse, public_texts, unsigned
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    SeverityByExposure,
    not_applicable,
    not_observed,
    since,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.addresses import address_of
from ..conformance.authorization_server import SERVER, issuer_of
from ..conformance.authorization_tokens import own_token
from ..conformance.challenge import bearer_guarded, let_in, welcomed
from .attempts import Attempt, attempted, judged
from .occasions import newest_of_era

_HOLE = SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL)
_VALIDATED = ("authorization/validate-access-tokens", "authorization/validate-inbound-tokens-s52")
_REFERENCES = ("https://cwe.mitre.org/data/definitions/347.html", "https://www.rfc-editor.org/rfc/rfc8725#section-2.1")
_MOST_KEYS = 2
ANY = "every token is taken, which is a finding of its own"


@dataclass(frozen=True, slots=True)
class ForgedTokens:
    """The opening with the operator's token, with a random signature, and with forgeries of each kind."""

    control: Exchange
    random: Exchange
    unsigned: tuple[Attempt, ...]
    altered: tuple[Attempt, ...]
    confused: tuple[Attempt, ...]
    """Signed by HMAC with a public key of the issuer for the secret; empty where none is known."""
    by_name: tuple[Attempt, ...]
    """Signed with the secret that a file or a query would give which the id of the key names."""
    stranger: tuple[Attempt, ...]
    """Signed by a key of the auditor's own, which nobody knows."""
    embedded: tuple[Attempt, ...]
    """The same with that key in the token's header."""
    symmetric: bool
    """Whether the operator's token is itself signed with a shared secret."""


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded, newest_of_era),
    timeout_s=30.0,
    bench=Bench.AUTHORIZED,
)
async def forged_tokens(probe: Probe) -> ForgedTokens:
    control = await welcomed(probe)
    token = own_jwt(probe, control)
    random = f"{token.parts[0]}.{token.parts[1]}.{encoded(probe.rng.randbytes(64))}"
    refused = await attempted(probe, "a random signature", bearing(probe, random))
    keys = [key for key in (*probe.issuer_keys(), *await _published(probe)) if key.get("kty") in {"RSA", "EC", "OKP"}]

    async def tried(kind: Iterator[tuple[str, str]]) -> tuple[Attempt, ...]:
        return tuple([await attempted(probe, name, bearing(probe, text)) for name, text in kind])

    return ForgedTokens(
        control,
        refused.first,
        unsigned=await tried(_unsigned(token)),
        altered=await tried(_altered(token)),
        confused=await tried(_confused(token, keys)),
        by_name=await tried(_by_name(token)),
        stranger=await tried(_by_stranger(token, embedded=False)),
        embedded=await tried(_by_stranger(token, embedded=True)),
        symmetric=str(token.header.get("alg", "")).startswith("HS"),
    )


def own_jwt(probe: Probe, control: Exchange) -> Token:
    """Return the operator's token in parts; raises Unobservable if it is no JWT."""
    token = parse(own_token(probe))
    if token is None:
        raise Unobservable("the operator's bearer token is no JWT, so there is nothing to forge", control)
    return token


def bearing(probe: Probe, token: str) -> Headers:
    """Return the headers that show a token and no other credential."""
    return {**probe.anonymous(), "authorization": f"Bearer {token}"}


async def _published(probe: Probe) -> list[JsonObject]:
    """Return keys that the target's own origin publishes; no other is asked."""
    headers = {**probe.anonymous(), "accept": "application/json"}
    own, found = address_of(probe.url), issuer_of(await probe.http("GET", path=SERVER, headers=headers))
    named = address_of(found.get("jwks_uri"))
    is_own = named is not None and own is not None and named.origin == own.origin
    path = urlsplit(named.text).path if named is not None and is_own else "/.well-known/jwks.json"
    answer = await probe.http("GET", path=path or "/", headers=headers)
    try:
        document: Any = json.loads(answer.body) if answer.status == 200 else {}
    except (ValueError, RecursionError):
        return []
    keys = document.get("keys") if isinstance(document, dict) else None
    return [key for key in keys if isinstance(key, dict)][:_MOST_KEYS] if isinstance(keys, list) else []


def _unsigned(token: Token) -> Iterator[tuple[str, str]]:
    for name in ("None", "NONE", "nOnE"):
        yield (
            f"an unsigned token of the algorithm {name}",
            compact({**token.header, "alg": name}, token.claims, unsigned),
        )


def _altered(token: Token) -> Iterator[tuple[str, str]]:
    header, claims, signature = token.parts
    somebody = encoded({**token.claims, "sub": "mcp-audit-somebody-else"})
    yield "a token about somebody else with the old signature", f"{header}.{somebody}.{signature}"
    yield "a token without its signature", f"{header}.{claims}."
    yield "a token of two parts", f"{header}.{claims}"


def _confused(token: Token, keys: list[JsonObject]) -> Iterator[tuple[str, str]]:
    for key in keys:
        header = {**token.header, "alg": "HS256", **({"kid": key["kid"]} if isinstance(key.get("kid"), str) else {})}
        try:
            texts = public_texts(key)
        except HarnessError:
            return
        for form, text in texts:
            yield f"a token signed with the public key ({form}) as a secret", compact(header, token.claims, hs256(text))


def _by_name(token: Token) -> Iterator[tuple[str, str]]:
    for name, kid, secret in (
        ("whose key is an empty file", "../../../../../../../../dev/null", b""),
        ("whose key comes out of a query", "mcp-audit' UNION SELECT 'mcp-audit", b"mcp-audit"),
        ("whose key has no name", "", b""),
    ):
        header = {**token.header, "alg": "HS256", "kid": kid}
        yield f"a token {name}", compact(header, token.claims, hs256(secret))


def _by_stranger(token: Token, *, embedded: bool) -> Iterator[tuple[str, str]]:
    if (key := stranger_of(token)) is not None:
        more = {"jwk": key.public_jwk()} if embedded else {}
        name = "a token that brings its own key" if embedded else "a token by an unknown key"
        yield name, compact({**token.header, "alg": key.algorithm, **more}, token.claims, key.sign)


def stranger_of(token: Token) -> SigningKey | None:
    """Draw a key of the kind that signed a token; None if that takes what is not installed."""
    algorithm = str(token.header.get("alg", ""))
    try:
        return SigningKey.draw(algorithm if algorithm in {"EdDSA", "ES256"} else "RS256")
    except HarnessError:
        return None


@check(
    forged_tokens,
    id="tokens/unsigned-accepted",
    title="An unsigned token is accepted",
    requirements=_VALIDATED,
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Accept the algorithms of your issuer only; compare their names as they are written.",
    references=_REFERENCES,
)
def unsigned_accepted(seen: ForgedTokens) -> Verdicts:
    """A filter on the word `none` is passed by None and NONE. Whoever may write such a token may be any user; `none`
    itself is tried by another check.
    """
    return not_observed(ANY, seen.random) if let_in(seen.random) else judged(seen.unsigned, seen.random, seen.control)


@check(
    forged_tokens,
    id="tokens/altered-accepted",
    title="A token is accepted with a signature that is not its own",
    requirements=_VALIDATED,
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Verify the signature over header and claims of the very token that you use, each time.",
    references=_REFERENCES,
)
def altered_accepted(seen: ForgedTokens) -> Verdicts:
    """A cache that remembers good signatures, or a parser that skips an absent one, lets a user change who they are."""
    return not_observed(ANY, seen.random) if let_in(seen.random) else judged(seen.altered, seen.random, seen.control)


@check(
    forged_tokens,
    id="tokens/public-key-as-secret",
    title="The public key of the issuer is taken for a shared secret",
    requirements=_VALIDATED,
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Fix the algorithm for each key; never take it from the token.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2022-29217", *_REFERENCES),
)
def public_key_as_secret(seen: ForgedTokens) -> Verdicts:
    """The header of a token says HS256, and the server computes an HMAC with the key that it has: the public one, which
    everybody has. Anybody can then sign for anybody.
    """
    if seen.symmetric:
        return not_applicable("tokens are signed with a shared secret here", seen.control)
    if not seen.confused:
        return not_observed("no public key of the issuer is known; name its key with --issuer-key FILE", seen.control)
    return not_observed(ANY, seen.random) if let_in(seen.random) else judged(seen.confused, seen.random, seen.control)


@check(
    forged_tokens,
    id="tokens/key-from-token",
    title="A token brings the key by which it is verified",
    requirements=_VALIDATED,
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Take keys from your issuer's set only; ignore jwk, jku, x5u and x5c; kid is an opaque text.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2018-0114", *_REFERENCES),
)
def key_from_token(seen: ForgedTokens) -> Verdicts:
    """What a token says of its key was written by whoever sends it. A key in its header, or an id that reaches a file
    or a query, makes everybody an issuer.
    """
    if let_in(seen.random) or any(attempt.succeeded for attempt in seen.stranger):
        return not_observed(ANY, seen.random)
    return judged((*seen.embedded, *seen.by_name), *(one.first for one in seen.stranger), seen.random, seen.control)
