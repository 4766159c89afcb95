"""What looks like a hole is tried once more, in a session of its own, before anybody is told of it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mcp_audit_harness.declare import Verdicts
from mcp_audit_harness.model import Exchange, Outcome, Transport, failed, not_observed, passed
from mcp_audit_harness.probe import Probe, Session

from ..conformance.trials import served

Sender: TypeAlias = Probe | Session
Sends: TypeAlias = Callable[[Sender], Awaitable[Exchange]]
Looks: TypeAlias = Callable[[Exchange], bool]
Says: TypeAlias = Callable[["Tried"], str]
_NO_FAULTS_OF_THE_SERVER = frozenset({501, 503, 505})
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Tried:
    """One odd message and its answer; `again` is the same in a fresh session, where the first looked bad."""

    name: str
    first: Exchange
    again: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """Several odd messages; `control` is the request as it should be."""

    control: Exchange
    tries: tuple[Tried, ...]


async def try_each(probe: Probe, named: Iterable[tuple[str, Sends]], looks: Looks) -> tuple[Tried, ...]:
    """Send each message in the scenario's session, and what looks bad once more in another."""
    return tuple([await _try_one(probe, name, send, looks) for name, send in named])


async def _try_one(probe: Probe, name: str, send: Sends, looks: Looks) -> Tried:
    first = await send(probe)
    if not looks(first):
        return Tried(name, first)
    async with probe.session() as session:
        return Tried(name, first, await send(session) if session.usable else None)


def breaks(exchange: Exchange) -> bool:
    """Whether the request broke something: a server error, or on stdio the end of the process."""
    if exchange.status is not None and exchange.status >= _SERVER_ERROR:
        return exchange.status not in _NO_FAULTS_OF_THE_SERVER
    return exchange.transport is Transport.STDIO and exchange.outcome is Outcome.CLOSED


def served_or_broken(exchange: Exchange) -> bool:
    """Whether a message that deserves a refusal got a result, or broke something."""
    return served(exchange) or breaks(exchange)


def judge_each(control: Exchange, tries: Sequence[Tried], looks: Looks, says: Says) -> Verdicts:
    """Fail for each message that looked bad twice; `says` makes the sentence."""
    bad = [one for one in tries if looks(one.first)]
    sure = [
        failed(says(one), one.first, one.again, control, subject=f"message:{one.name.replace(' ', '-')}")
        for one in bad
        if one.again is not None and looks(one.again)
    ]
    if sure:
        return sure
    if bad:
        return not_observed(f"{bad[0].name} looked bad once, and not a second time", bad[0].first, control)
    answered = [one.first for one in tries if one.first.answered]
    return passed(*answered, control) if answered else not_observed("no answer came to any of the messages", control)
