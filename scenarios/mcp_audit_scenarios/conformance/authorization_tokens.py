"""Tokens that are none, that nobody signed, that travel in the URL, or that are for another server.

Sources: page `basic/authorization`, "Access Token Usage"; OAuth 2.1 sections 5.1 to 5.3; RFC 8725 for what is done to a
JWT. No token is sent from which the operator's own could be found: neither its signature nor its end is in them.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import quote, urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Headers, Probe

from .challenge import bearer, bearer_guarded, let_in, opening, out_of_order, welcomed
from .trials import Trial, how, subject_of

_HOLE = SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL)
_OF_THE_WIRE = frozenset({"host", "content-length", "user-agent", "accept-encoding", "authorization"})
_NO_OTHER = "no token for another server was given; name one with --foreign-audience-bearer-env VAR"


@dataclass(frozen=True, slots=True)
class BadTokens:
    """The opening with the operator's token, with tokens that are not good, and with headers that hold none."""

    control: Exchange
    tokens: tuple[Trial, ...]
    malformed: tuple[Trial, ...]


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded,),
    bench=Bench.AUTHORIZED,
)
async def bad_tokens(probe: Probe) -> BadTokens:
    control = await welcomed(probe)
    tokens = [
        Trial(name, await opening(probe, {**probe.anonymous(), "authorization": f"Bearer {token}"}))
        for name, token in _spoiled(own_token(probe), probe.rng)
    ]
    malformed = [
        Trial(name, await opening(probe, {**probe.anonymous(), "authorization": value}))
        for name, value in (
            ("a Bearer header without a token", "Bearer"),
            ("a made-up Basic login", "Basic bWNwLWF1ZGl0Om1hZGUtdXA="),
            ("two made-up tokens in one header", "Bearer mcp-audit made-up"),
        )
    ]
    return BadTokens(control, tuple(tokens), tuple(malformed))


def own_token(probe: Probe) -> str:
    """Return the operator's bearer token; empty if there is none."""
    value = dict(probe.identity("own") or {}).get("authorization") or ""
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _spoiled(token: str, rng: Random) -> Iterator[tuple[str, str]]:
    yield "a made-up token", "mcp-audit-made-up-token"
    if len(token) >= 32:
        yield "half a token", token[: len(token) // 2]
    header, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    if _claims(header) and _claims(payload) and signature:
        drawn = base64.urlsafe_b64encode(rng.randbytes(len(signature) * 3 // 4)).rstrip(b"=").decode()
        yield "a token with a made-up signature", f"{header}.{payload}.{drawn}"
        plain = json.dumps({**_claims(header), "alg": "none"}).encode()
        yield "a token that says it is unsigned", f"{base64.urlsafe_b64encode(plain).rstrip(b'=').decode()}.{payload}."


def _claims(part: str) -> dict[str, object]:
    """Return a part of a JWT; empty if it is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@check(
    bad_tokens,
    id="authorization/accepts-bad-token",
    title="Tokens are not verified",
    requirements=(
        "authorization/validate-access-tokens",
        "authorization/validate-inbound-tokens-s52",
        "authorization/token-handling-oauth21-s5",
    ),
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Verify signature, issuer, audience and dates of every token, with the issuer's keys and algorithms.",
    references=("https://cwe.mitre.org/data/definitions/347.html", "https://www.rfc-editor.org/rfc/rfc8725"),
)
def accepts_bad_token(seen: BadTokens) -> Verdicts:
    """A server that looks whether there is a token, and not whether it is good, is open to everybody who knows that."""
    trials = (*seen.tokens, *seen.malformed)
    failures = [
        failed(f"The server let {trial.name} in.", trial.exchange, seen.control, subject=subject_of(trial))
        for trial in trials
        if let_in(trial.exchange)
    ]
    refused = [trial.exchange for trial in trials if not out_of_order(trial.exchange)]
    if failures:
        return failures
    return passed(*refused, seen.control) if refused else not_observed("no bad token was answered", seen.control)


@check(
    bad_tokens,
    id="authorization/wrong-status-for-bad-token",
    title="A bad token is refused with another status than 401",
    requirements=("authorization/invalid-token-401", "authorization/auth-status-codes"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer 401 to a token that is not good, 400 or 401 to an Authorization header that holds none.",
)
def wrong_status_for_bad_token(seen: BadTokens) -> Verdict:
    """401 tells a client that its token has ended, so that it gets a new one. After 403 or 500 it gives up."""
    judged = [(trial, {401}) for trial in seen.tokens] + [(trial, {400, 401}) for trial in seen.malformed]
    answered = [(trial, due) for trial, due in judged if not (out_of_order(trial.exchange) or let_in(trial.exchange))]
    for trial, due in answered:
        if trial.exchange.status not in due:
            message = f"The server answered {trial.name} with {how(trial.exchange)}, not with {_either(due)}."
            return failed(message, trial.exchange, seen.control)
    refused = [trial.exchange for trial, _ in answered]
    return passed(*refused) if refused else not_observed("no bad token was refused", seen.control)


def _either(statuses: set[int]) -> str:
    return " or ".join(str(status) for status in sorted(statuses))


@check(
    bad_tokens,
    id="authorization/bad-token-unexplained",
    title="The refusal of a bad token does not say that the token is bad",
    requirements=("authorization/token-error-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation='Answer a bad token with `WWW-Authenticate: Bearer error="invalid_token"` and the usual parameters.',
    references=("https://www.rfc-editor.org/rfc/rfc6750#section-3.1",),
)
def bad_token_unexplained(seen: BadTokens) -> Verdict:
    """Whether a client has to log in anew or only to refresh its token is in the error of the challenge."""
    refused = [trial for trial in seen.tokens if trial.exchange.status == 401]
    for trial in refused:
        if lack := _lack(trial.exchange):
            return failed(f"The server refused {trial.name} {lack}.", trial.exchange, seen.control)
    evidence = [trial.exchange for trial in refused]
    return passed(*evidence) if evidence else not_observed("no bad token was refused with 401", seen.control)


def _lack(exchange: Exchange) -> str:
    challenge = bearer(exchange)
    if challenge is None:
        return "without a Bearer challenge"
    return "" if challenge.parameters.get("error") else "with a challenge that names no error"


@dataclass(frozen=True, slots=True)
class TokenInUrl:
    """The opening at a URL with a query: with the token in its header, and with the token in the query alone."""

    control: Exchange
    query: Exchange
    others: tuple[Trial, ...] = ()
    """The token under other names that servers take it by."""


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded,),
    bench=Bench.AUTHORIZED,
)
async def token_in_url(probe: Probe) -> TokenInUrl:
    token, usual = own_token(probe), await welcomed(probe)
    if not token:
        raise Unobservable("the operator gave no bearer token; name one with --bearer-env VAR", usual)
    control = await _at(probe, usual, "mcp_audit=1", {})
    if not control.ok:
        raise Unobservable(f"a query in the URL is answered with {how(control)}", control, usual)
    quoted, nobody = quote(token, safe=""), probe.anonymous()
    return TokenInUrl(
        control,
        await _at(probe, usual, f"access_token={quoted}", nobody),
        tuple([Trial(name, await _at(probe, usual, f"{name}={quoted}", nobody)) for name in ("token", "api_key")]),
    )


async def _at(probe: Probe, usual: Exchange, query: str, headers: Headers) -> Exchange:
    """Send the opening again, at the endpoint's path with a query, and end the session that it may open."""
    own = {*_OF_THE_WIRE, *probe.anonymous()}
    copied: Mapping[str, str | None] = {name: value for name, value in usual.sent.headers if name not in own}
    path = f"{urlsplit(probe.url).path or '/'}?{query}"
    sent = {**copied, **headers}
    exchange = await probe.http("POST", headers=sent, body=usual.sent.body.encode(), path=path)
    if session_id := exchange.header("mcp-session-id"):
        await probe.http("DELETE", headers={"mcp-session-id": session_id})
    return exchange


@check(
    token_in_url,
    id="authorization/accepts-token-in-query",
    title="A token is taken from the URL",
    requirements=("authorization/no-token-in-query",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Read tokens from the Authorization header only.",
    references=("https://cwe.mitre.org/data/definitions/598.html",),
)
def accepts_token_in_query(seen: TokenInUrl) -> Verdict:
    """URLs end up in logs, histories and Referer headers. A server that takes tokens from there makes clients put them
    there.
    """
    if out_of_order(seen.query):
        return not_observed(f"a token in the query is answered with {how(seen.query)}", seen.query, seen.control)
    for exchange in (seen.query, *(trial.exchange for trial in seen.others)):
        if let_in(exchange):
            return failed("The server took the token from the query of the URL.", exchange, seen.control)
    return passed(seen.query, *(trial.exchange for trial in seen.others), seen.control)


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """The opening with the operator's token, and with one of the same issuer for another server."""

    control: Exchange
    foreign: Exchange


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(bearer_guarded,), bench=Bench.AUTHORIZED)
async def foreign_token(probe: Probe) -> ForeignToken:
    control = await welcomed(probe)
    headers = probe.identity("foreign-audience")
    if headers is None:
        raise Unobservable(_NO_OTHER, control)
    return ForeignToken(control, await opening(probe, headers))


@check(
    foreign_token,
    id="authorization/accepts-foreign-audience",
    title="A token for another server is accepted",
    requirements=(
        "authorization/validate-audience",
        "authorization/only-own-resource-tokens",
        "authorization/reject-missing-audience",
        "authorization/no-token-transit",
        "security-best-practices/reject-foreign-tokens",
    ),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Refuse tokens whose audience is not the URL of this server.",
    references=(
        "https://github.com/modelcontextprotocol/python-sdk/security/advisories/GHSA-w4fh-qvv9-3v23",
        "https://github.com/modelcontextprotocol/typescript-sdk/security/advisories/GHSA-rvq5-wwqv-78pq",
        "https://www.rfc-editor.org/rfc/rfc8707",
        "https://cwe.mitre.org/data/definitions/863.html",
    ),
)
def accepts_foreign_audience(seen: ForeignToken) -> Verdict:
    """A user who logs in to one server hands it a token. If every server of the same issuer takes it, the one that got
    it can act for that user at all the others.
    """
    if out_of_order(seen.foreign):
        return not_observed(f"the token for another server is answered with {how(seen.foreign)}", seen.foreign)
    if let_in(seen.foreign):
        return failed("The server let a token in that was issued for another server.", seen.foreign, seen.control)
    return passed(seen.foreign, seen.control)
