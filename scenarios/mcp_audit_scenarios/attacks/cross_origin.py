"""What else a foreign page may reach: the GET stream, and answers that CORS lets it read."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.streamable_http import STREAMABLE_SESSIONS
from ..conformance.trials import how
from .occasions import newest_of_era
from .rebinding import ATTACKER, ORIGIN_RULES, accepted, opening

_STREAM_S = 0.5


@dataclass(frozen=True, slots=True)
class StreamCallers:
    """The GET stream opened with a foreign Origin, and without one; and a request with that Origin."""

    control: Exchange
    foreign: Exchange
    request: Exchange


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING, thorough=True)
async def stream_callers(probe: Probe) -> StreamCallers:
    """Use a session for each GET, since servers have one stream per session."""
    origin = {"origin": f"http://{ATTACKER}"}
    async with probe.session() as session, probe.session() as other:
        if not (session.usable and other.usable):
            raise Unobservable("no sessions could be opened")
        foreign = await session.http("GET", headers=origin, timeout=_STREAM_S)
        async with other.stream() as stream:
            return StreamCallers(stream.opening, foreign, await other.request("ping", headers=origin))


@check(
    stream_callers,
    id="rebinding/stream-for-foreign-origin",
    title="Web pages of any site may open the GET stream",
    requirements=ORIGIN_RULES,
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Check the Origin of every request, whatever its method, before anything else is done with it.",
    references=("https://cwe.mitre.org/data/definitions/346.html",),
)
def stream_for_foreign_origin(seen: StreamCallers) -> Verdict:
    """A check that only POST goes through leaves the stream on which the server sends requests and notifications."""
    if not _streams(seen.control):
        return not_applicable(f"the server offers no GET stream (it answers with {how(seen.control)})", seen.control)
    if accepted(seen.request):
        return not_observed("every Origin is accepted, which is a finding of its own", seen.request)
    if not seen.foreign.answered:
        return not_observed("no answer came to the GET of a foreign page", seen.foreign, seen.control)
    if _streams(seen.foreign):
        text = f"The server opened its GET stream for the Origin http://{ATTACKER}."
        return failed(text, seen.foreign, seen.control, seen.request)
    return passed(seen.foreign, seen.control)


def _streams(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.media_type == "text/event-stream"


@dataclass(frozen=True, slots=True)
class Ending:
    """A session that a foreign page tries to end; `request` is an ordinary request of that page."""

    control: Exchange
    request: Exchange
    delete: Exchange
    afterwards: Exchange


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,))
async def ending(probe: Probe) -> Ending:
    origin = {"origin": f"http://{ATTACKER}"}
    async with probe.session() as session:
        if not session.usable or session.session_id is None:
            raise Unobservable("no session with an id could be opened")
        control = await session.request("ping")
        request = await session.request("ping", headers=origin)
        delete = await session.http("DELETE", headers=origin)
        return Ending(control, request, delete, await session.request("ping"))


@check(
    ending,
    id="rebinding/ends-session-for-foreign-origin",
    title="Web pages of any site may end a session",
    requirements=ORIGIN_RULES,
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Check the Origin of every request, whatever its method, before anything else is done with it.",
    references=("https://cwe.mitre.org/data/definitions/346.html",),
)
def ends_session_for_foreign_origin(seen: Ending) -> Verdict:
    """A check that POST alone goes through leaves DELETE, by which a page that knows a session id throws others out."""
    if not seen.control.ok:
        return not_observed(f"ping was answered with {how(seen.control)}", seen.control)
    if accepted(seen.request):
        return not_observed("every Origin is accepted, which is a finding of its own", seen.request)
    if not (seen.delete.answered and seen.afterwards.answered):
        return not_observed("no answer came to the DELETE of a foreign page", seen.delete, seen.control)
    if _ended(seen.delete, seen.afterwards):
        text = f"The server ended a session for the Origin http://{ATTACKER}."
        return failed(text, seen.delete, seen.afterwards, seen.control, seen.request)
    return passed(seen.delete, seen.afterwards, seen.control)


def _ended(delete: Exchange, afterwards: Exchange) -> bool:
    is_success = delete.status is not None and 200 <= delete.status < 300
    return is_success and not afterwards.ok and afterwards.refused


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """A request and a preflight request, each with an Origin that nobody has ever heard of."""

    control: Exchange
    origin: str
    request: Exchange
    preflight: Exchange
    other_origin: str
    other: Exchange | None
    """The request with one more such Origin, where the answer to the first allowed it to read."""


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING)
async def cross_origin(probe: Probe) -> CrossOrigin:
    first, second = (f"https://{probe.rng.getrandbits(48):012x}.{ATTACKER}" for _ in range(2))
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    control, request = await opening(probe), await opening(probe, {"origin": first})
    preflight = await probe.http("OPTIONS", headers={"origin": first, **asked})
    suspicious = any(_allowed(exchange) for exchange in (request, preflight))
    other = await opening(probe, {"origin": second}) if suspicious else None
    return CrossOrigin(control, first, request, preflight, second, other)


def _allowed(exchange: Exchange) -> str:
    return exchange.header("access-control-allow-origin") or ""


@check(
    cross_origin,
    id="rebinding/reflects-any-origin-in-cors",
    title="Pages of any site may read answers with the user's credentials",
    requirements=("rebinding/no-credentials-for-any-origin",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Send Access-Control-Allow-Origin for origins on a list of your own only, never what the request said.",
    references=(
        "https://fetch.spec.whatwg.org/#http-access-control-allow-credentials",
        "https://cwe.mitre.org/data/definitions/942.html",
    ),
)
def reflects_any_origin_in_cors(seen: CrossOrigin) -> Verdict:
    """Browsers let no page read with credentials what is open to all (*). A server that repeats the Origin instead
    lifts that protection: every page reads, as its user, what the user may read.
    """
    for exchange in (seen.request, seen.preflight):
        if _allowed(exchange) == seen.origin and exchange.header("access-control-allow-credentials") == "true":
            if seen.other is None or _allowed(seen.other) not in {seen.other_origin, ""}:
                return not_observed("another unknown Origin is not reflected", exchange, seen.control)
            text = f"The server lets {seen.origin} read answers with credentials."
            shown = [exchange, *([seen.other] if _allowed(seen.other) else []), seen.control]
            return failed(text, *shown)
    if not (seen.request.answered or seen.preflight.answered):
        return not_observed("no answer came to requests of a foreign page", seen.request, seen.preflight)
    return passed(seen.request, seen.preflight, seen.control)


@check(
    cross_origin,
    id="rebinding/lets-any-page-read",
    title="Pages of any site may read answers",
    requirements=("rebinding/answers-for-known-pages",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.INFO),
    category=Category.SECURITY,
    remediation="Send Access-Control-Allow-Origin for your own origins only, or leave it out.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-34237",
        "https://cwe.mitre.org/data/definitions/942.html",
    ),
)
def lets_any_page_read(seen: CrossOrigin) -> Verdict:
    """What keeps a page from reading the answers of a server that serves it is that the server does not allow it. With
    `*` every page reads what a local server says. A public server without secrets may mean it so.
    """
    if not seen.request.answered:
        return not_observed("no answer came to the request of a foreign page", seen.request, seen.control)
    again = seen.other is not None and accepted(seen.other) and _allowed(seen.other) in {"*", seen.other_origin}
    if seen.other is None or not accepted(seen.request) or _allowed(seen.request) not in {"*", seen.origin}:
        return passed(seen.request, seen.preflight, seen.control)
    if not again:
        return not_observed("another unknown Origin may not read", seen.request, seen.other, seen.control)
    exposed = (seen.request.header("access-control-expose-headers") or "").lower()
    more = ", session ids included" if "mcp-session-id" in exposed or exposed == "*" else ""
    text = f"The server lets pages of any site read its answers{more} (Access-Control-Allow-Origin)."
    return failed(text, seen.request, seen.other, seen.control)
