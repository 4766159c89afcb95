"""Plays messages that are nearly right against a target: off the record by the thousand, on it one by one."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import anyio
from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Exchange, Outcome, Transport
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.probe import Probe, Session

from ..conformance.trials import plain_method
from .messages import MessageCase, sent_headers
from .protocol_oracles import STOPS, Played, flaws_of, is_unanswered

_CONTROL_EVERY: Final = 25
_LONG_S, _SHORT_S, _SHORTEST_S = 2.0, 0.5, 0.12
_OPENING_S: Final = 10.0
"""Nothing has been answered yet: a program may have to be loaded first, on a machine that has more to do."""
_MOST_SILENT: Final = 5
_TRIES: Final = 3
_PAUSE_S: Final = 0.5
_BROKEN: Final = frozenset({Outcome.CLOSED, Outcome.RESET, Outcome.UNREACHABLE, Outcome.MALFORMED})
_ENDED_BY_SERVER: Final = range(400, 500)
_TOO_MANY: Final = 429


@dataclass(slots=True)
class Player:
    """One session after the other, and what is known of the target's manners."""

    probe: Probe
    may_send: Callable[[MessageCase], bool]
    excused: set[tuple[str, str]] = field(default_factory=set)
    """Flaws that are findings of other checks already."""
    played: int = 0
    valid: int = 0
    invalid: int = 0
    careful: bool = False
    """Whether a control follows each case: once one has failed, the next shall show after which."""
    silent: int = 0
    session: Session | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def play(self, case: MessageCase) -> list[Flaw]:
        """Send one case; return what is wrong with its answer, or with the target after it.

        Raises:
            SearchEnds: if the target no longer answers anything.
        """
        if not self.may_send(case):
            return []
        played = await self.deliver(case)
        self._count(played)
        stopped = await self._stops(played)
        if stopped is None:
            return []
        return [*stopped, *(flaw for flaw in flaws_of(played) if (flaw.oracle, flaw.cause) not in self.excused)]

    async def _stops(self, played: Played) -> list[Flaw] | None:
        """Ask for an ordinary answer where it is due, and say so if none comes; None: an earlier case may be why."""
        if self._lines and (self.session is None or not self.session.usable):
            await self.reopen()
            return self._stopped(played)
        odd = played.exchange.outcome in _BROKEN or is_unanswered(played)
        if not (self.careful or odd or self.played % _CONTROL_EVERY == 0) or await self.answers():
            return []
        sure, self.careful = self.careful, True
        return self._stopped(played) if sure else None

    async def deliver(self, case: MessageCase) -> Played:
        """Send one case in the session."""
        session = await self.opened()
        body = case.numbered()
        reading = MessageCase(body).read(self.probe.revision, lines=self._lines)
        patience = _LONG_S if reading.wants_answer else self._patience()
        over_http = None if self._lines else sent_headers(case)
        exchange = await session.send_bytes(body, headers=over_http, timeout=patience)
        if exchange.status == _TOO_MANY:
            await anyio.sleep(_PAUSE_S)
            exchange = await session.send_bytes(body, headers=over_http, timeout=patience)
        self.silent += exchange.outcome is Outcome.SILENT
        await self._end_stray_session(exchange, session)
        return Played(body, reading, exchange, self.probe.revision, bool(case.headers) and not self._lines)

    @property
    def _lines(self) -> bool:
        return self.probe.transport is Transport.STDIO

    def _patience(self) -> float:
        """Return how long to wait for what need not be answered: less, once silence has become a habit."""
        habit = self.silent > _MOST_SILENT
        return _SHORTEST_S if habit and self._lines else _SHORT_S if habit or self._lines else _LONG_S

    def _count(self, played: Played) -> None:
        self.played += 1
        self.valid += played.reading.valid and not played.headers_changed
        self.invalid += bool(played.reading.rule) or played.headers_changed

    async def answers(self) -> bool:
        """Whether the session goes on; a session that the server has ended is no fault. If not, a new one is opened."""
        session = await self.opened()
        control = await session.request(plain_method(self.probe), timeout=_LONG_S)
        if control.ok:
            return True
        if control.status == _TOO_MANY:
            await anyio.sleep(_PAUSE_S)
            return True
        await self.reopen()
        return control.status in _ENDED_BY_SERVER

    def _stopped(self, played: Played) -> list[Flaw]:
        where = "process" if self._lines else "session"
        text = f"After {played.what} the {where} no longer answers ordinary requests."
        return [Flaw(STOPS, f"the {where} no longer answers", text)]

    async def opened(self) -> Session:
        """Return the session, a new one if there is none."""
        if self.session is None or not self.session.usable:
            await self.reopen()
        assert self.session is not None  # noqa: S101 - `reopen` sets it or raises
        return self.session

    async def reopen(self) -> None:
        """Open a new session in the place of the present one.

        Raises:
            SearchEnds: if that fails again and again.
        """
        await self.aclose()
        for _ in range(_TRIES):
            try:
                session = await self._stack.enter_async_context(self.probe.session())
            except Unobservable:
                session = None
            if session is not None and session.usable:
                control = await session.request(plain_method(self.probe), timeout=_OPENING_S)
                if control.ok:
                    self.session = session
                    return
            await anyio.sleep(_PAUSE_S)
        raise SearchEnds

    async def aclose(self) -> None:
        """Close the session."""
        self.session = None
        await self._stack.aclose()

    async def _end_stray_session(self, exchange: Exchange, session: Session) -> None:
        """End a session that a case has opened by the way."""
        name = exchange.header("mcp-session-id")
        if name is not None and name != session.session_id and exchange.status == 200:
            await session.http("DELETE", headers={"mcp-session-id": name}, timeout=_SHORT_S)


@asynccontextmanager
async def player(probe: Probe, may_send: Callable[[MessageCase], bool]) -> AsyncIterator[Player]:
    """Yield a player whose sessions are closed at the end."""
    one = Player(probe, may_send)
    try:
        yield one
    finally:
        with anyio.CancelScope(shield=True):
            await one.aclose()


@dataclass(frozen=True, slots=True)
class Replayed:
    """A case on the record, on a session of its own."""

    control: Exchange
    exchanges: tuple[Exchange, ...]
    again: bool


async def replay(probe: Probe, case: MessageCase, flaw: Flaw) -> Replayed | None:
    """Play a case once more on the record; None if no session can be had."""
    async with player(probe, lambda _: True) as fresh:
        try:
            session = await fresh.opened()
            control = await session.request(plain_method(probe))
            fresh.careful = flaw.oracle == STOPS
            shown, exchanges = await _again(fresh, case)
        except SearchEnds:
            return None
    key = (flaw.oracle, flaw.cause)
    return Replayed(control, exchanges, key in {(one.oracle, one.cause) for one in shown})


async def _again(fresh: Player, case: MessageCase) -> tuple[list[Flaw], tuple[Exchange, ...]]:
    played = await fresh.deliver(case)
    flaws = flaws_of(played)
    if not fresh.careful:
        return flaws, (played.exchange,)
    session = await fresh.opened() if fresh.session is not None and fresh.session.usable else None
    after = await session.request(plain_method(fresh.probe), timeout=_LONG_S) if session is not None else None
    stopped = after is None or not (after.ok or after.status in _ENDED_BY_SERVER)
    shown = [*flaws, *(fresh._stopped(played) if stopped else [])]  # noqa: SLF001 - a part of it
    return shown, (played.exchange, *([after] if after is not None else []))
