"""Tokens that the auditor signs itself with the key of a test issuer: each like a good one, but for one thing.

Sources: OAuth 2.1 section 5.2, RFC 9068 section 4 (JWT access tokens), RFC 8725 (JWT best practices), RFC 8707.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, scenario
from mcp_audit_harness.lab.jose import parse
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Exchange,
    Impact,
    JsonObject,
    Verdict,
    failed,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.authorization_tokens import own_token
from ..conformance.challenge import bearer_guarded, let_in, opening, out_of_order, welcomed
from ..conformance.trials import Trial, how
from .occasions import newest_of_era

EXPIRED, PREMATURE, ENDLESS = "a token that expired an hour ago", "a token of the next hour", "a token without an end"
FOREIGN_AUDIENCE = "a token for another server"
NO_AUDIENCE, FOREIGN_ISSUER = "a token without an audience", "a token of another issuer"
LIKE_OURS = ("a token for the origin of this server", "a token for another path of this origin")
LOOKALIKES = (
    "a token for a URL that begins with this server's",
    "a token for a URL that this server's begins with",
    "a token for a list of other servers",
    *LIKE_OURS,
)
OTHER_TYPE, NO_SUBJECT, STRANGER = "a token of another type", "a token without a subject", "a token by another key"
_FOR_ANYBODY = "the audience of a token is not looked at, which is a finding of its own"
_BY_ANY_KEY = "signatures are not verified, which is a finding of its own"


@dataclass(frozen=True, slots=True)
class SignedTokens:
    """The opening with the operator's token, with one that the auditor signed, and with ones that lack something."""

    control: Exchange
    right: Exchange
    trials: tuple[Trial, ...]
    again: tuple[Trial, ...]
    """Those that were let in, once more."""
    verifies: bool
    """Whether a token that another key signed was refused."""


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded, newest_of_era),
    timeout_s=30.0,
    bench=Bench.AUTHORIZED,
)
async def signed_tokens(probe: Probe) -> SignedTokens:
    control = await welcomed(probe)
    right = await opening(probe, probe.mint())
    if not right.ok:
        raise Unobservable(f"a good token, signed with the given key, is answered with {how(right)}", right, control)
    stranger = await opening(probe, probe.mint(stranger=True))
    offered = [(STRANGER, probe.mint(stranger=True)), *_spoiled(probe)]
    trials = [Trial(name, stranger if name == STRANGER else await opening(probe, headers)) for name, headers in offered]
    again = [
        Trial(trial.name, await opening(probe, headers))
        for trial, (_, headers) in zip(trials, offered, strict=True)
        if let_in(trial.exchange)
    ]
    return SignedTokens(control, right, tuple(trials), tuple(again), not let_in(stranger))


def _spoiled(probe: Probe) -> Iterator[tuple[str, Headers]]:
    """Yield good tokens with one thing changed."""
    changes: tuple[tuple[str, JsonObject], ...] = (
        (EXPIRED, {"iat": -7200, "exp": -3600}),
        (PREMATURE, {"nbf": 3600, "exp": 7200}),
        (ENDLESS, {"exp": None}),
        (FOREIGN_AUDIENCE, {"aud": "https://other.example/mcp"}),
        (NO_AUDIENCE, {"aud": None}),
        *_audiences(probe),
        (FOREIGN_ISSUER, {"iss": "https://issuer.attacker.example/"}),
        (NO_SUBJECT, {"sub": None}),
    )
    for name, change in changes:
        yield name, probe.mint(change)
    yield OTHER_TYPE, probe.mint(header={"typ": "logout+jwt"})


def _audiences(probe: Probe) -> Iterator[tuple[str, JsonObject]]:
    """Yield audiences that are not this server's, though a careless comparison takes them for it.

    Where the operator's own token is for a whole origin, its paths are not told apart.
    """
    url, own = urlsplit(probe.url), parse(own_token(probe))
    named = own.claims.get("aud") if own is not None else None
    for_a_path = isinstance(named, str) and bool(urlsplit(named).path.strip("/"))
    origin = f"{url.scheme}://{url.netloc}"
    whole = f"{origin}{url.path}"
    shorter = f"{url.scheme}://{url.netloc[:-1]}" if len(url.netloc) > 1 else "https://other.example"
    audiences: tuple[Any, ...] = (
        f"{whole}.attacker.example/",
        shorter,
        ["https://other.example/mcp", "https://attacker.example/mcp"],
        origin,
        f"{origin}/mcp-audit-elsewhere",
    )
    for name, audience in zip(LOOKALIKES, audiences, strict=True):
        if name in LIKE_OURS and not for_a_path:
            continue
        yield name, {"aud": audience}


def judged(seen: SignedTokens, names: Sequence[str], message: str) -> Verdict:
    """A FAIL if one of the named tokens was let in twice, though tokens are verified at all."""
    trials = [trial for trial in seen.trials if trial.name in names and not out_of_order(trial.exchange)]
    if not trials:
        return not_observed("no such token was answered", seen.control, seen.right)
    if not seen.verifies:
        return not_observed(_BY_ANY_KEY, seen.right)
    anybodys = any(one.name == FOREIGN_AUDIENCE and let_in(one.exchange) for one in seen.trials)
    if anybodys and set(names) <= {NO_AUDIENCE, *LOOKALIKES}:
        return not_observed(_FOR_ANYBODY, seen.right)
    confirmed = {trial.name: trial.exchange for trial in seen.again if let_in(trial.exchange)}
    for trial in trials:
        if let_in(trial.exchange) and trial.name in confirmed:
            attack = (trial.exchange, confirmed[trial.name])
            return failed(f"The server let {trial.name} in{message}.", *attack, seen.right, seen.control)
    refused = [trial.exchange for trial in trials if not let_in(trial.exchange)]
    if len(refused) < len(trials):
        return not_observed("what was let in once was refused the next time", seen.right)
    return passed(*refused, seen.right, seen.control)
