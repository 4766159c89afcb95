"""Initialization comes first, and what follows keeps to what was negotiated (page `basic/lifecycle`, to 2025-11-25)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    STDIO_ONLY,
    Category,
    Exchange,
    Impact,
    Revision,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import how, patience

_LISTS = {"tools": "tools/list", "resources": "resources/list", "prompts": "prompts/list"}
_BROUGHT = {
    "elicitation/create": Revision.V2025_06_18,
    "notifications/elicitation/complete": Revision.V2025_11_25,
    "notifications/tasks/status": Revision.V2025_11_25,
    "tasks/get": Revision.V2025_11_25,
    "tasks/list": Revision.V2025_11_25,
    "tasks/result": Revision.V2025_11_25,
    "tasks/cancel": Revision.V2025_11_25,
    "notifications/subscriptions/acknowledged": Revision.V2026_07_28,
}
"""Methods that a server may send, or tell, and the revision that brought each."""
_MOST = 5


@dataclass(frozen=True, slots=True)
class Early:
    """A list, asked for by a client that has not initialized, and by one that has."""

    control: Exchange
    early: Exchange


def offers_list(probe: Probe) -> Verdict | None:
    """Need a capability with a list to ask for."""
    if any(probe.offer.declares(name) for name in _LISTS):
        return None
    return not_applicable("the server declares no tools, resources or prompts")


@scenario(spec=HANDSHAKE, transports=STDIO_ONLY, impact=Impact.PROBING, needs=(offers_list,))
async def early(probe: Probe) -> Early:
    """Ask a new process for a list, with no word before it but a ping, to see that it is up.

    Over HTTP a request without a session may belong to a client that has initialized: nothing tells them apart.
    """
    method = next(method for name, method in _LISTS.items() if probe.offer.declares(name))
    control = await probe.request(method)
    async with probe.unopened() as session:
        awake = await session.request("ping")
        return Early(control, await session.request(method, timeout=patience(awake if awake.ok else control)))


@check(
    early,
    id="lifecycle/serves-before-initialize",
    title="Requests are served before any initialize",
    requirements=("lifecycle/initialize-first",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Answer every request but initialize and ping with an error until a client has initialized.",
)
def serves_before_initialize(seen: Early) -> Verdict:
    """Before initialization there is no agreed version and no declared capability, so the answer follows rules that
    the client may not know. A server that serves all the same hides the mistake of the client until it matters. The
    sentence binds both sides to the order and says nothing of a refusal, so that this is a note.
    """
    if not seen.control.ok:
        return not_observed("the list was refused after initialization, too", seen.control)
    if seen.early.ok:
        text = f"The server answered {seen.early.sent.method} with a result before any initialize."
        return failed(text, seen.early, seen.control)
    if not seen.early.answered:
        return not_observed(f"the early request got {how(seen.early)}", seen.early, seen.control)
    return passed(seen.early, seen.control)


@dataclass(frozen=True, slots=True)
class Sayings:
    """Every exchange of the revision in which the target sent a message."""

    exchanges: tuple[Exchange, ...]


@scenario(spec=HANDSHAKE, observes=True)
async def sayings(probe: Probe) -> Sayings:
    return Sayings(tuple(exchange for exchange in probe.transcript if exchange.messages))


@check(
    sayings,
    id="lifecycle/speaks-later-revision",
    title="The server speaks of what the negotiated revision does not know",
    requirements=("lifecycle/respect-negotiated-version",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Remember the negotiated version of each session, and send only what that revision has.",
)
def speaks_later_revision(seen: Sayings) -> Verdicts:
    """A client of an older revision has no handler for a method that came later: it refuses the request, or drops the
    notification, and what the server meant to tell or to ask is lost. Additional members of known messages are
    accepted; they are ignored by who does not know them.
    """
    shown = [exchange for exchange in seen.exchanges if exchange.answered]
    if not shown:
        return not_observed("the server sent no message")
    failures: dict[str, Verdict] = {}
    for exchange in shown:
        for message in (*exchange.requests(), *exchange.notifications()):
            method = message["method"]
            brought = _BROUGHT.get(method) if isinstance(method, str) else None
            if brought is not None and brought > Revision(exchange.revision):
                text = f"The server sent {method}, which came with {brought}, in a session of {exchange.revision}."
                failures.setdefault(method, failed(text, exchange, subject=f"method:{method}"))
    return list(failures.values())[:_MOST] or passed(*shown[:_MOST])
