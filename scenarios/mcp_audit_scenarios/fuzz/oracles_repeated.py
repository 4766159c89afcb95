"""Oracles that ask more than once: the same again, two things at once, what was slow, and the disk before and after.

None of them trusts one look: what differs by itself, from one call to the next, is nobody's fault.
"""

import bisect
import json
import os
import re
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
from mcp_audit_harness.model import Exchange, Outcome
from mcp_audit_harness.model.fuzzing import Flaw

from .operations import TOOL, Operation
from .oracles import Seen

READ_ONLY: Final = "fuzz/read-only-tool-changes-files"
FAILS_AGAIN: Final = "fuzz/idempotent-tool-fails-again"
MIXES: Final = "fuzz/mixes-concurrent-answers"
SLOW: Final = "fuzz/slow-for-small-input"

Ask: TypeAlias = Callable[[Any], Awaitable[Exchange]]
"""Requests the operation with these arguments, in the session of the case."""

_REPEATED_OF: Final = 4
_TOGETHER_OF: Final = 8
_PARTNERS: Final = 3
_FLOOR_MS, _TIMES = 500.0, 10.0
_FEWEST, _SMALL = 10, 4096
_TOO_MANY: Final = 429
_LIMITED: Final = re.compile(r"rate|limit|too many|quota|throttl|busy|try again", re.IGNORECASE)
_TAKES_TIME: Final = re.compile(
    r"duration|delay|second|minute|timeout|wait|sleep|interval|steps|millis|_ms\b|period|ttl|time|poll|url|uri|host"
    r"|domain|address|site|query|endpoint",
    re.IGNORECASE,
)
_SAYS_SO: Final = re.compile(
    r"\b(?:waits?|sleeps?|delays?|slow(?:ly)?|long[- ]running|seconds?|minutes?|fetch\w*|https?|urls?|web|internet"
    r"|api)\b",
    re.IGNORECASE,
)
_MOST_FILES: Final = 2000


def is_repeated(operation: Operation) -> bool:
    """Whether a tool says that a second call changes nothing, and may not mean by that something that is gone."""
    hints = operation.item.get("annotations")
    destructive = hints.get("destructiveHint") if isinstance(hints, dict) else None
    return operation.kind == TOOL and (operation.read_only or (operation.idempotent and destructive is False))


def is_quick(operation: Operation) -> bool:
    """Whether nothing in the words of an operation says that time is what it is about, or another host."""
    schema = operation.schema if isinstance(operation.schema, dict) else {}
    properties = schema.get("properties")
    names = " ".join(map(str, properties)) if isinstance(properties, dict) else ""
    hints = operation.item.get("annotations")
    open_world = hints.get("openWorldHint") is True if isinstance(hints, dict) else False
    words = str(operation.item.get("description"))
    return not (open_world or _TAKES_TIME.search(f"{operation.name} {names}") or _SAYS_SO.search(words))


def answer_of(exchange: Exchange) -> str:
    """Return what an answer says, without what differs each time by rule."""
    result = {name: value for name, value in (exchange.result or {}).items() if name != "_meta"}
    return json.dumps(result, sort_keys=True)


def _numbered(arguments: Any) -> int:
    return zlib.crc32(json.dumps(arguments, sort_keys=True).encode())


@dataclass(slots=True)
class Repeats:
    """The same call twice: the second may not fail."""

    operation: Operation
    looked: bool = False
    shown: bool = False

    async def look(self, seen: Seen, ask: Ask) -> tuple[list[Flaw], list[Exchange]]:
        """Call once more what has just succeeded, of every few cases."""
        if not (seen.success and is_repeated(self.operation)):
            return [], []
        if not self.shown and _numbered(seen.arguments) % _REPEATED_OF:
            return [], []
        again = await ask(seen.arguments)
        self.looked = True
        second = Seen(self.operation, seen.arguments, seen.valid, again)
        if not again.answered or second.success or _is_limited(again) or again.reply is None:
            return [], [again]
        if again.error is None and (again.result or {}).get("isError") is not True:
            return [], [again]
        self.shown = True
        hint = "read-only" if self.operation.read_only else "idempotent"
        return [Flaw(FAILS_AGAIN, "fails", f"The {hint} tool succeeds, and fails at the same call right after.")], [
            again
        ]


def _is_limited(exchange: Exchange) -> bool:
    said = json.dumps(exchange.reply)
    return exchange.status == _TOO_MANY or bool(_LIMITED.search(said))


@dataclass(slots=True)
class Pace:
    """How long answers take, and which takes far longer than the others each time."""

    operation: Operation
    took: list[float] = field(default_factory=list)
    shown: bool = False

    @property
    def looked(self) -> bool:
        """Whether there was enough to compare with."""
        return len(self.took) >= _FEWEST and is_quick(self.operation)

    @property
    def bound(self) -> float:
        """From how many milliseconds an answer is slow."""
        return max(_FLOOR_MS, _TIMES * self.took[len(self.took) // 2]) if self.took else _FLOOR_MS

    async def look(
        self, seen: Seen, ask: Ask, control: Callable[[], Awaitable[Exchange]]
    ) -> tuple[list[Flaw], list[Exchange]]:
        """Ask again what was slow, and something plain."""
        exchange = seen.exchange
        if exchange.outcome is not Outcome.ANSWERED or not is_quick(self.operation):
            return [], []
        slow = len(self.took) >= _FEWEST and exchange.elapsed_ms >= self.bound
        if not slow or len(exchange.sent.body) > _SMALL:
            bisect.insort(self.took, exchange.elapsed_ms)
            return [], []
        more = [] if self.shown else [await ask(seen.arguments), await control()]
        if more and not (more[0].elapsed_ms >= self.bound and more[1].elapsed_ms < _FLOOR_MS / 2):
            return [], more
        self.shown = True
        usual = max(1, round(self.took[len(self.took) // 2]))
        text = f"Small arguments take more than {_FLOOR_MS / 1000:g} s each time; others take {usual} ms."
        return [Flaw(SLOW, "slow", text)], more


@dataclass(slots=True)
class Together:
    """Two different calls at once: each has to get its own answer, which is known from asking alone."""

    operation: Operation
    partners: list[tuple[Any, str]] = field(default_factory=list)
    """Arguments with the answer that they get each time."""
    tried: int = 0
    looked: bool = False
    shown: bool = False

    async def look(self, seen: Seen, ask: Ask) -> tuple[list[Flaw], list[Exchange]]:
        """Play a case beside one that was played before, of every few cases."""
        if not seen.success or seen.operation.kind != TOOL:
            return [], []
        own = answer_of(seen.exchange)
        partner = next((one for one in self.partners if one[1] != own), None)
        if partner is None:
            await self._keep(seen.arguments, own, ask)
            return [], []
        self.tried += 1
        if not self.shown and self.tried % _TOGETHER_OF != 1:
            return [], []
        both = await self._both(seen.arguments, partner[0], ask)
        self.looked = True
        mine, theirs = (answer_of(one) for one in both)
        if (mine, theirs) == (own, partner[1]) or not (mine == partner[1] or theirs == own):
            return [], both
        alone = [await ask(seen.arguments), await ask(partner[0])]
        if [answer_of(one) for one in alone] != [own, partner[1]]:
            return [], [*both, *alone]
        self.shown = True
        self.partners = [partner]
        text = "Of two calls at the same time one gets the answer of the other; each alone gets its own."
        return [Flaw(MIXES, "mixed", text)], [*both, *alone]

    def partner(self) -> Any:
        """Return the arguments that cases are played beside."""
        return self.partners[0][0] if self.partners else None

    async def _keep(self, arguments: Any, own: str, ask: Ask) -> None:
        """Keep a case as a partner if it is answered the same again."""
        wanted = len(self.partners) < _PARTNERS and all(kept != own for _, kept in self.partners)
        if wanted and answer_of(await ask(arguments)) == own:
            self.partners.append((arguments, own))

    async def _both(self, mine: Any, theirs: Any, ask: Ask) -> list[Exchange]:
        found: dict[int, Exchange] = {}

        async def one(place: int, arguments: Any) -> None:
            found[place] = await ask(arguments)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, 0, mine)
            tasks.start_soon(one, 1, theirs)
        return [found[0], found[1]]


@dataclass(slots=True)
class Disk:
    """The planted directory, one read-only call at a time."""

    directory: str
    turn: anyio.Lock = field(default_factory=anyio.Lock)

    def look(self) -> frozenset[tuple[str, int, int]]:
        """Return names, sizes and times of all files that are not hidden."""
        found: set[tuple[str, int, int]] = set()
        for home, inner, names in os.walk(self.directory):
            inner[:] = [name for name in inner if not name.startswith((".", "__"))]
            for name in names:
                if name.startswith(".") or len(found) > _MOST_FILES:
                    continue
                try:
                    about = (Path(home) / name).lstat()
                except OSError:
                    continue
                found.add((f"{home}/{name}", about.st_size, about.st_mtime_ns))
        return frozenset(found)

    def judged(self, before: frozenset[tuple[str, int, int]]) -> list[Flaw]:
        """Return what has changed since."""
        if self.look() == before:
            return []
        return [Flaw(READ_ONLY, "files", "A call of a tool that says it only reads changed files in the directory.")]
