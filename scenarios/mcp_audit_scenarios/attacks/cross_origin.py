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
from .rebinding import ATTACKER, ORIGIN_RULES, accepted, opening

_STREAM_S = 0.5


@dataclass(frozen=True, slots=True)
class StreamCallers:
    """The GET stream opened with a foreign Origin, and without one; and a request with that Origin."""

    control: Exchange
    foreign: Exchange
    request: Exchange


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING)
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
class CrossOrigin:
    """A request and a preflight request, each with an Origin that nobody has ever heard of."""

    control: Exchange
    origin: str
    request: Exchange
    preflight: Exchange


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING)
async def cross_origin(probe: Probe) -> CrossOrigin:
    origin = f"https://{probe.rng.getrandbits(48):012x}.{ATTACKER}"
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    return CrossOrigin(
        control=await opening(probe),
        origin=origin,
        request=await opening(probe, {"origin": origin}),
        preflight=await probe.http("OPTIONS", headers={"origin": origin, **asked}),
    )


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
        allowed, credentials = (exchange.header(f"access-control-allow-{name}") for name in ("origin", "credentials"))
        if allowed == seen.origin and credentials == "true":
            text = f"The server lets {seen.origin} read answers with credentials."
            return failed(text, exchange, seen.control)
    if not (seen.request.answered or seen.preflight.answered):
        return not_observed("no answer came to requests of a foreign page", seen.request, seen.preflight)
    return passed(seen.request, seen.preflight, seen.control)
