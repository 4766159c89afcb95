"""How a session comes to be: only by an initialize that succeeds, and under an id of the server's choice."""

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

from .streamable_http import STREAMABLE_SESSIONS
from .trials import how

_LISTS = ("tools", "resources", "prompts")


@dataclass(frozen=True, slots=True)
class ChosenId:
    """An ordinary initialize, and one that brings a session id of its own."""

    control: Exchange
    chosen: Exchange
    name: str
    use: Exchange | None = None
    """A ping under the chosen id, where the answer did not name it."""
    other: Exchange | None = None
    """A ping under another made-up id, to see whether any will do."""


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def chosen_id(probe: Probe) -> ChosenId:
    control = await probe.initialize()
    if not control.ok:
        raise Unobservable(f"an ordinary initialize was answered with {how(control)}", control)
    name = f"{probe.rng.getrandbits(128):032x}"
    async with probe.unopened() as nobody:
        chosen = await nobody.send_bytes(control.sent.body.encode(), headers={"mcp-session-id": name})
        assigned = chosen.header("mcp-session-id")
        use = other = None
        if chosen.ok and assigned != name:
            use = await nobody.request("ping", headers={"mcp-session-id": name})
            other = await nobody.request("ping", headers={"mcp-session-id": f"{probe.rng.getrandbits(128):032x}"})
        for one in {assigned, name} - {None}:
            await nobody.http("DELETE", headers={"mcp-session-id": one})
    return ChosenId(control, chosen, name, use, other)


@check(
    chosen_id,
    id="sessions/adopts-clients-id",
    title="The client chooses the id of its session",
    requirements=("security-best-practices/secure-session-ids", "transports/session-id-secure"),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Ignore or refuse Mcp-Session-Id on initialize; always draw a new id.",
    references=("https://cwe.mitre.org/data/definitions/384.html",),
)
def adopts_clients_id(seen: ChosenId) -> Verdict:
    """Whoever can make a client use a known id then shares its session (session fixation)."""
    if seen.control.header("mcp-session-id") is None:
        return not_applicable("the server assigns no session ids", seen.control)
    if not seen.chosen.answered:
        return not_observed("no answer came to an initialize with a session id", seen.chosen, seen.control)
    if seen.chosen.ok and seen.chosen.header("mcp-session-id") == seen.name:
        return failed("The server opened a session under an id that the client chose.", seen.chosen, seen.control)
    if seen.use is not None and seen.use.ok and seen.other is not None and seen.other.refused:
        text = "The server named another session id, and serves requests under the one that the client chose."
        return failed(text, seen.use, seen.chosen, seen.other, seen.control)
    return passed(seen.chosen, seen.control)


@dataclass(frozen=True, slots=True)
class FailedOpening:
    """An initialize without parameters, and a list asked for under the session id that came with its answer."""

    initialize: Exchange
    use: Exchange | None


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def failed_opening(probe: Probe) -> FailedOpening:
    member = next((name for name in _LISTS if probe.offer.declares(name)), None)
    if member is None:
        raise Unobservable("the server offers no list to ask for")
    async with probe.unopened() as session:
        opening = await session.request("initialize", {})
        name = opening.header("mcp-session-id")
        if name is None or opening.error is None:
            return FailedOpening(opening, None)
        use = await session.request(f"{member}/list", headers={"mcp-session-id": name})
        await session.http("DELETE", headers={"mcp-session-id": name})
        return FailedOpening(opening, use)


@check(
    failed_opening,
    id="sessions/failed-initialize-opens-session",
    title="A refused initialize opens a session",
    requirements=("derived/initialize-result-session-scope",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Serve no request but ping under an id until an initialize has succeeded in it.",
)
def failed_initialize_opens_session(seen: FailedOpening) -> Verdict:
    """Nothing was agreed: neither version nor capabilities. An id that comes with the refusal does no harm as long as
    it is dead, since the header of a stream is sent before the result is known.
    """
    if seen.initialize.error is None:
        return not_observed(f"initialize without parameters was answered with {how(seen.initialize)}", seen.initialize)
    if seen.use is not None and seen.use.ok:
        return failed(
            "The server refused an initialize, and then served requests under the session id that came with it.",
            seen.use,
            seen.initialize,
        )
    return passed(seen.initialize, *([seen.use] if seen.use is not None else []))
