"""The streams of a session: who may open them, what a second one does to the first, and whose past they replay."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
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
)
from mcp_audit_harness.probe import Probe, Session

from ..conformance.authorization_users import somebody_else
from ..conformance.challenge import guarded
from ..conformance.streamable_http import STREAMABLE_SESSIONS
from ..conformance.trials import how
from .evidence import passed_if_answered
from .occasions import newest_of_era

_WATCHED_S = 0.3
_OPEN = "stream still open"
_NO_STREAM = "the server offers no GET stream in a session"
_TAKEOVER = (
    "https://nvd.nist.gov/vuln/detail/CVE-2026-33946",
    "https://cwe.mitre.org/data/definitions/384.html",
)


@dataclass(frozen=True, slots=True)
class Replay:
    """A request of one session, under an id that is a marker, and what another one gets by the id of its event."""

    control: Exchange
    marker: str
    replays: tuple[Exchange, ...] = ()
    own: Exchange | None = None
    """The same event id, in the session to which it belongs."""


@scenario(
    spec=STREAMABLE_SESSIONS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(newest_of_era,),
    bench=Bench.DIAGNOSTICS,
)
async def replay(probe: Probe) -> Replay:
    marker = f"of-another-{probe.rng.getrandbits(64):016x}"
    async with probe.session() as victim, probe.session() as other:
        control = await victim.request("ping", rpc_id=marker)
        if not control.ok or not other.usable:
            raise Unobservable(f"ping was answered with {how(control)}", control)
        ids = [event.id for event in control.events if event.id]
        if not ids:
            return Replay(control, marker)
        replays: list[Exchange] = []
        while len(replays) < 2 and all(marker in found.body for found in replays):
            async with other.stream(last_event_id=ids[0]) as stream:
                found = await stream.collect(timeout=_WATCHED_S)
                replays.append(found if stream.opening.status == 200 else stream.opening)
        async with victim.stream(last_event_id=ids[0]) as stream:
            own = await stream.collect(timeout=_WATCHED_S)
        return Replay(control, marker, tuple(replays), own)


@check(
    replay,
    id="sessions/replays-another-session",
    title="The messages of another session are replayed to whoever names their event",
    requirements=("sessions/of-their-own",),
    severity=SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Keep with each stored event the session and user it was for, and replay it to nobody else.",
    references=("https://cwe.mitre.org/data/definitions/639.html",),
)
def replays_another_session(seen: Replay) -> Verdict:
    """Event ids are not secret, and often count upwards. A store of events that all sessions share answers anyone who
    sends a Last-Event-ID with what somebody else's tools have said.
    """
    if not seen.replays:
        return not_applicable("the server gives its events no ids, so that nothing is replayed", seen.control)
    foreign = [exchange for exchange in seen.replays if seen.marker in exchange.body]
    if len(foreign) > 1:
        text = "The server replayed the response of one session in the stream of another one."
        return failed(text, *foreign, seen.control)
    answered = [exchange for exchange in seen.replays if exchange.answered]
    if foreign or not answered:
        return not_observed("no, or no constant, answer came to the event id of another session", *seen.replays)
    return passed_if_answered(*answered, seen.control, *([seen.own] if seen.own is not None else []))


@dataclass(frozen=True, slots=True)
class TwoGets:
    """The GET stream of a session before and after another one was opened in it."""

    first: Exchange
    second: Exchange | None = None
    then: Exchange | None = None
    again: Exchange | None = None
    """What became of the first stream when all of it was done once more in a new session."""


@scenario(
    spec=STREAMABLE_SESSIONS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(newest_of_era,),
    bench=Bench.DIAGNOSTICS,
)
async def two_gets(probe: Probe) -> TwoGets:
    async with probe.session() as session:
        first, second, then = await _two(session)
    if second is None or then is None or not _displaced(second, then):
        return TwoGets(first, second, then)
    async with probe.session() as session:
        _, _, again = await _two(session)
    return TwoGets(first, second, then, again)


async def _two(session: Session) -> tuple[Exchange, Exchange | None, Exchange | None]:
    async with session.stream() as one:
        alone = await one.collect(timeout=_WATCHED_S)
        if one.opening.status != 200 or _OPEN not in alone.note:
            return one.opening, None, None
        async with session.stream() as other:
            return one.opening, other.opening, await one.collect(timeout=_WATCHED_S)


def _displaced(second: Exchange, then: Exchange | None) -> bool:
    return second.status == 200 and then is not None and _OPEN not in then.note


@check(
    two_gets,
    id="sessions/second-stream-displaces-first",
    title="A second stream takes the place of the first",
    requirements=("sessions/of-their-own",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Refuse a second GET in a session with 409, or let both streams live.",
    references=_TAKEOVER,
)
def second_stream_displaces_first(seen: TwoGets) -> Verdict:
    """Who has got hold of a session id then receives what the server sends on its own account, questions to the user
    included, and the client that owns the session is cut off without a word.
    """
    if seen.second is None or seen.then is None:
        return not_applicable(_NO_STREAM, seen.first)
    evidence = (seen.then, seen.second, seen.first)
    if _displaced(seen.second, seen.then) and seen.again is not None and _displaced(seen.second, seen.again):
        return failed("The server ended a session's stream when a second one was opened.", *evidence)
    if not seen.second.answered:
        return not_observed("a second GET was not answered", *evidence)
    return passed_if_answered(*evidence)


@dataclass(frozen=True, slots=True)
class ForeignStream:
    """The GET stream of a session, asked for by another user before its owner listens, and while they do."""

    welcome: Exchange
    alone: Exchange
    """The control: nobody listens yet."""
    own: Exchange
    other: Exchange | None = None
    again: Exchange | None = None


@scenario(
    spec=STREAMABLE_SESSIONS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(newest_of_era, guarded),
    bench=Bench.AUTHORIZED,
)
async def foreign_stream(probe: Probe) -> ForeignStream:
    welcome, headers = await somebody_else(probe)
    reading = {"accept": "text/event-stream", **headers}
    async with probe.session() as session:
        alone = await session.http("GET", headers=reading, timeout=_WATCHED_S)
    async with probe.session() as session, session.stream() as stream:
        own = stream.opening
        if _opened(alone) or not _opened(own):
            return ForeignStream(welcome, alone, own)
        other = await session.http("GET", headers=reading, timeout=_WATCHED_S)
        again = await session.http("GET", headers=reading, timeout=_WATCHED_S) if _opened(other) else None
        return ForeignStream(welcome, alone, own, other, again)


def _opened(exchange: Exchange | None) -> bool:
    return exchange is not None and exchange.status == 200 and exchange.media_type == "text/event-stream"


@check(
    foreign_stream,
    id="sessions/stream-open-to-others",
    title="Another user may join the stream that the owner of a session listens to",
    requirements=("sessions/of-their-own", "security-best-practices/session-bound-to-user"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Compare the user with that of the session before a stream is joined, resumed or taken over, too.",
    references=(*_TAKEOVER, "https://nvd.nist.gov/vuln/detail/CVE-2026-52869"),
)
def stream_open_to_others(seen: ForeignStream) -> Verdict:
    """A session id is no credential. Who joins the stream of somebody else hears their notifications, and is asked what
    was meant for them.

    It is about streams that are open: servers that know the user of a session may yet let another one join. Where
    another user may open the stream even while nobody listens, `principals/stream-open-to-others` says so.
    """
    if not _opened(seen.own):
        return not_applicable(_NO_STREAM, seen.own, seen.welcome)
    if _opened(seen.alone):
        reason = "another user opens the stream even while nobody listens, which is a finding of its own"
        return not_observed(reason, seen.alone, seen.own)
    if seen.other is None or not (seen.alone.refused and seen.other.answered):
        return not_observed("no answer came to a GET of another user", seen.alone, seen.own)
    if _opened(seen.other) and _opened(seen.again):
        text = "The server refused the stream of one user's session to another, and let them join it once it was open."
        return failed(text, seen.other, seen.alone, seen.own)
    if _opened(seen.other):
        return not_observed("another user was let in once, and not again", seen.other, seen.own)
    return passed_if_answered(seen.other, seen.alone, seen.own, seen.welcome)
