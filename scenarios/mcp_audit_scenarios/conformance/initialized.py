"""The time between initialize and `notifications/initialized` (page `basic/lifecycle`, 2024-11-05 to 2025-11-25)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    Category,
    Exchange,
    Severity,
    Transport,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import how, patience

_LISTEN_S = 0.3
"""How long to listen for requests that the server sends by itself."""


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A session in which `notifications/initialized` was never sent."""

    opening: Exchange
    ping: Exchange
    heard: tuple[Exchange, ...]
    """What came on the server's own stream, where there is one."""


@scenario(spec=HANDSHAKE)
async def unconfirmed(probe: Probe) -> Unconfirmed:
    """Open a session, leave out the confirmation, ping, and listen for what the server asks."""
    async with probe.session(initialized=False) as session:
        opening = session.opening
        if opening is None or not session.usable:
            raise Unobservable("no session could be opened", *([opening] if opening else []))
        ping = await session.request("ping", timeout=patience(opening))
        if probe.transport is not Transport.HTTP:
            return Unconfirmed(opening, ping, ())
        async with session.stream() as stream:
            heard = await stream.collect(timeout=_LISTEN_S)
        return Unconfirmed(opening, ping, (heard,))


@check(
    unconfirmed,
    id="lifecycle/requests-before-initialized",
    title="Server sends requests before the client has confirmed the handshake",
    requirements=("lifecycle/no-server-requests-before-initialized",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Wait for notifications/initialized before you ask for roots, sampling or elicitation.",
)
def requests_before_initialized(seen: Unconfirmed) -> Verdict:
    """Until `notifications/initialized` the client is still setting up. Requests other than ping may reach it before
    its handlers exist, and are then refused or lost.
    """
    for exchange in (seen.opening, seen.ping, *seen.heard):
        for request in exchange.server_requests:
            if request["method"] != "ping":
                return failed(f"The server sent {request['method']} before the handshake was over.", exchange)
    if not (seen.opening.answered or seen.ping.answered):
        return not_observed("the server said nothing", seen.opening, seen.ping)
    return passed(seen.opening, seen.ping)


@check(
    unconfirmed,
    id="ping/refused-before-initialized",
    title="Ping is refused before the handshake is over",
    requirements=("ping/ping-empty-response",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer ping at any time, also before notifications/initialized.",
)
def refused_before_initialized(seen: Unconfirmed) -> Verdict:
    """Ping is the one request that both sides may send before the handshake is over, to see whether the other end is
    alive.
    """
    if seen.ping.ok:
        return passed(seen.ping, seen.opening)
    if not seen.ping.answered:
        return not_observed("no answer came to the ping", seen.ping, seen.opening)
    return failed(f"The server answered a ping before initialized with {how(seen.ping)}.", seen.ping, seen.opening)
