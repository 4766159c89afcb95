"""What stands for a session although nobody opened it: odd ids, ids of refused requests, streams of ended sessions."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
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
from mcp_audit_harness.probe import Probe

from ..conformance.streamable_http import STREAMABLE_SESSIONS
from ..conformance.trials import Trial, how
from .evidence import passed_if_answered
from .occasions import newest_of_era

_LONG = 4096
_NO_SESSIONS = "the server assigns no session ids"
_REQUIREMENTS = ("sessions/only-what-was-opened",)
_FIXATION = ("https://cwe.mitre.org/data/definitions/384.html",)


@dataclass(frozen=True, slots=True)
class OddIds:
    """A ping in a session, without its id, and under ids that were never assigned."""

    control: Exchange
    without: Exchange | None
    odd: tuple[Trial, ...]


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def odd_ids(probe: Probe) -> OddIds:
    async with probe.session() as session:
        control = await session.request("ping")
        name = session.session_id
        if not control.ok:
            raise Unobservable(f"ping was answered with {how(control)}", control)
        if name is None:
            return OddIds(control, None, ())
        without = await session.request("ping", headers={"mcp-session-id": None})
        names = {
            "4096 letters": "a" * _LONG,
            "encoded line ends": f"{name}%0d%0ax-audit:%20{probe.rng.getrandbits(32):x}",
            "a path that climbs": f"../{name}",
            "the beginning of a live one": name[: len(name) // 2],
            "a live one with something behind it": f"{name}0",
            "a pattern": "*",
        }
        odd = [
            Trial(what, await session.request("ping", headers={"mcp-session-id": id_})) for what, id_ in names.items()
        ]
        return OddIds(control, without, tuple(odd))


@check(
    odd_ids,
    id="sessions/serves-odd-id",
    title="An id that nobody was given stands for a session",
    requirements=_REQUIREMENTS,
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Look ids up whole, in a table of those that you assigned; answer 404 for every other.",
    references=_FIXATION,
)
def serves_odd_id(seen: OddIds) -> Verdicts:
    """Ids that are cut, matched by their beginning, or used as a path or a pattern are easier to find than the ids
    themselves: half an id takes the square root of the tries.
    """
    if seen.without is None:
        return not_applicable(_NO_SESSIONS, seen.control)
    if seen.without.ok:
        return not_applicable("the server assigns session ids, but does not require them", seen.without, seen.control)
    served = [
        failed(
            f"The server served a ping whose session id was {trial.name}.",
            trial.exchange,
            seen.control,
            subject=f"id:{trial.name.replace(' ', '-')}",
        )
        for trial in seen.odd
        if trial.exchange.ok
    ]
    if served:
        return served
    answered = [trial.exchange for trial in seen.odd if trial.exchange.answered]
    return (
        passed_if_answered(*answered, seen.control)
        if answered
        else not_observed("no odd id was answered", seen.control)
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """Requests that open no session, each with a use of the session id that came with its answer."""

    name: str
    refusal: Exchange
    use: Exchange | None


@dataclass(frozen=True, slots=True)
class RefusedOpenings:
    """Several of them, beside an ordinary opening."""

    control: Exchange
    refused: tuple[Refused, ...]
    bare: Exchange
    """A ping without any session id."""


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), thorough=True)
async def refused_openings(probe: Probe) -> RefusedOpenings:
    control = await probe.initialize()
    if not control.ok:
        raise Unobservable(f"an ordinary initialize was answered with {how(control)}", control)
    opening = json.loads(control.sent.body)
    spoiled: dict[str, bytes] = {
        "a request other than initialize": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}',
        "a notification": b'{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        "an initialize that is cut off": control.sent.body.encode()[:-2],
        "an initialize whose version is a number": json.dumps(
            {**opening, "params": {**opening["params"], "protocolVersion": 1}}
        ).encode(),
        "an initialize without capabilities": json.dumps(
            {**opening, "params": {**opening["params"], "capabilities": None}}
        ).encode(),
    }
    refused: list[Refused] = []
    async with probe.unopened() as nobody:
        bare = await nobody.request("ping")
        for what, body in spoiled.items():
            answer = await nobody.send_bytes(body)
            name = answer.header("mcp-session-id")
            if name is None or answer.ok:
                refused.append(Refused(what, answer, None))
                continue
            use = await nobody.request("tools/list", headers={"mcp-session-id": name})
            refused.append(Refused(what, answer, use))
            await nobody.http("DELETE", headers={"mcp-session-id": name})
    return RefusedOpenings(control, tuple(refused), bare)


@check(
    refused_openings,
    id="sessions/refused-request-opens-session",
    title="A refused request leaves a session behind",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Validate a request before you allocate anything for it, and free on every way out what you did.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-63128",
        "https://cwe.mitre.org/data/definitions/772.html",
    ),
)
def refused_request_opens_session(seen: RefusedOpenings) -> Verdicts:
    """Nobody knows of such a session, so nobody ends it: a client that sends rubbish fills the table of sessions, and
    needs no token for it. An id that comes with a refusal and is dead is no finding.
    """
    if seen.control.header("mcp-session-id") is None:
        return not_applicable(_NO_SESSIONS, seen.control)
    if seen.bare.ok:
        return not_applicable("the server serves requests without a session", seen.bare, seen.control)
    live = [
        failed(
            f"The server refused {one.name} with a session id, and served a request under it.",
            one.use,
            one.refusal,
            seen.control,
            subject=f"message:{one.name.replace(' ', '-')}",
        )
        for one in seen.refused
        if one.use is not None and one.use.ok
    ]
    if live:
        return live
    answered = [one.refusal for one in seen.refused if one.refusal.refused]
    return (
        passed_if_answered(*answered, seen.control) if answered else not_observed("nothing was refused", seen.control)
    )


@dataclass(frozen=True, slots=True)
class EndedStream:
    """The GET stream of a live session, and of the same one after its end."""

    live: Exchange
    ended: Exchange | None = None
    after: Exchange | None = None
    again: Exchange | None = None


@scenario(
    spec=STREAMABLE_SESSIONS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(newest_of_era,),
    bench=Bench.DIAGNOSTICS,
)
async def ended_stream(probe: Probe) -> EndedStream:
    async with probe.session() as session:
        async with session.stream() as stream:
            live = stream.opening
        name = session.session_id
        if name is None or live.status != 200:
            return EndedStream(live)
        ended = await session.close()
        tries = [await session.http("GET", headers=_reading(name), timeout=0.5)]
        if _streams(tries[0]):
            tries.append(await session.http("GET", headers=_reading(name), timeout=0.5))
        return EndedStream(live, ended, tries[0], tries[1] if len(tries) > 1 else None)


def _reading(name: str) -> dict[str, str | None]:
    return {"mcp-session-id": name, "accept": "text/event-stream"}


def _streams(exchange: Exchange | None) -> bool:
    return exchange is not None and exchange.status == 200 and exchange.media_type == "text/event-stream"


@check(
    ended_stream,
    id="sessions/stream-after-end",
    title="The stream of an ended session can still be opened",
    requirements=("transports/terminated-session-404",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Hold GET against the table of live sessions as you do POST, and answer 404.",
    references=("https://cwe.mitre.org/data/definitions/613.html",),
)
def stream_after_end(seen: EndedStream) -> Verdict:
    """Requests of an ended session may be refused while its stream, which another handler serves, still opens. It
    brings what the session is still told, and holds what should be free.
    """
    if seen.ended is None or seen.after is None:
        return not_applicable("the server offers no GET stream in a session", seen.live)
    if seen.ended.status is None or seen.ended.status >= 300:
        return not_applicable(f"the server does not let clients end a session (HTTP {seen.ended.status})", seen.ended)
    if _streams(seen.after) and _streams(seen.again):
        return failed("The server opened the stream of a session that DELETE had ended.", seen.after, seen.ended)
    if not seen.after.answered:
        return not_observed("no answer came to the GET of an ended session", seen.after, seen.ended)
    return passed_if_answered(seen.after, seen.ended, seen.live)
