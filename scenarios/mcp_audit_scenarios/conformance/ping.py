"""Ping (page `basic/utilities/ping`, 2024-11-05 to 2025-11-25)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import check, scenario
from mcp_audit_harness.model import HANDSHAKE, Category, Exchange, Severity, Verdict, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from .trials import how

_PROMPT_S = 5.0
"""What is still prompt; the specification gives no number."""


@dataclass(frozen=True, slots=True)
class Pings:
    """Two pings in an open session; `control` is a request of another kind after them, whatever its answer."""

    plain: Exchange
    with_params: Exchange
    control: Exchange


@scenario(spec=HANDSHAKE)
async def pings(probe: Probe) -> Pings:
    """Ping without and with empty parameters, then send a request of another kind."""
    return Pings(
        await probe.request("ping", timeout=_PROMPT_S),
        await probe.request("ping", {}, timeout=_PROMPT_S),
        await probe.request("tools/list"),
    )


@check(
    pings,
    id="ping/not-answered",
    title="Ping is not answered with a result",
    requirements=("ping/ping-empty-response", "basic/base-protocol-and-lifecycle-support"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer every ping with an empty result, at once.",
)
def ping_not_answered(seen: Pings) -> Verdict:
    """Clients ping to find dead connections. One that gets no answer, or an error, closes a connection that works."""
    if not seen.control.answered:
        return not_observed("the request after the pings was not answered either", seen.control, seen.plain)
    for ping in (seen.plain, seen.with_params):
        if not ping.ok:
            return failed(f"The server answered a ping with {how(ping)}.", ping, seen.control)
    return passed(seen.plain, seen.with_params)


@check(
    pings,
    id="ping/result-not-empty",
    title="The result of ping holds something",
    requirements=("ping/ping-empty-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer ping with the result {}.",
)
def ping_result_not_empty(seen: Pings) -> Verdict:
    """The answer to a ping says that somebody is there, and nothing else. Clients with strict types refuse more."""
    answered = [ping for ping in (seen.plain, seen.with_params) if ping.result is not None]
    for ping in answered:
        names = sorted(set(ping.result or {}) - {"_meta"})
        if names:
            return failed(f"The result of ping holds {', '.join(names)}.", ping)
    return passed(*answered) if answered else not_observed("no ping got a result", seen.plain)
