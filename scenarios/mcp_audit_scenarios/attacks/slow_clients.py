"""Clients that are slow, break off or change their mind: others must not notice, and nothing may die of it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Outcome,
    Severity,
    Verdict,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Link, Probe, Session

from ..conformance.trials import fresh_id, how, plain_method
from .bodies import head_of, padded, template_of
from .evidence import passed_if_answered
from .floods import REFERENCES, Flood, judge_flood, plainly
from .occasions import newest_of_era

_LINKS, _DRIPS, _DRIP_S = 40, 6, 0.5
_ROUNDS = 4
_BODY = 4096
_SETTLE_S = 0.05
_REQUIREMENTS = ("exhaustion/serves-others-under-load",)


@scenario(transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=60.0)
async def slow_clients(probe: Probe) -> Flood:
    """Send half of the requests with a head that drips, half with a body that does, and never finish any."""
    async with probe.session() as owner:
        before, message = await template_of(probe, owner)
        body = padded(message, _BODY, fresh_id(probe))
        head = head_of(probe, owner, message, {"content-length": str(_BODY)})
        async with AsyncExitStack() as stack:
            links = [await stack.enter_async_context(probe.link()) for _ in range(_LINKS)]
            for place, link in enumerate(links):
                await link.send(head[: len(head) // 2] if place % 2 else head + body[:16])
            during: list[Exchange] = []
            for number in range(_DRIPS):
                await _drip(links, body[16 + number : 17 + number])
                await anyio.sleep(_DRIP_S)
                if number >= _DRIPS - 2:
                    during.append(await plainly(owner, probe))
            held = sum(link.open for link in links)
        after = await plainly(owner, probe)
    return Flood("slow requests", before, tuple(during), after, held, _LINKS - held)


async def _drip(links: list[Link], piece: bytes) -> None:
    for place, link in enumerate(links):
        await link.send(b"a" if place % 2 else piece, timeout=0.5)


@check(
    slow_clients,
    id="exhaustion/slow-clients",
    title="Slow requests keep the server from serving others",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Read requests without a thread for each, and give up on those that take longer than some seconds.",
    references=("https://cwe.mitre.org/data/definitions/400.html", *REFERENCES),
)
def slow_clients_stop_others(seen: Flood) -> Verdict:
    """Forty connections that send a byte now and then cost an attacker nothing. A server that has a thread or a worker
    waiting for each of them serves nobody else (known as Slowloris).
    """
    return judge_flood(seen)


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Connections that were broken off at some point, each followed by ordinary requests."""

    control: Exchange
    points: tuple[str, ...]
    after: tuple[Exchange, ...]
    """One or, where the first failed, two for each point."""
    dead_at: str
    """The point after which two ordinary requests failed; empty if there was none."""


@scenario(
    transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_of_era,), alone=True, timeout_s=45.0, thorough=True
)
async def broken_off(probe: Probe) -> BrokenOff:
    """Break off in the head, in the body, before the answer, and after saying that nothing more will come."""
    async with probe.session() as session:
        control, message = await template_of(probe, session)
        body = padded(message, _BODY, fresh_id(probe))
        head = head_of(probe, session, message, {"content-length": str(_BODY)})
        half = head + body[: _BODY // 2]
        points = {
            "in its head": (head[: len(head) // 2], True),
            "in its body": (half, True),
            "in its body, without a reset": (half, False),
            "before its answer": (head + body, True),
        }
        after: list[Exchange] = []
        for point, (data, resets) in points.items():
            for _ in range(_ROUNDS):
                await _break_off(probe, data, resets=resets)
            await anyio.sleep(_SETTLE_S)
            after.append(await session.request(plain_method(probe)))
            if not after[-1].ok:
                after.append(await session.request(plain_method(probe)))
            if not after[-1].ok:
                return BrokenOff(control, tuple(points), tuple(after), point)
        return BrokenOff(control, tuple(points), tuple(after), "")


async def _break_off(probe: Probe, data: bytes, *, resets: bool) -> None:
    async with probe.link() as link:
        await link.send(data)
        if resets:
            await anyio.sleep(0.01)
            await link.reset()
        else:
            await link.half_close()


@check(
    broken_off,
    id="robustness/dies-of-disconnect",
    title="A client that breaks off takes the server down",
    requirements=("robustness/keeps-answering",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Catch disconnects where a request is read and where its answer is written; they are no errors.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53365",
        "https://cwe.mitre.org/data/definitions/248.html",
    ),
)
def dies_of_disconnect(seen: BrokenOff) -> Verdict:
    """Networks fail in the middle of a word. An exception that nobody expected there ends the task group, the session
    manager or the process, and with it all other clients.
    """
    if seen.dead_at:
        text = f"After requests that were broken off {seen.dead_at} the server answered no ordinary one."
        return failed(text, *seen.after[-2:], seen.control)
    return passed_if_answered(*seen.after, seen.control)


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Cancellations too early, too late, twice, and of what cannot be cancelled; then an ordinary request."""

    control: Exchange
    raced: tuple[Exchange, ...]
    """Requests that were cancelled at the moment they were sent."""
    after: tuple[Exchange, ...]


@scenario(spec=HANDSHAKE, impact=Impact.PROBING, needs=(newest_of_era,), timeout_s=30.0, thorough=True)
async def cancellations(probe: Probe) -> Cancellations:
    async with probe.session() as session:
        method = plain_method(probe)
        control = await session.request(method)
        if not control.ok:
            raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
        opening = session.opening.sent.rpc_id if session.opening is not None else None
        numbers = [fresh_id(probe) for _ in range(_ROUNDS * 2)]
        for number in (0, -1, opening, control.sent.rpc_id, numbers[0], numbers[0], "never-sent"):
            await _cancel(session, number)
        raced = [await _race(session, method, number) for number in numbers]
        await _cancel(session, numbers[-1])
        after = [await session.request(method)]
        if not after[-1].ok:
            after.append(await session.request(method))
        return Cancellations(control, tuple(raced), tuple(after))


async def _cancel(session: Session, number: str | int | None) -> None:
    await session.notify("notifications/cancelled", {"requestId": number, "reason": "a test of cancellation"})


async def _race(session: Session, method: str, number: int) -> Exchange:
    found: list[Exchange] = []

    async def ask() -> None:
        found.append(await session.request(method, rpc_id=number, timeout=0.5))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        tasks.start_soon(_cancel, session, number)
    return found[0]


@check(
    cancellations,
    id="robustness/dies-of-cancellation",
    title="Cancellations at odd moments take the server down",
    requirements=("robustness/keeps-answering",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Ignore cancellations of what is unknown or over, and let one request be ended once only.",
    references=("https://cwe.mitre.org/data/definitions/362.html",),
)
def dies_of_cancellation(seen: Cancellations) -> Verdict:
    """A cancellation may always arrive before its request, after the response, or twice. What it then finds in the
    table of running requests is nothing, or something else.
    """
    last = seen.after[-1] if seen.after else seen.control
    if last.ok:
        twice = [one for one in seen.raced if len([item for item in one.responses if item.get("id") is not None]) > 1]
        if twice:
            return failed("A request that was cancelled while it ran was answered twice.", twice[0], last, seen.control)
        return passed_if_answered(last, *seen.raced, seen.control)
    dead = (last.status or 0) >= 500 or last.outcome in {Outcome.CLOSED, Outcome.RESET, Outcome.SILENT}
    if dead:
        return failed("After cancellations at odd moments no ordinary request was answered.", *seen.after, seen.control)
    return not_observed(f"after the cancellations an ordinary request got {how(last)}", *seen.after, seen.control)
