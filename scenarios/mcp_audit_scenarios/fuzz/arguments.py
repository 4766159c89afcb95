"""Arguments by the thousand for everything that takes some: made from its schema, right and wrong ones."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
from mcp_audit_harness.declare import Bench, Unobservable, scenario
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Exchange, Impact, Transport, Verdict, not_applicable, not_observed
from mcp_audit_harness.model.fuzzing import Flaw, Fuzzed, FuzzedOperation
from mcp_audit_harness.probe import Probe

from ..attacks.occasions import newest_of_era
from ..conformance.trials import plain_method
from . import NEEDS_EXTRA
from .arguments_failures import distinct, failure_of
from .arguments_reducing import reduced
from .conversations import Conversation
from .operations import COMPLETION, PROMPT, RESOURCE_TEMPLATE, TOOL, Operation, operations
from .oracles_repeated import MIXES, Disk
from .playing import Ended, Player
from .schema_coverage import SchemaCoverage

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from mcp_audit_harness.fuzz.search import Minimal

    from .argument_cases import ArgumentCase

AT_ONCE: Final = 4
"""Operations that are searched at the same time."""
_WEIGHT: Final = {TOOL: 60, PROMPT: 4, RESOURCE_TEMPLATE: 2, COMPLETION: 1}
_FEWEST, _KEPT = 5, 256
_MOST_SAMPLED = 40


def takes_arguments(probe: Probe) -> Verdict | None:
    """Need a prompt, a resource template, or a tool that may be called."""
    if operations(probe):
        return None
    if probe.offer.tools:
        return not_observed("no listed tool may be called; allow some with --tool NAME or --call all")
    return not_applicable("the server lists nothing that takes arguments")


@scenario(
    deep=True, impact=Impact.PROBING, needs=(newest_of_era, takes_arguments), timeout_s=3600.0, bench=Bench.PLANTED
)
async def arguments(probe: Probe) -> Fuzzed:
    """Search each operation for arguments that it handles wrongly; play the smallest again on the record."""
    require_extra()
    control = await probe.request(plain_method(probe))
    if not control.answered:
        raise Unobservable("an ordinary request is not answered", control)
    hunts = hunts_of(probe, _disk(probe))
    for hunt in hunts:  # one after another: Hypothesis describes strategies in ways that do not bear company
        await anyio.to_thread.run_sync(hunt.prepare)
    with probe.off_the_record():
        for some in _phases(hunts):
            await searched_together(probe, some)
    failures = [await failure_of(probe, hunt.player, minimal, control) for hunt, minimal in distinct(hunts)]
    sampled = [await _sampled(probe, hunt, sample=place < _MOST_SAMPLED) for place, hunt in enumerate(hunts)]
    return Fuzzed(tuple(sampled), tuple(failures))


def require_extra() -> None:
    """Raise Unobservable if what generates cases is not installed."""
    try:
        import mcp_audit_harness.fuzz.search  # noqa: PLC0415 - only with the extra `fuzz`
        import schemathesis  # noqa: F401, PLC0415 - as above
    except ImportError:
        raise Unobservable(NEEDS_EXTRA) from None
    del mcp_audit_harness


@dataclass(slots=True)
class Hunt:
    """The search of one operation."""

    player: Player
    share: int
    strategy: "SearchStrategy[ArgumentCase] | None" = None
    found: "tuple[Minimal[ArgumentCase], ...]" = ()
    covered: tuple[str, ...] = ()
    coverable: int = 0
    seconds: float = 0.0
    note: str = ""
    broken: str = ""

    def prepare(self) -> None:
        """Make the strategy, which takes a while."""
        from .argument_cases import BrokenSchema  # noqa: PLC0415 - only with the extra `fuzz`

        operation = self.player.operation
        try:
            self.strategy = _strategy(operation.kind, json.dumps(operation.schema))
        except BrokenSchema as error:
            self.broken, self.note = (error.reason, "") if error.proven else ("", error.reason)

    async def search(self, probe: Probe) -> None:
        """Search until the share of cases is played, and make smaller what was found."""
        from mcp_audit_harness.fuzz.search import search  # noqa: PLC0415 - only with the extra `fuzz`

        if self.strategy is None:
            return
        operation, begun = self.player.operation, time.monotonic()
        coverage = SchemaCoverage(operation.schema)

        async def play(case: "ArgumentCase") -> Sequence[Flaw]:
            coverage.note(case.arguments)
            return await self.player.play(case)

        done = await search(
            self.strategy,
            play,
            subject=operation.subject,
            cases=self.share,
            settings=probe.fuzzing,
            measure=lambda: (len(coverage.covered), coverage.coverable),
        )
        self.note = self.player.renew() or done.trouble
        self.found = tuple([await self._smaller(minimal) for minimal in done.found])
        self.covered, self.coverable = coverage.covered, coverage.coverable
        self.seconds = time.monotonic() - begun

    async def _smaller(self, minimal: "Minimal[ArgumentCase]") -> "Minimal[ArgumentCase]":
        from .argument_cases import ArgumentCase, fitting  # noqa: PLC0415 - only with the extra `fuzz`

        key, fits = (minimal.flaw.oracle, minimal.flaw.cause), fitting(self.player.operation)

        async def shows(arguments: Any) -> bool:
            if self.player.ended.case:
                return False
            try:
                found, _ = await self.player.examine(ArgumentCase(arguments, fits(arguments)))
            except SearchEnds:
                return False
            return key in {(flaw.oracle, flaw.cause) for flaw in found}

        async def both_show(pair: Any) -> bool:
            if len(pair) != 2 or None in pair:
                return False
            try:
                return await self.player.pair_with(pair[1]) and await shows(pair[0])
            except SearchEnds:
                return False

        if minimal.flaw.oracle == MIXES:
            smallest, partner = await reduced([minimal.case.arguments, self.player.together.partner()], both_show)
            await self.player.pair_with(partner)
        else:
            smallest = await reduced(minimal.case.arguments, shows)
        return replace(minimal, case=ArgumentCase(smallest, fits(smallest)))


@lru_cache(maxsize=_KEPT)
def _strategy(kind: str, schema: str) -> "SearchStrategy[ArgumentCase]":
    """Return the cases of a schema: it takes a while to make them, and many completions have the same."""
    from .argument_cases import argument_cases  # noqa: PLC0415 - only with the extra `fuzz`

    return argument_cases(Operation(kind, "operation", json.loads(schema)))


def hunts_of(probe: Probe, disk: Disk | None) -> list[Hunt]:
    """Divide the cases among all operations; tools get most."""
    found, ended = operations(probe), Ended()
    whole = sum(_WEIGHT[operation.kind] for operation in found)
    shares = [max(_FEWEST, probe.fuzzing.cases * _WEIGHT[operation.kind] // whole) for operation in found]
    shared = Conversation(probe) if probe.transport is Transport.STDIO else None
    return [
        Hunt(Player(probe, operation, shared or Conversation(probe), ended, disk), share)
        for operation, share in zip(found, shares, strict=True)
    ]


def _disk(probe: Probe) -> Disk | None:
    try:
        return Disk(probe.plant().directory)
    except Unobservable:
        return None


def _phases(hunts: Sequence[Hunt]) -> list[list[Hunt]]:
    """Where a directory is watched, what only reads comes first and alone: whoever else writes is not seen."""
    if not any(hunt.player.disk for hunt in hunts):
        return [list(hunts)]
    reading = [hunt for hunt in hunts if hunt.player.operation.kind != TOOL or hunt.player.operation.read_only]
    return [reading, [hunt for hunt in hunts if hunt not in reading]]


async def searched_together(probe: Probe, hunts: Sequence[Hunt]) -> None:
    """Search several operations, a few at the same time; end early if the target has gone."""
    limiter = anyio.CapacityLimiter(AT_ONCE if probe.transport is not Transport.STDIO else 1)

    async def one(hunt: Hunt) -> None:
        async with limiter:
            if hunt.player.ended.case:
                hunt.note = "the target had stopped answering before"
                return
            await hunt.search(probe)

    try:
        async with anyio.create_task_group() as tasks:
            for hunt in hunts:
                tasks.start_soon(one, hunt)
    finally:
        for hunt in hunts:
            await hunt.player.conversation.close()


async def _sampled(probe: Probe, hunt: Hunt, *, sample: bool) -> FuzzedOperation:
    """Return what was done, with an answer of each kind on the record."""
    player = hunt.player
    operation: Operation = player.operation
    samples: list[Exchange] = []
    if hunt.broken:
        samples = await _listing(probe, operation)
    elif sample and not player.ended.case:
        for kept in filter(None, (player.good, player.bad)):
            samples.append(await probe.request(*operation.request(kept[0])))
    return FuzzedOperation(
        operation.subject,
        player.cases,
        player.valid,
        player.cases - player.valid,
        hunt.covered,
        hunt.coverable,
        hunt.seconds,
        hunt.note,
        hunt.broken,
        tuple(samples),
        tuple(sorted(player.watched)),
    )


async def _listing(probe: Probe, operation: Operation) -> list[Exchange]:
    """Return the list on which an operation stands, as the survey got it."""
    listed = [seen for seen in probe.transcript if seen.sent.method == "tools/list" and operation.name in seen.body]
    return listed[-1:] or [await probe.request("tools/list")]
