"""Leaks: what a local target's process still holds after calls that were answered and sessions that were ended.

The process is looked at from outside, so that this works for any language. How growth is told from the noise of
allocators and collectors: `growth`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import anyio
from mcp_audit_harness.declare import Bench, Unobservable, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    Category,
    Effort,
    Era,
    Exchange,
    Impact,
    Severity,
    Transport,
    Verdict,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from ..conformance.subscriptions import can_notify
from ..conformance.trials import how, plain_method
from .evidence import passed_if_answered
from .growth import ROUNDS, Series, goes_on, idles, slope
from .occasions import newest_of_era

_PACING = 8
_FEWEST_CALLS, _FEWEST_SESSIONS, _MOST = 40, 12, 200
"""Units of work in a round of the first series, and of the warm-up."""
_ROUND_S = 1.0
"""How long such a round should take."""
_LOAD_S = 50.0
"""How long there is load at most, as long as something grows."""
_TAIL = 2
_ENOUGH = 15
"""How many times the fewest units of a round have to be done in all, if time allows."""
_DEADLINE_S = 120.0
_IDLE_S, _SETTLE_S = 0.4, 0.15
_QUICK_MS = 60.0
_TRIED = 16
_SCREENED_BYTES = 256 * 1024
"""What a few calls leave without that meaning anything."""
_LEAST_BYTES_CALL, _LEAST_BYTES_SESSION = 256.0, 1024.0
_COUNTED, _COLLECTED = 4 * 1024 * 1024, 96 * 1024 * 1024
"""How many bytes of memory have to have grown before it counts: where what is unused is freed at once, since tables and
pools that are filled once, such as the last thousand requests, level off before that; and where it waits for a
collector, which lets much lie before it comes."""
_COLLECTORS = ("node", "java", "dotnet", "bun", "deno", "MainThread")
_OK = 200
_EVERYTHING = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}
_LEAST_HANDLES = 0.1
"""Files or threads for each unit of work: one in ten."""
_REQUIREMENTS = ("churn/frees-what-it-used",)
_MEMORY = ("https://cwe.mitre.org/data/definitions/401.html",)
_HANDLES = ("https://cwe.mitre.org/data/definitions/772.html", "https://cwe.mitre.org/data/definitions/775.html")
_PLURAL = {"rss_bytes": "bytes", "handles": "files and sockets", "threads": "threads", "processes": "processes"}

_LAZY = "That is little enough to be a table that fills, or to lie and wait for a collector."
Work: TypeAlias = Callable[[], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class Churn:
    """The process while one thing was done again and again; `after` is the same thing done once more."""

    unit: str
    """What was done, as a noun: `call of add`."""
    control: Exchange
    idle: Series
    series: tuple[Series, ...]
    """As many as it took to see that nothing grows, or that something grows steadily."""
    after: Exchange


def _limits(least_bytes: float) -> dict[str, float]:
    return {"rss_bytes": least_bytes, "handles": _LEAST_HANDLES, "threads": _LEAST_HANDLES}


def _is_long(series: Sequence[Series], fewest: int) -> bool:
    """Whether so much was done that what an allocator had in store is used up."""
    return sum(one.total for one in series) >= _ENOUGH * fewest


def _is_decided(series: Sequence[Series], limits: Mapping[str, float]) -> bool:
    """Whether nothing grew in the end of the last series, or something has grown enough, and steadily."""
    if not any(series[-1].tail(quantity, _TAIL) >= least for quantity, least in limits.items()):
        return True
    return any(_leaks(series, quantity, least) and _is_enough(series, quantity) for quantity, least in limits.items())


def _leaks(series: Sequence[Series], quantity: str, least: float) -> bool:
    return len(series) > 1 and goes_on(series[-2], series[-1], quantity, least)


def _is_enough(series: Sequence[Series], quantity: str) -> bool:
    if quantity != "rss_bytes":
        return True
    last = series[-1].readings[-1]
    grown = last.rss_bytes - series[0].readings[0].rss_bytes
    return grown >= (_COLLECTED if last.name.startswith(_COLLECTORS) else _COUNTED)


async def _churn(
    probe: Probe, unit: str, work: Work, fewest: int, least: float, session: Session | None = None
) -> Churn:
    """Do some work until everything is warm, nothing for a while, and then the work in rounds.

    Raises:
        Unobservable: if the process cannot be seen, or the work is refused.
    """
    await probe.process(session)
    control = await work()
    with probe.off_the_record():
        units = await _paced(probe, work, fewest, session)
        idle = await _waited(probe, session)
        series = [await _rounds(probe, work, units, ROUNDS, session)]
        with anyio.move_on_after(_LOAD_S):
            while not (_is_long(series, fewest) and _is_decided(series, _limits(least))):
                longer = units * 2 ** (len(series) - 1)
                series.append(await _rounds(probe, work, longer, ROUNDS, session))
    return Churn(unit, control, idle, tuple(series), await work())


async def _paced(probe: Probe, work: Work, fewest: int, session: Session | None) -> int:
    """Warm up, and return how many units of work make a round."""
    begun = anyio.current_time()
    await _rounds(probe, work, _PACING, 1, session)
    each_s = (anyio.current_time() - begun) / _PACING
    units = max(fewest, min(_MOST, int(_ROUND_S / each_s)))
    await _rounds(probe, work, units, 1, session)
    return units


async def _rounds(probe: Probe, work: Work, units: int, rounds: int, session: Session | None) -> Series:
    readings = [await probe.process(session)]
    for _ in range(rounds):
        for _ in range(units):
            done = await work()
            if not done.ok:
                raise Unobservable(f"under load the server answered with {how(done)}")
        await anyio.sleep(_SETTLE_S)
        readings.append(await probe.process(session))
    return Series(units, tuple(readings))


async def _waited(probe: Probe, session: Session | None) -> Series:
    before = await probe.process(session)
    await anyio.sleep(_IDLE_S)
    return Series(0, (before, await probe.process(session)))


@scenario(impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=_DEADLINE_S, bench=Bench.PROCESS)
async def calls(probe: Probe) -> Churn:
    """Call the tool after whose calls most is left, of those that may be called and answer quickly; if there is none,
    send the plainest request."""
    async with probe.session() as session:
        if not session.usable:
            raise Unobservable("no session can be opened", *([session.opening] if session.opening else []))
        own = session if probe.transport is Transport.STDIO else None
        await probe.process(own)
        with probe.off_the_record():
            unit, method, params = await _candidate(probe, session, own)

        async def call() -> Exchange:
            return await session.request(method, params)

        return await _churn(probe, unit, call, _FEWEST_CALLS, _LEAST_BYTES_CALL, own)


async def _candidate(probe: Probe, session: Session, own: Session | None) -> tuple[str, str, dict[str, object]]:
    """Return the call after which most was left, of tools that answer quickly; the quickest, if none left much."""
    found: list[tuple[int, float, str, dict[str, object]]] = []
    for tool in probe.callable_tools()[:_TRIED]:
        name = str(tool.get("name"))
        params: dict[str, object] = {"name": name, "arguments": valid_arguments(tool.get("inputSchema"))}
        await session.request("tools/call", params)
        tried = await session.request("tools/call", params)
        if tried.ok and tried.elapsed_ms < _QUICK_MS:
            left = await _left_by(probe, session, params, own)
            found.append((left // _SCREENED_BYTES, -tried.elapsed_ms, name, params))
    if not found:
        return plain_method(probe), plain_method(probe), {}
    _, _, name, params = max(found, key=lambda each: each[:2])
    return f"call of {name}", "tools/call", params


async def _left_by(probe: Probe, session: Session, params: dict[str, object], own: Session | None) -> int:
    """Return how much memory a few calls have left, warm-up and noise included."""
    before = await probe.process(own)
    for _ in range(_PACING):
        await session.request("tools/call", params)
    after = await probe.process(own)
    return max(0, after.rss_bytes - before.rss_bytes)


@scenario(
    spec=HANDSHAKE,
    transports=HTTP_ONLY,
    impact=Impact.INTRUSIVE,
    needs=(newest_of_era,),
    alone=True,
    timeout_s=_DEADLINE_S,
    bench=Bench.PROCESS,
)
async def sessions(probe: Probe) -> Churn:
    """Open a session, ask for something, and end it, as clients do that come and go."""

    async def come_and_go() -> Exchange:
        async with probe.session() as session:
            return await session.request("ping")

    return await _churn(probe, "session", come_and_go, _FEWEST_SESSIONS, _LEAST_BYTES_SESSION)


@scenario(
    transports=HTTP_ONLY,
    impact=Impact.INTRUSIVE,
    needs=(newest_of_era, can_notify),
    alone=True,
    timeout_s=_DEADLINE_S,
    bench=Bench.PROCESS,
)
async def subscriptions(probe: Probe) -> Churn:
    """Subscribe and unsubscribe in one session, or break the stream off where that is how clients go."""
    stateless = probe.revision.era is Era.STATELESS
    uri = next((item.get("uri") for item in probe.offer.resources), None)
    if not stateless and (uri is None or not probe.offer.declares("resources.subscribe")):
        raise Unobservable("there is no resource to subscribe to")

    async with probe.session() as session:

        async def subscribe() -> Exchange:
            if not stateless:
                await session.request("resources/subscribe", {"uri": uri})
                await session.request("resources/unsubscribe", {"uri": uri})
                return await session.request(plain_method(probe))
            async with session.listen({"notifications": _EVERYTHING}) as stream:
                if stream.opening.status != _OK:
                    return stream.opening
            return await session.request(plain_method(probe))

        return await _churn(probe, "subscription", subscribe, _FEWEST_SESSIONS, _LEAST_BYTES_SESSION)


def _judge(seen: Churn, least: Mapping[str, float]) -> Verdict:
    if not (seen.control.ok and seen.after.ok):
        return not_observed(f"after the load the server answered with {how(seen.after)}", seen.after, seen.control)
    if not seen.series or not all(len(one.readings) > 1 for one in (seen.idle, *seen.series)):
        return not_observed("the process was not read often enough", seen.control, seen.after)
    if len({(reading.pid, reading.processes) for one in seen.series for reading in one.readings}) > 1:
        return not_observed("the server started or ended processes meanwhile", seen.control, seen.after)
    for quantity, bound in least.items():
        if not _leaks(seen.series, quantity, bound):
            continue
        if not _is_enough(seen.series, quantity):
            return not_observed(f"{_sentence(seen, quantity)} {_LAZY}", seen.control, seen.after)
        if not idles(seen.idle, seen.series[-2], quantity):
            return not_observed(f"its {_PLURAL[quantity]} grow without any work, too", seen.control, seen.after)
        return failed(_sentence(seen, quantity), seen.control, seen.after)
    return passed_if_answered(seen.control, seen.after, message=_summary(seen, least))


def _sentence(seen: Churn, quantity: str) -> str:
    first, last = seen.series[-2:]
    was, now = (_amount(slope(series, quantity), quantity) for series in (first, last))
    return (
        f"Each {seen.unit} left {now} in the server's process ({last.readings[0].name}): {ROUNDS} rounds of "
        f"{last.units} grew one and all, after {ROUNDS} of {first.units} with {was} each."
    )


def _summary(seen: Churn, least: Mapping[str, float]) -> str:
    last = seen.series[-1]
    parts = [_amount(slope(last, quantity), quantity) for quantity in least]
    return f"{', '.join(parts)} for each {seen.unit}, over {last.total} of them; no steady growth"


def _amount(value: float, quantity: str) -> str:
    if quantity == "rss_bytes":
        return f"{value / 1000:+.2f} kB"
    return f"{value:+.2f} {_PLURAL[quantity]}"


_OF_HANDLES = {"handles": _LEAST_HANDLES, "threads": _LEAST_HANDLES}


@check(
    calls,
    id="churn/memory-per-call",
    title="Every call leaves memory behind",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Compare two heap snapshots some hundred calls apart; look for lists and maps that only ever grow.",
    references=_MEMORY,
    effort=Effort.MEDIUM,
)
def memory_per_call(seen: Churn) -> Verdict:
    """A server runs for weeks. What each call leaves behind adds up until the machine is out of memory, and anyone who
    may call can bring that day forward.

    Asserted only where two series of five equal rounds grew steadily (straight line, R² of at least 0.9), the later
    one at no less than half the pace of the other, and not while there was nothing to do.
    """
    return _judge(seen, {"rss_bytes": _LEAST_BYTES_CALL})


@check(
    calls,
    id="churn/handles-per-call",
    title="Calls leave files, sockets or threads behind",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Close in a `finally` or a context manager whatever a call opens, and end the threads that it starts.",
    references=_HANDLES,
)
def handles_per_call(seen: Churn) -> Verdict:
    """A process may hold about a thousand files. A server that leaves one open with each call serves so many calls, and
    then fails at everything, new connections included.
    """
    return _judge(seen, _OF_HANDLES)


@check(
    sessions,
    id="churn/memory-per-session",
    title="Every session leaves memory behind",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Drop a session from every table when DELETE ends it: transports, subscriptions, event stores, tasks.",
    references=(
        *_MEMORY,
        "https://nvd.nist.gov/vuln/detail/CVE-2026-59951",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-67430",
    ),
    effort=Effort.MEDIUM,
)
def memory_per_session(seen: Churn) -> Verdict:
    """Clients come and go all day; that ended sessions are kept is the commonest reason for which servers die in
    production. These sessions were ended by the client, with DELETE, before the next was opened.

    Asserted only where two series of five equal rounds grew steadily (straight line, R² of at least 0.9), the later
    one at no less than half the pace of the other, and not while there was nothing to do.
    """
    return _judge(seen, {"rss_bytes": _LEAST_BYTES_SESSION})


@check(
    sessions,
    id="churn/handles-per-session",
    title="Sessions leave files, sockets or threads behind",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="End with a session what was started for it: threads, child processes, connections, files.",
    references=_HANDLES,
)
def handles_per_session(seen: Churn) -> Verdict:
    """What a session opens has to end with it. A process may hold about a thousand files; then it accepts no more
    connections, from nobody.
    """
    return _judge(seen, _OF_HANDLES)


@check(
    subscriptions,
    id="churn/subscriptions-stay",
    title="Subscriptions outlive the clients that made them",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Forget a subscription when its stream or session ends, also when that end is a broken connection.",
    references=(*_MEMORY, *_HANDLES[:1]),
    effort=Effort.MEDIUM,
)
def subscriptions_stay(seen: Churn) -> Verdict:
    """Clients subscribe and vanish. What is kept for them costs memory, and each change is then told to the dead as
    well, which takes longer with every one of them. It is judged as `churn/memory-per-session` is.
    """
    return _judge(seen, {"rss_bytes": _LEAST_BYTES_SESSION, **_OF_HANDLES})
