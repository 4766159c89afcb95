"""DNS rebinding: web pages that talk to a server of the machine on which they are shown.

A page may send requests to any address that its own name resolves to, and its owner can let that name resolve to
127.0.0.1. What gives it away are the headers that the browser writes: Origin, the site that the page is from, and Host,
the name that it asked for (page `basic/transports`, "Security Warning").
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
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
    since,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.trials import how, refused_by_status

ATTACKER = "attacker.example"
ORIGIN_RULES = ("transports/origin-validation",)
REMOTE_HOSTS = "names and proxies of a server that others can reach are its operator's business"
_BY_EXPOSURE = SeverityByExposure(local=Severity.HIGH, remote=Severity.LOW)
_REFERENCES = (
    "https://nvd.nist.gov/vuln/detail/CVE-2025-66416",
    "https://nvd.nist.gov/vuln/detail/CVE-2025-66414",
    "https://cwe.mitre.org/data/definitions/346.html",
)


@dataclass(frozen=True, slots=True)
class Callers:
    """One opening request as a program sends it, and as pages of various origins make a browser send it."""

    control: Exchange
    foreign: Exchange
    """Another site's Origin."""
    null: Exchange
    """Origin null, as from a frame in a sandbox."""
    lookalike: Exchange
    """An Origin that begins like the server's own."""
    host: Exchange
    """No Origin, and another name in Host."""
    rebound: Exchange
    """The same foreign name in Origin and Host: a page whose name now resolves to the server."""
    local: bool


async def opening(probe: Probe, headers: Headers | None = None) -> Exchange:
    """Send what opens a conversation: initialize, or server/discover in the stateless era."""
    if probe.revision.era is Era.HANDSHAKE:
        return await probe.initialize(headers=headers)
    return await probe.request("server/discover", headers=headers)


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING)
async def callers(probe: Probe) -> Callers:
    control = await opening(probe)
    if not control.ok:
        raise Unobservable(f"without an Origin the server answers {how(control)}, so there is no control", control)
    url = urlsplit(probe.url)
    foreign = f"{ATTACKER}:{url.port}" if url.port else ATTACKER
    return Callers(
        control=control,
        foreign=await opening(probe, {"origin": f"http://{ATTACKER}"}),
        null=await opening(probe, {"origin": "null"}),
        lookalike=await opening(probe, {"origin": f"{url.scheme}://{_bare(url.hostname)}.{foreign}"}),
        host=await opening(probe, {"host": foreign}),
        rebound=await opening(
            probe, {"host": foreign, "origin": f"{url.scheme}://{foreign}", "sec-fetch-site": "same-origin"}
        ),
        local=probe.survey.exposure is Exposure.LOCAL,
    )


def _bare(host: str | None) -> str:
    """Return a host as the beginning of another one; an IPv6 address cannot be that."""
    return "localhost" if host is None or ":" in host else host


def accepted(exchange: Exchange) -> bool:
    """Whether the target served the request: a result, or HTTP success with an answer of MCP."""
    return exchange.ok


def _judge(seen: Callers, attack: Exchange, message: str) -> Verdict:
    if not attack.answered:
        return not_observed("no answer came to the request of a foreign page", attack, seen.control)
    return failed(message, attack, seen.control) if accepted(attack) else passed(attack, seen.control)


@check(
    callers,
    id="rebinding/accepts-foreign-origin",
    title="Web pages of any site may talk to the server",
    requirements=ORIGIN_RULES,
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Refuse requests whose Origin is not on a list of your own with 403, on every path and method.",
    references=_REFERENCES,
)
def accepts_foreign_origin(seen: Callers) -> Verdict:
    """A server on loopback trusts whoever reaches it. Any page that its user opens reaches it too; the Origin header,
    which pages cannot forge, is what tells them apart from programs.
    """
    return _judge(seen, seen.foreign, f"The server served a request with the Origin http://{ATTACKER}.")


@check(
    callers,
    id="rebinding/accepts-null-origin",
    title="Pages without an origin may talk to the server",
    requirements=ORIGIN_RULES,
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Treat `Origin: null` as any other foreign origin.",
    references=_REFERENCES,
)
def accepts_null_origin(seen: Callers) -> Verdict:
    """Every site can put its code into a sandboxed frame, whose requests carry the Origin null. A list that has null
    on it is open to all of them.
    """
    if accepted(seen.foreign):
        return not_observed("every Origin is accepted, which is a finding of its own", seen.foreign)
    return _judge(seen, seen.null, "The server served a request with the Origin null.")


@check(
    callers,
    id="rebinding/accepts-lookalike-origin",
    title="Pages whose origin begins like the server's may talk to it",
    requirements=ORIGIN_RULES,
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Compare scheme, host and port of an Origin as a whole, never the beginning of its text.",
    references=("https://cwe.mitre.org/data/definitions/183.html", *_REFERENCES),
)
def accepts_lookalike_origin(seen: Callers) -> Verdict:
    """Anyone can own a name that begins with localhost. or 127.0.0.1.; a comparison of prefixes lets it in."""
    if accepted(seen.foreign):
        return not_observed("every Origin is accepted, which is a finding of its own", seen.foreign)
    origin = dict(seen.lookalike.sent.headers).get("origin", "")
    return _judge(seen, seen.lookalike, f"The server served a request with the Origin {origin}.")


@check(
    callers,
    id="rebinding/accepts-foreign-host",
    title="The server answers to any name",
    requirements=("rebinding/own-names-only",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.INFO),
    category=Category.SECURITY,
    remediation="Serve requests only whose Host is a loopback name with your port; answer others with 421 or 403.",
    references=("https://cwe.mitre.org/data/definitions/350.html", *_REFERENCES),
)
def accepts_foreign_host(seen: Callers) -> Verdict:
    """After rebinding, the browser takes the server for the attacker's own and leaves the Origin out of some requests.
    The foreign name in Host is then the only trace.
    """
    if not seen.local:
        return not_applicable(REMOTE_HOSTS, seen.control)
    return _judge(seen, seen.host, f"The server served a request with the Host {ATTACKER}.")


@check(
    callers,
    id="rebinding/accepts-rebound-page",
    title="A page whose name was rebound to the server may talk to it",
    requirements=ORIGIN_RULES,
    severity=SeverityByExposure(local=Severity.HIGH, remote=Severity.INFO),
    category=Category.SECURITY,
    remediation="Compare the Origin with names of your own, not with the Host header, which the same page chose.",
    references=_REFERENCES,
)
def accepts_rebound_page(seen: Callers) -> Verdict:
    """This is the request of the attack itself: Origin and Host agree, since both are the name of the page. A server
    that only compares the two takes it for its own page.
    """
    if not seen.local:
        return not_applicable(REMOTE_HOSTS, seen.control)
    if accepted(seen.foreign) and accepted(seen.rebound):
        return not_observed("every Origin is accepted, which is a finding of its own", seen.foreign)
    return _judge(seen, seen.rebound, f"The server served a request with {ATTACKER} as Origin and Host.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The opening request without an Origin, and with a foreign one."""

    control: Exchange
    foreign: Exchange


@scenario(spec=since("2025-11-25"), transports=HTTP_ONLY, impact=Impact.PROBING)
async def refusal(probe: Probe) -> Refusal:
    return Refusal(await opening(probe), await opening(probe, {"origin": f"http://{ATTACKER}"}))


@check(
    refusal,
    id="rebinding/wrong-status-for-foreign-origin",
    title="A foreign Origin is refused with another status than 403",
    requirements=("streamable-http/invalid-origin-403",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer a request whose Origin you do not accept with 403 Forbidden.",
)
def wrong_status_for_foreign_origin(seen: Refusal) -> Verdict:
    """The status is what a developer of a web client sees in the console; 403 says what is wrong."""
    if not seen.control.ok:
        return not_observed(f"without an Origin the server answers {how(seen.control)}", seen.control)
    if not refused_by_status(seen.foreign) and seen.foreign.error is None:
        return not_observed(f"the foreign Origin was answered with {how(seen.foreign)}", seen.foreign, seen.control)
    if seen.foreign.status != 403:
        return failed(f"The server refused a foreign Origin with {how(seen.foreign)}.", seen.foreign, seen.control)
    return passed(seen.foreign, seen.control)
