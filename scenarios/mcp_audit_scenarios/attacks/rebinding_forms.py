"""Origins that are nearly the server's own, as browsers write them: parts of its name, other spellings, other ports."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Exposure,
    Impact,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.trials import how, plain_method
from .confirmed import Tried, breaks, judge_each, try_each
from .occasions import newest_of_era
from .rebinding import ATTACKER, ORIGIN_RULES, REMOTE_HOSTS, accepted

_CWE_346 = "https://cwe.mitre.org/data/definitions/346.html"
_EVERY_ORIGIN = "every Origin is accepted, which is a finding of its own"
_UNSPECIFIED = "0.0.0.0"  # noqa: S104 - a name that pages use, nothing is bound


@dataclass(frozen=True, slots=True)
class OriginForms:
    """The plain request with each Origin; `foreign` has one that is nothing like the server's."""

    control: Exchange
    foreign: Exchange
    foreign_host: Exchange
    parts: tuple[Tried, ...]
    spellings: tuple[Tried, ...]
    unspecified: tuple[Tried, ...]
    ports: tuple[Tried, ...]
    local: bool


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def origin_forms(probe: Probe) -> OriginForms:
    """Change nothing but the Origin, in one case the Host; where every Origin is served, learn nothing more."""
    method = plain_method(probe)
    control = await probe.request(method)
    if not control.ok:
        raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
    foreign = await probe.request(method, headers={"origin": f"http://{ATTACKER}"})
    host = await probe.request(method, headers={"host": ATTACKER})
    local = probe.survey.exposure is Exposure.LOCAL

    async def each(named: Iterator[tuple[str, Headers]]) -> tuple[Tried, ...]:
        sends = [(name, lambda by, sent=sent: by.request(method, headers=sent)) for name, sent in named]
        return await try_each(probe, sends, _served_or_broken)

    url = urlsplit(probe.url)
    origins = not accepted(foreign)
    return OriginForms(
        control,
        foreign,
        host,
        parts=await each(_parts(url.hostname or "", url.port)) if origins else (),
        spellings=await each(_spellings(url.port)) if origins else (),
        unspecified=await each(_unspecified(url.port, origins, not accepted(host))) if local else (),
        ports=await each(_ports(url.hostname or "")) if local and origins else (),
        local=local,
    )


def _served_or_broken(exchange: Exchange) -> bool:
    return accepted(exchange) or breaks(exchange)


def _origin(host: str, port: int | None = None) -> Headers:
    return {"origin": f"http://{host}:{port}" if port else f"http://{host}"}


def _parts(host: str, port: int | None) -> Iterator[tuple[str, Headers]]:
    """Yield names that others can own and that hold the server's, or localhost.

    What begins with the server's own name is left to `rebinding/accepts-lookalike-origin`.
    """
    name = "localhost" if ":" in host else host
    for own in dict.fromkeys((name, "localhost")):
        if own != name:
            yield f"{own}.{ATTACKER}", _origin(f"{own}.{ATTACKER}", port)
        yield f"in-{own}.{ATTACKER}", _origin(f"in-{own}.{ATTACKER}")
        if not own[-1:].isdigit():  # a browser takes a name that ends in a number for an address
            yield f"attacker-{own}", _origin(f"attacker-{own}", port)


def _spellings(port: int | None) -> Iterator[tuple[str, Headers]]:
    yield "HTTP://LOCALHOST", {"origin": f"HTTP://LOCALHOST:{port or 80}"}
    yield "localhost with a dot behind it", _origin("localhost.", port)
    yield "localhost as a user of a foreign host", _origin(f"localhost@{ATTACKER}")
    yield "no URL", {"origin": "http://[::1"}


def _unspecified(port: int | None, origins: bool, hosts: bool) -> Iterator[tuple[str, Headers]]:
    if origins:
        yield f"the Origin http://{_UNSPECIFIED}", _origin(_UNSPECIFIED, port)
    if hosts:
        yield f"the Host {_UNSPECIFIED}", {"host": f"{_UNSPECIFIED}:{port}" if port else _UNSPECIFIED}


def _ports(host: str) -> Iterator[tuple[str, Headers]]:
    name = f"[{host}]" if ":" in host else host
    yield "port 1", _origin(name, 1)
    yield "port 65535", _origin(name, 65535)


def _judge(seen: OriginForms, tries: tuple[Tried, ...], what: str) -> Verdicts:
    if accepted(seen.foreign):
        return not_observed(_EVERY_ORIGIN, seen.foreign, seen.control)
    return judge_each(seen.control, tries, accepted, lambda one: f"The server served a request {what} {one.name}.")


@check(
    origin_forms,
    id="rebinding/matches-part-of-origin",
    title="Pages whose origin holds the server's name may talk to it",
    requirements=ORIGIN_RULES,
    severity=SeverityByExposure(local=Severity.HIGH, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Parse the Origin and compare scheme, host and port as a whole; search for no text in it.",
    references=("https://cwe.mitre.org/data/definitions/183.html", _CWE_346),
)
def matches_part_of_origin(seen: OriginForms) -> Verdicts:
    """Anyone can own a name that begins with, ends in or holds the word localhost. A comparison by pattern, prefix or
    suffix lets the pages of such a name in.
    """
    return _judge(seen, seen.parts, "with an Origin on")


@check(
    origin_forms,
    id="rebinding/trips-over-odd-origin",
    title="An Origin in another spelling breaks the server or gets in",
    requirements=("rebinding/every-origin-is-read",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Refuse with 403 every Origin that is not literally on your list, also one that cannot be parsed.",
    references=("https://cwe.mitre.org/data/definitions/178.html",),
)
def trips_over_odd_origin(seen: OriginForms) -> Verdicts:
    """Whether another spelling of the own name is accepted does not matter. A server error shows that the header is
    parsed by something that was made for correct input, and a foreign host behind an @ is a foreign host.
    """
    if accepted(seen.foreign):
        return not_observed(_EVERY_ORIGIN, seen.foreign, seen.control)
    return judge_each(
        seen.control,
        seen.spellings,
        _trips,
        lambda one: f"The server answered the Origin {_sent(one)} with {how(one.first)}.",
    )


def _trips(exchange: Exchange) -> bool:
    return breaks(exchange) or (accepted(exchange) and "@" in dict(exchange.sent.headers).get("origin", ""))


def _sent(one: Tried) -> str:
    return dict(one.first.sent.headers).get("origin", one.name)


@check(
    origin_forms,
    id="rebinding/trusts-unspecified-address",
    title="Pages may reach the server by the address 0.0.0.0",
    requirements=("rebinding/own-names-only",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take 0.0.0.0 off the lists of own hosts and origins: it is an address to bind, not a name.",
    references=("https://cwe.mitre.org/data/definitions/346.html",),
)
def trusts_unspecified_address(seen: OriginForms) -> Verdicts:
    """On several systems a connection to 0.0.0.0 arrives at loopback. Some browsers let pages connect there where they
    guard 127.0.0.1, so that a server that takes the name for its own loses that protection.
    """
    if not seen.local:
        return not_applicable(REMOTE_HOSTS, seen.control)
    if not seen.unspecified:
        return not_observed("every Origin and Host is accepted, which are findings of their own", seen.control)
    return judge_each(
        seen.control, seen.unspecified, accepted, lambda one: f"The server served a request with {one.name}."
    )


@check(
    origin_forms,
    id="rebinding/trusts-any-local-port",
    title="Pages of every local port may talk to the server",
    requirements=("rebinding/own-origins-only",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Put the ports of your own pages on the list of origins, not every port of localhost.",
    references=(_CWE_346,),
)
def trusts_any_local_port(seen: OriginForms) -> Verdict:
    """Whatever serves pages on this machine, a build tool or a preview of a foreign project, is then as trusted as the
    server's own page. This is the default of the official SDKs, so take it as information.
    """
    if not seen.local:
        return not_applicable(REMOTE_HOSTS, seen.control)
    if accepted(seen.foreign):
        return not_observed(_EVERY_ORIGIN, seen.foreign, seen.control)
    answers = [one.first for one in seen.ports if one.first.answered]
    sure = [one for one in seen.ports if accepted(one.first) and one.again is not None and accepted(one.again)]
    if sure and len(sure) == len(seen.ports):
        text = "The server served pages of whatever port this machine has."
        return failed(text, *(one.first for one in sure), seen.foreign, seen.control)
    return passed(*answers, seen.control) if answers else not_observed("no answer came", seen.control)
