"""Pings of the server (page `basic/utilities/ping`): judged on all that was said."""

from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import HANDSHAKE, Category, Exchange, Severity, failed
from mcp_audit_harness.probe import Probe

from .asking import shown

_MOST: Final = 5
_PER_SECOND: Final = 2.0


@dataclass(frozen=True, slots=True)
class Pings:
    """Exchanges in which the server pinged, and some in which it could have."""

    pinged: tuple[Exchange, ...]
    others: tuple[Exchange, ...]


@scenario(spec=HANDSHAKE, observes=True)
async def pings(probe: Probe) -> Pings:
    pinged = [exchange for exchange in probe.transcript if exchange.requests("ping")]
    others = [exchange for exchange in probe.transcript if exchange.messages and not exchange.requests("ping")]
    return Pings(tuple(pinged), tuple(others[:10]))


@check(
    pings,
    id="ping/floods-client",
    title="The server pings without measure",
    requirements=("ping/no-excessive-ping",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Ping now and then, and only where nothing else shows that the connection lives.",
)
def floods_client(seen: Pings) -> Verdicts:
    """Every ping has to be answered. Many of them cost the client its battery and a shared server its bandwidth."""
    for exchange in seen.pinged:
        count = len(exchange.requests("ping"))
        if count > max(_MOST, _PER_SECOND * exchange.elapsed_ms / 1000):
            return failed(f"{count} pings came within {exchange.elapsed_ms / 1000:.1f} s.", exchange)
    return shown((*seen.pinged, *seen.others), "the server said nothing")
