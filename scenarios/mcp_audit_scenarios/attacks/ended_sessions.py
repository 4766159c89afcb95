"""Sessions that end while messages of theirs are still under way: the server must not end with them."""

from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
)
from mcp_audit_harness.probe import Probe, Session

from ..conformance.trials import how
from .evidence import passed_if_answered
from .occasions import newest_of_era

_ROUNDS = 27
_MESSAGES = 8


@dataclass(frozen=True, slots=True)
class EndedMidway:
    """Sessions that were ended among their own messages, and an ordinary opening after each."""

    control: Exchange
    ended: tuple[Exchange, ...]
    after: tuple[Exchange, ...]
    """Where the first failed, another one."""
    dead: bool
    """Whether both openings after a session failed."""


@scenario(spec=HANDSHAKE, transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True)
async def ended_midway(probe: Probe) -> EndedMidway:
    """Send notifications all at once and end the session among them, each time at another place."""
    control = await probe.initialize()
    if not control.ok:
        raise Unobservable(f"the first opening was answered with {how(control)}, so there is no control", control)
    ended: list[Exchange] = []
    after: list[Exchange] = []
    for number in range(_ROUNDS):
        async with probe.session() as session:
            if not session.usable or session.session_id is None:
                break
            ended.append(await _end_among_messages(session, number % (_MESSAGES + 1)))
        after.append(await probe.initialize())
        if not after[-1].ok:
            after.append(await probe.initialize())
        if not after[-1].ok:
            return EndedMidway(control, tuple(ended), tuple(after), dead=True)
    return EndedMidway(control, tuple(ended), tuple(after), dead=False)


async def _end_among_messages(session: Session, place: int) -> Exchange:
    ended: list[Exchange] = []

    async def end() -> None:
        ended.append(await session.http("DELETE"))

    async with anyio.create_task_group() as tasks:
        for number in range(_MESSAGES + 1):
            if number == place:
                tasks.start_soon(end)
            else:
                tasks.start_soon(session.notify, f"notifications/audit/{number}")
    return ended[0]


@check(
    ended_midway,
    id="robustness/dies-of-ended-session",
    title="A session that ends among its own messages takes the server down",
    requirements=("robustness/keeps-answering",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Expect that a stream is closed while a message is read from it, and end that session alone.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2025-53365",
        "https://cwe.mitre.org/data/definitions/248.html",
    ),
)
def dies_of_ended_session(seen: EndedMidway) -> Verdict:
    """A client that says goodbye while its last messages are read closes streams under the reader. Where nobody catches
    that, the exception ends the task group of all sessions, and every later request fails until somebody restarts the
    server. A DELETE and a handful of notifications have been enough.
    """
    if seen.dead:
        text = "After a session was ended while notifications of its own were under way, the server opened no other."
        return failed(text, *seen.after[-2:], *seen.ended[-1:], seen.control)
    if not seen.ended:
        return not_applicable("the server assigns no sessions that could be ended", seen.control)
    return passed_if_answered(*seen.after[-5:], seen.control)
