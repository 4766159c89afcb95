"""Pages of other sites and the HTTP+SSE transport of 2024-11-05: its stream, and the address for messages."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    Transport,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.trials import how
from .occasions import newest_of_era
from .rebinding import ATTACKER, ORIGIN_RULES

_SSE_ONLY = frozenset({Transport.SSE})
_OPENING_S = 1.0


@dataclass(frozen=True, slots=True)
class LegacyCallers:
    """The stream and a request, each without an Origin and with a foreign one; what was served is tried twice."""

    stream: Exchange
    request: Exchange
    foreign_streams: tuple[Exchange, ...]
    foreign_requests: tuple[Exchange, ...]


@scenario(spec=HANDSHAKE, transports=_SSE_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), bench=Bench.LEGACY_SSE)
async def legacy_callers(probe: Probe) -> LegacyCallers:
    request = await probe.request("ping")
    if not request.ok:
        raise Unobservable(f"ping was answered with {how(request)}, so there is no control", request)
    origin = {"origin": f"http://{ATTACKER}"}

    async def opened(headers: dict[str, str]) -> Exchange:
        return await probe.http("GET", headers={"accept": "text/event-stream", **headers}, timeout=_OPENING_S)

    stream = await opened({})
    streams = [await opened(origin)]
    if _streams(streams[0]):
        streams.append(await opened(origin))
    requests = [await probe.request("ping", headers=origin, timeout=_OPENING_S)]
    if requests[0].ok:
        requests.append(await probe.request("ping", headers=origin, timeout=_OPENING_S))
    return LegacyCallers(stream, request, tuple(streams), tuple(requests))


def _streams(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.media_type == "text/event-stream"


@check(
    legacy_callers,
    id="sse/serves-foreign-origin",
    title="Web pages of any site may talk to the server by HTTP+SSE",
    requirements=ORIGIN_RULES,
    severity=SeverityByExposure(local=Severity.HIGH, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Check the Origin of the stream and of every message, or give the transport up.",
    references=("https://cwe.mitre.org/data/definitions/346.html", "https://nvd.nist.gov/vuln/detail/CVE-2025-9611"),
)
def serves_foreign_origin(seen: LegacyCallers) -> Verdicts:
    """The older transport is often left as it was when the newer one learned to look at origins. A page opens its
    stream without any question, and sends messages by forms.
    """
    control = (seen.stream, seen.request)
    served = [
        failed(f"The server served {what} with the Origin http://{ATTACKER}.", *tries, *control, subject=subject)
        for what, subject, tries, was_served in (
            ("the stream", "stream", seen.foreign_streams, _streams),
            ("a message", "message", seen.foreign_requests, lambda exchange: exchange.ok),
        )
        if len(tries) > 1 and all(was_served(one) for one in tries)
    ]
    if served:
        return served
    answered = [one for one in (*seen.foreign_streams, *seen.foreign_requests) if one.answered and one.refused]
    return passed(*answered, *control) if answered else not_observed("no answer came to a foreign page", *control)
