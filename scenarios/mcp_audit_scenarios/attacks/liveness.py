"""Whether the target still answers: the runner asks after every group of odd requests, and this is what it heard."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_only

_CONTROLS = "liveness."
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Controls:
    """The ordinary requests that followed each group, in order."""

    exchanges: tuple[Exchange, ...]


@scenario(needs=(newest_only,), observes=True)
async def controls(probe: Probe) -> Controls:
    return Controls(tuple(exchange for exchange in probe.transcript if exchange.scenario.startswith(_CONTROLS)))


@check(
    controls,
    id="robustness/stops-answering",
    title="Target stops answering during the audit",
    requirements=("robustness/keeps-answering",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Find the request of the named group after which the server hangs or dies; bound and catch there.",
    references=("https://cwe.mitre.org/data/definitions/400.html",),
)
def stops_answering(seen: Controls) -> Verdicts:
    """After each group of odd requests an ordinary one is sent, twice if need be.

    When neither is answered, anyone who can send the requests of that group can take the server down. A server that
    says 429 (RFC 6585, 4) is alive: it keeps the rate of its clients down, which is right.
    """
    by_group: dict[str, list[Exchange]] = {}
    for exchange in seen.exchanges:
        by_group.setdefault(exchange.scenario.removeprefix(_CONTROLS), []).append(exchange)
    for group, exchanges in by_group.items():
        if not any(_is_alive(exchange) for exchange in exchanges):
            text = f"no ordinary request was answered after the group {group}"
            return failed(text, *exchanges, subject=f"group:{group}")
    answered = [exchange for exchange in seen.exchanges if _is_alive(exchange)]
    return passed(*answered[-5:]) if answered else not_observed("no group of odd requests was run")


def _is_alive(exchange: Exchange) -> bool:
    return exchange.ok or exchange.status == TOO_MANY_REQUESTS
