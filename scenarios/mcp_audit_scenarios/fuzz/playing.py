"""Plays arguments against one operation: in one long session by the thousand, and the smallest once more on the record.

The target may be gone at any time. A control is asked every few cases and after whatever was odd; a target that comes
back after a case has a flaw that can be made smaller, one that does not ends every search at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Exchange, Outcome, Transport
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.probe import Probe

from ..conformance.trials import plain_method
from .conversations import PATIENCE_S, Conversation
from .operations import PROMPT, TOOL, Operation
from .oracles import ACCEPTS, INTERNAL, LEAKS, MALFORMED, OUTPUT, STDOUT, STOPS, Seen, came, flaws, has_output
from .oracles_repeated import FAILS_AGAIN, MIXES, READ_ONLY, SLOW, Disk, Pace, Repeats, Together, answer_of

if TYPE_CHECKING:
    from .argument_cases import ArgumentCase

_CONTROL_EVERY: Final = 25
_MOST_SILENT: Final = 5
_SLOW_S: Final = 10.0
"""How long one operation may keep the search waiting with slow answers."""
_GONE: Final = frozenset({Outcome.CLOSED, Outcome.RESET, Outcome.UNREACHABLE})
_NOT_FOUND, _TOO_MANY = 404, 429
_EVERY: Final = frozenset({MALFORMED, LEAKS, STOPS})
_DEAR: Final = frozenset({STOPS, SLOW})
"""Oracles whose flaws take long to show: the generator hears of each once, and what it found is made smaller later."""
_GONE_FOR_GOOD: Final = Flaw(STOPS, "gone", "The server answers nothing any more, and does not come back.")


@dataclass(slots=True)
class Ended:
    """Shared by all that is fuzzed at once: whether the target has gone for good, and at which case."""

    case: str = ""


@dataclass(slots=True)
class Player:
    """One operation, the session in which it is called, and what is known of it."""

    probe: Probe
    operation: Operation
    conversation: Conversation
    ended: Ended
    disk: Disk | None = None
    cases: int = 0
    valid: int = 0
    note: str = ""
    watched: set[str] = field(default_factory=set)
    good: Any = None
    """The first arguments that were answered with a success, as `(arguments,)`; likewise `bad` for a refusal."""
    bad: Any = None
    serves: bool = False
    """Whether some case was answered without an internal error: then one is due to the arguments."""
    repeats: Repeats = field(init=False)
    together: Together = field(init=False)
    pace: Pace = field(init=False)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _silent: int = 0
    _waited_ms: float = 0.0

    def __post_init__(self) -> None:
        self.repeats = Repeats(self.operation)
        self.together = Together(self.operation)
        self.pace = Pace(self.operation)

    async def play(self, case: "ArgumentCase") -> Sequence[Flaw]:
        """Play one case of a search; raises SearchEnds once nothing can be learned any more."""
        if self.ended.case or self.note:
            raise SearchEnds
        self.cases += 1
        self.valid += case.valid
        found, _ = await self.examine(case)
        if not found and self.cases % _CONTROL_EVERY == 0 and not await self.conversation.alive():
            self.ended.case = f"{self.operation.subject}, one of {_CONTROL_EVERY} cases"
            return [_GONE_FOR_GOOD]
        new = [flaw for flaw in found if (flaw.oracle, flaw.cause) not in self._told]
        self._told.update((flaw.oracle, flaw.cause) for flaw in found if flaw.oracle in _DEAR)
        return new

    async def pair_with(self, arguments: Any) -> bool:
        """Play cases beside these arguments from now on, and beside no others; say whether they have success."""
        exchange = await self._asked(arguments)
        self.together.partners = [(arguments, answer_of(exchange))]
        return exchange.result is not None and exchange.result.get("isError") is not True

    def renew(self) -> str:
        """Go on, whatever had been waited for; return why the search had ended early, if it had."""
        note, self.note, self._waited_ms, self._silent = self.note, "", 0.0, 0
        return note

    async def examine(self, case: "ArgumentCase") -> tuple[list[Flaw], list[Exchange]]:
        """Play one case and return what is wrong, with all that was exchanged for it."""
        if self.disk is None or not self.operation.read_only:
            return await self._examined(case)
        async with self.disk.turn:
            before = self.disk.look()
            found, exchanges = await self._examined(case)
            self.watched.add(READ_ONLY)
            changed = self.disk.judged(before)
            return [*found, *([] if changed and await self._changes_by_itself() else changed)], exchanges

    async def _changes_by_itself(self) -> bool:
        """Whether files change with any request: then somebody writes a log, or works there."""
        assert self.disk is not None  # noqa: S101 - it has just been looked at
        before = self.disk.look()
        await self.conversation.control()
        return bool(self.disk.judged(before))

    async def _examined(self, case: "ArgumentCase") -> tuple[list[Flaw], list[Exchange]]:
        exchange = await self._asked(case.arguments)
        seen = Seen(self.operation, case.arguments, case.valid, exchange)
        if not came(exchange):
            found, more = await self._unanswered(seen)
            return [*found, *flaws(seen)], [exchange, *more]
        if exchange.status == _TOO_MANY:
            self.note = "the server asks for fewer requests (HTTP 429)"
            return [], [exchange]
        found, exchanges = flaws(seen), [exchange]
        self._learn(seen, internal=any(flaw.oracle == INTERNAL for flaw in found))
        found = [flaw for flaw in found if flaw.oracle != INTERNAL or self.serves]
        for more_found, more in (
            await self.repeats.look(seen, self._asked),
            await self.together.look(seen, self._asked),
            await self.pace.look(seen, self._asked, self.conversation.control),
        ):
            found, exchanges = [*found, *more_found], [*exchanges, *more]
        self._spend(exchanges)
        return found, exchanges

    def _learn(self, seen: Seen, *, internal: bool) -> None:
        """Note what there was to look at."""
        self.serves = self.serves or not internal
        self.watched |= _EVERY | ({INTERNAL} if self.serves else set())
        if has_output(seen):
            self.watched.add(OUTPUT)
        if self.probe.transport is Transport.STDIO:
            self.watched.add(STDOUT)
        if not seen.valid and self.operation.kind in {TOOL, PROMPT}:
            self.watched.add(ACCEPTS)
        if seen.success and self.good is None:
            self.good = (seen.arguments,)
        elif not seen.success and self.bad is None:
            self.bad = (seen.arguments,)
        looked = ((FAILS_AGAIN, self.repeats), (MIXES, self.together), (SLOW, self.pace))
        self.watched.update(oracle for oracle, one in looked if one.looked)

    def _spend(self, exchanges: Sequence[Exchange]) -> None:
        if any(exchange.elapsed_ms >= self.pace.bound for exchange in exchanges):
            self._waited_ms += sum(exchange.elapsed_ms for exchange in exchanges)
        if self._waited_ms > _SLOW_S * 1000:
            self.note = "its slow answers took too long to go on"

    async def _asked(self, arguments: Any) -> Exchange:
        """Request the operation; in a new session if the old one has come to its end."""
        method, params = self.operation.request(arguments)
        session = await self.conversation.current()
        exchange = await session.request(method, params, timeout=PATIENCE_S)
        if exchange.status == _NOT_FOUND and session.session_id is not None:
            await self.conversation.close()
            exchange = await (await self.conversation.current()).request(method, params, timeout=PATIENCE_S)
        return exchange

    async def _unanswered(self, seen: Seen) -> tuple[list[Flaw], list[Exchange]]:
        """Say what it means that nothing came back: by what the session, and then the target, answers afterwards."""
        outcome = seen.exchange.outcome
        session = self.conversation.session
        after = await session.request(plain_method(self.probe), timeout=PATIENCE_S) if session is not None else None
        more = [after] if after is not None else []
        goes_on = after is not None and after.answered and after.status != _NOT_FOUND
        lines = self.probe.transport is Transport.STDIO
        if not goes_on and not await self.conversation.alive(fresh=True):
            self.ended.case = self.operation.subject
            return [_GONE_FOR_GOOD], more
        if outcome in _GONE and lines:
            return [Flaw(STOPS, "exits", "The server's process ends.")], more
        if outcome in _GONE:
            return [Flaw(STOPS, "closes", "The server closes the connection without an answer.")], more
        self._silent += 1
        if self._silent > _MOST_SILENT:
            self.note = f"{self._silent} cases were not answered within {PATIENCE_S:g} s"
        if goes_on or (lines and seen.valid):
            return [], more  # it may well take its time
        return [Flaw(STOPS, "hangs", "No answer comes, and the session answers nothing else any more.")], more
