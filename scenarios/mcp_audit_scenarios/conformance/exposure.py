"""Who can reach the server, over which addresses, and whether it asks them who they are (page `basic/transports`).

No other machine is asked: where the target is on loopback, another loopback address shows what it listens on. A server
that listens on 127.0.0.1 does not answer at 127.0.0.2; one that listens on every address does.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STDIO_ONLY,
    Category,
    Exchange,
    Exposure,
    Outcome,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    since,
)
from mcp_audit_harness.probe import Probe

from .challenge import let_in, opening, out_of_order, passes
from .trials import how

_OF_THE_WIRE = frozenset({"host", "content-length", "user-agent", "accept-encoding", "authorization"})
_LOGIN = ("www-authenticate", "www_authenticate", "resource_metadata", "authorization_servers", "/.well-known/oauth")


@dataclass(frozen=True, slots=True)
class Anybody:
    """The opening as the operator, and without any credentials."""

    control: Exchange
    anonymous: Exchange
    has_credentials: bool
    local: bool


@scenario(transports=HTTP_ONLY, bench=Bench.AUTHORIZED)
async def anybody(probe: Probe) -> Anybody:
    control = await opening(probe)
    given = probe.identity("own") is not None
    anonymous = await opening(probe, probe.anonymous()) if given else control
    return Anybody(control, anonymous, given, probe.survey.exposure is Exposure.LOCAL)


@check(
    anybody,
    id="authorization/serves-anyone",
    title="Whoever reaches the server is served",
    requirements=("transports/authenticate-connections", "security-best-practices/local-server-restrict-access"),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Ask every connection for a token, or let nobody but its user's programs reach the server.",
    references=("https://cwe.mitre.org/data/definitions/306.html",),
)
def serves_anyone(seen: Anybody) -> Verdict:
    """Without authentication everybody who can connect may call every tool. A server on loopback that was never meant
    to ask is left alone: there the protection against foreign web pages is judged instead.
    """
    if not let_in(seen.anonymous):
        if out_of_order(seen.anonymous):
            return not_observed(f"without a token the server answers {how(seen.anonymous)}", seen.anonymous)
        return passes(seen.anonymous, seen.control)
    if seen.has_credentials:
        message = "The server serves callers without credentials as it serves the operator, who has some."
        return failed(message, seen.anonymous, seen.control)
    if seen.local:
        return not_applicable("only this machine reaches the server, and no credentials were given", seen.anonymous)
    return failed("The server serves callers without credentials.", seen.anonymous)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The opening without credentials, at the target's address and at another of this machine's own."""

    address: str
    control: Exchange
    elsewhere: Exchange | None
    """None where there is no such address to ask."""


@scenario(transports=HTTP_ONLY)
async def neighbour(probe: Probe) -> Neighbour:
    control = await opening(probe, probe.anonymous())
    host = urlsplit(probe.url).hostname or ""
    address = "127.0.0.2" if host != "127.0.0.2" else "127.0.0.3"
    if probe.survey.exposure is not Exposure.LOCAL or ":" in host:
        return Neighbour(address, control, None)
    own = {*_OF_THE_WIRE, *probe.anonymous()}
    headers = {name: value for name, value in control.sent.headers if name not in own}
    body = control.sent.body.encode()
    sent = {**headers, **probe.anonymous()}
    answer = await probe.http("POST", headers=sent, body=body, address=address, timeout=1.0)
    if session_id := answer.header("mcp-session-id"):
        await probe.http("DELETE", headers={**probe.anonymous(), "mcp-session-id": session_id})
    return Neighbour(address, control, answer)


@check(
    neighbour,
    id="http/listens-on-every-address",
    title="A local server listens on every address",
    requirements=("transports/localhost-binding",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Bind to 127.0.0.1, not to 0.0.0.0.",
    references=("https://cwe.mitre.org/data/definitions/1327.html",),
)
def listens_on_every_address(seen: Neighbour) -> Verdict:
    """A server that its user takes for a local one is then open to everybody in the same network, unless a firewall
    stands between.
    """
    if seen.elsewhere is None:
        return not_applicable("the server is not at an IPv4 address of this machine's loopback", seen.control)
    if seen.elsewhere.outcome is Outcome.UNREACHABLE and "refused" in seen.elsewhere.note:
        return passes(seen.control, seen.elsewhere)
    if seen.elsewhere.status is None:
        return not_applicable(f"{seen.address} is no address of this machine", seen.control, seen.elsewhere)
    if _identity(seen.elsewhere) != _identity(seen.control):
        return not_observed(f"something else answers at {seen.address}", seen.elsewhere, seen.control)
    message = (
        f"The server answers at {seen.address} as well, so it does not listen on the address it was asked at only."
    )
    return failed(message, seen.elsewhere, seen.control)


def _identity(exchange: Exchange) -> tuple[object, ...]:
    """Return by what an answer shows which server gave it."""
    result = exchange.result or {}
    return exchange.status, exchange.ok, json.dumps(result.get("serverInfo") or result.get("_meta"), sort_keys=True)


@dataclass(frozen=True, slots=True)
class StdioErrors:
    """Every exchange in which a stdio server sent an error."""

    answered: tuple[Exchange, ...]
    refusals: tuple[Exchange, ...]


@scenario(spec=since("2025-03-26"), transports=STDIO_ONLY, observes=True)
async def stdio_errors(probe: Probe) -> StdioErrors:
    said = tuple(exchange for exchange in probe.transcript if exchange.messages)
    return StdioErrors(said[:1], tuple(exchange for exchange in said if _errors(exchange)))


def _errors(exchange: Exchange) -> list[object]:
    return [response["error"] for response in exchange.responses if "error" in response]


@check(
    stdio_errors,
    id="authorization/login-over-stdio",
    title="A stdio server asks for a login in its messages",
    requirements=("authorization/stdio-uses-environment", "basic/auth-http-conform-stdio-env"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Take credentials from the environment, and say in the error which variable is missing.",
)
def login_over_stdio(seen: StdioErrors) -> Verdict:
    """The authorization framework is about HTTP. No client looks for a challenge in a message on stdio, so that its
    user never learns what to do.
    """
    for exchange in seen.refusals:
        text = json.dumps(_errors(exchange)).lower()
        word = next((word for word in _LOGIN if word in text), None)
        if word is not None:
            return failed(f"An error asks for a login by HTTP: it names {word}.", exchange)
    evidence = seen.refusals or seen.answered
    return passes(*evidence) if evidence else not_observed("the server said nothing")
