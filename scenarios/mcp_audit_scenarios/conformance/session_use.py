"""When a session id is honoured: missing, made up, ended, or chosen by the client (page `basic/transports`)."""

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
from mcp_audit_harness.probe import Probe, Session

from .streamable_http import STREAMABLE_SESSIONS
from .trials import how

_NO_SESSIONS = "the server assigns no session ids"


@dataclass(frozen=True, slots=True)
class SessionUse:
    """Pings in a session: as they should be, without its id, with a made-up one, and after its end."""

    control: Exchange
    assigned: bool
    without: Exchange | None = None
    made_up: Exchange | None = None
    ended: Exchange | None = None
    after: Exchange | None = None


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def session_use(probe: Probe) -> SessionUse:
    async with probe.session() as session:
        control = await session.request("ping")
        if not control.ok:
            raise Unobservable(f"ping was answered with {how(control)}", control)
        if session.session_id is None:
            return SessionUse(control, assigned=False)
        own = {"mcp-session-id": session.session_id}
        return SessionUse(
            control=control,
            assigned=True,
            without=await session.request("ping", headers={"mcp-session-id": None}),
            made_up=await session.request("ping", headers={"mcp-session-id": _made_up(probe, session)}),
            ended=await session.close(),
            after=await session.request("ping", headers=own),
        )


def _made_up(probe: Probe, session: Session) -> str:
    """Return an id of the same shape: every digit and letter changed for another of its kind."""
    kinds = ("0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ")

    def other(character: str) -> str:
        kind = next((kind for kind in kinds if character in kind), character)
        return probe.rng.choice(kind)

    return "".join(other(character) for character in session.session_id or "")


@check(
    session_use,
    id="sessions/wrong-status-for-missing-id",
    title="A missing session id is refused with another status than 400",
    requirements=("transports/missing-session-400",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer requests other than initialize that lack Mcp-Session-Id with 400.",
)
def wrong_status_for_missing_id(seen: SessionUse) -> Verdict:
    """Status 404 tells a client that its session has ended, so that it opens a new one in vain; 400 tells its author
    that the header is missing.
    """
    if not seen.assigned or seen.without is None:
        return not_applicable(_NO_SESSIONS, seen.control)
    if seen.without.ok:
        return not_applicable("the server assigns session ids, but does not require them", seen.without, seen.control)
    if not seen.without.answered or seen.without.status is None:
        return not_observed("no answer came to the request without a session id", seen.without, seen.control)
    if seen.without.status != 400:
        return failed(f"The server answered a ping without a session id with {how(seen.without)}.", seen.without)
    return passed(seen.without, seen.control)


@check(
    session_use,
    id="sessions/serves-made-up-id",
    title="Any session id will do",
    requirements=("security-best-practices/secure-session-ids",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Serve requests only in sessions that an initialize has opened; answer other ids with 404.",
)
def serves_made_up_id(seen: SessionUse) -> Verdict:
    """A server that demands an id and then takes one that it never assigned has sessions that anyone can guess. A
    client whose session was lost is not told so either.
    """
    if not seen.assigned or seen.made_up is None or seen.without is None:
        return not_applicable(_NO_SESSIONS, seen.control)
    if seen.without.ok:
        return not_applicable("the server assigns session ids, but does not require them", seen.without, seen.control)
    if not seen.made_up.answered:
        return not_observed("no answer came to the request with a made-up id", seen.made_up, seen.control)
    if seen.made_up.ok:
        return failed("The server served a ping under a session id that it never assigned.", seen.made_up, seen.without)
    return passed(seen.made_up, seen.control)


@check(
    session_use,
    id="sessions/delete-refused-without-405",
    title="The end of a session is refused with another status than 405",
    requirements=("transports/delete-405-allowed",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Answer DELETE with 2xx when you end the session, or with 405 when clients may not end it.",
)
def delete_refused_without_405(seen: SessionUse) -> Verdict:
    """Clients end their session when they leave, and take 405 for 'not here'. Anything else is an error to them, at
    a moment when nobody can look after it.
    """
    if seen.ended is None:
        return not_applicable(_NO_SESSIONS, seen.control)
    if seen.ended.status is None or not seen.ended.answered:
        return not_observed("DELETE was not answered", seen.ended, seen.control)
    if not (seen.ended.status < 300 or seen.ended.status == 405):
        return failed(f"The server answered DELETE of a live session with {how(seen.ended)}.", seen.ended, seen.control)
    return passed(seen.ended, seen.control)


def _ended(seen: SessionUse) -> Verdict | None:
    """Return why nothing can be said of an ended session, or None."""
    if seen.ended is None or seen.after is None:
        return not_applicable(_NO_SESSIONS, seen.control)
    if not seen.ended.answered or seen.ended.status is None:
        return not_observed("DELETE was not answered", seen.ended, seen.control)
    if seen.ended.status >= 300:
        return not_applicable(f"the server does not let clients end a session (HTTP {seen.ended.status})", seen.ended)
    if not seen.after.answered:
        return not_observed("no answer came to a request in the ended session", seen.after, seen.ended)
    return None


@check(
    session_use,
    id="sessions/serves-ended-session",
    title="A session is served after its end",
    requirements=("transports/terminated-session-404",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Forget a session when DELETE ends it, and answer its id with 404 from then on.",
    references=("https://cwe.mitre.org/data/definitions/613.html",),
)
def serves_ended_session(seen: SessionUse) -> Verdict:
    """A client that has ended its session relies on its id being worthless. What still serves it also keeps all that
    the session holds.
    """
    reason = _ended(seen)
    if reason is not None or seen.after is None or seen.ended is None:
        return reason or not_applicable(_NO_SESSIONS, seen.control)
    if seen.after.ok:
        return failed("The server served a ping in a session that DELETE had ended.", seen.after, seen.ended)
    return passed(seen.after, seen.ended)


@check(
    session_use,
    id="sessions/wrong-status-for-ended-session",
    title="A request in an ended session is refused with another status than 404",
    requirements=("transports/terminated-session-404",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer requests that carry the id of an ended session with 404.",
)
def wrong_status_for_ended_session(seen: SessionUse) -> Verdict:
    """404 is the one sign on which a client starts over with a new session; on any other it reports an error."""
    reason = _ended(seen)
    if reason is not None or seen.after is None or seen.ended is None:
        return reason or not_applicable(_NO_SESSIONS, seen.control)
    if seen.after.ok:
        return not_observed("the ended session is still served", seen.after, seen.ended)
    if seen.after.status != 404:
        return failed(f"The server answered a ping in an ended session with {how(seen.after)}.", seen.after, seen.ended)
    return passed(seen.after, seen.ended)
