"""What calls with all kinds of arguments leave behind in the memory of a target on this machine.

Single calls say nothing: caches fill, allocators keep pages. So many are made, in equal rounds; only growth that is
steady, goes on, and stops with the work counts (`attacks/growth.py`).
"""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import anyio
import anyio.to_thread
from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    Impact,
    ProcessReading,
    Severity,
    Transport,
    not_observed,
)
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzedOperation, FuzzFailure
from mcp_audit_harness.probe import Probe

from ..attacks.growth import ROUNDS, Series, goes_on, idles, slope, steady
from ..attacks.occasions import newest_of_era
from ..conformance.trials import plain_method
from .arguments import Hunt, hunts_of, require_extra, takes_arguments
from .arguments_verdicts import judged
from .playing import Player

MEMORY: Final = "fuzz/memory-grows"
_LEAST_BYTES: Final = 1024.0
"""For each case; what is less may be a cache that fills."""
_COUNTED, _COLLECTED = 1 << 20, 96 << 20
"""How much has to have grown in all, where memory is freed at once, and where it waits for a collector."""
_COLLECTORS: Final = ("node", "java", "dotnet", "bun", "deno", "MainThread")
_ROUND: Final = 60
_IDLE_S, _SETTLE_S, _LOAD_S = 0.5, 0.15, 60.0
_KEPT: Final = 12
_QUICK_MS: Final = 100.0
_MOST_OPERATIONS: Final = 12


@scenario(
    deep=True,
    impact=Impact.PROBING,
    needs=(newest_of_era, takes_arguments),
    alone=True,
    timeout_s=600.0,
    bench=Bench.PROCESS,
)
async def memory(probe: Probe) -> Fuzzed:
    """Play cases, then the answered ones in rounds; if memory grows, find out with which operation, and prove it."""
    require_extra()
    await probe.process()
    hunts = hunts_of(probe, None)[:_MOST_OPERATIONS]
    with probe.off_the_record():
        works = [work for hunt in hunts if (work := _Work(probe, hunt, await _answered(hunt))).cases]
        if not works:
            raise Unobservable("no case was answered quickly")
        grown = await _most_grown(works)
        proof = await _proof(grown) if grown is not None else None
    failures = [await _failure(probe, grown, proof)] if grown is not None and proof is not None else []
    return Fuzzed(tuple([await work.sampled() for work in works]), tuple(failures))


async def _answered(hunt: Hunt) -> list[Any]:
    """Return a few arguments that are answered quickly."""
    await anyio.to_thread.run_sync(hunt.prepare)
    strategy, kept = hunt.strategy, list[Any]()
    if strategy is None:
        return kept
    for case in await anyio.to_thread.run_sync(partial(_examples, strategy, hunt.share)):
        try:
            seen = await _asked(hunt.player, case.arguments)
        except SearchEnds:
            break
        if seen.answered and seen.elapsed_ms < _QUICK_MS and len(kept) < _KEPT:
            kept.append(case.arguments)
    return kept


def _examples(strategy: Any, share: int) -> list[Any]:
    """Return cases of a strategy, the same each time, of which the valid ones come first."""
    import hypothesis  # noqa: PLC0415 - only with the extra `fuzz`

    found: list[Any] = []

    def note(case: Any) -> None:
        found.append(case)

    limits = hypothesis.settings(
        max_examples=max(_KEPT, min(share, 4 * _KEPT)),
        database=None,
        deadline=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run: Callable[[], None] = limits(hypothesis.given(strategy)(note))  # type: ignore[no-untyped-call]
    run()
    return sorted(found, key=lambda case: not case.valid)


async def _asked(player: Player, arguments: Any) -> Exchange:
    method, params = player.operation.request(arguments)
    return await (await player.conversation.current()).request(method, params)


@dataclass(slots=True)
class _Work:
    """The cases of one operation, played round and round."""

    probe: Probe
    hunt: Hunt
    cases: list[Any]
    played: int = 0
    begun: float = field(default_factory=time.monotonic)

    async def do(self, units: int) -> None:
        """Play so many cases."""
        turn: Iterator[Any] = itertools.cycle(self.cases)
        for _ in range(units):
            try:
                await _asked(self.hunt.player, next(turn))
            except SearchEnds:
                raise Unobservable("the target stopped answering under load") from None
        self.played += units

    async def sampled(self) -> FuzzedOperation:
        """Return what was done, with an answer on the record."""
        operation = self.hunt.player.operation
        samples = (await self.probe.request(*operation.request(self.cases[0])),)
        await self.hunt.player.conversation.close()
        seconds = time.monotonic() - self.begun
        return FuzzedOperation(operation.subject, self.played, seconds=seconds, samples=samples, watched=(MEMORY,))

    async def reading(self) -> ProcessReading:
        """Return what the target holds now."""
        await anyio.sleep(_SETTLE_S)
        session = await self.hunt.player.conversation.current()
        return await self.probe.process(session if self.probe.transport is Transport.STDIO else None)

    async def series(self, units: int) -> Series:
        """Play rounds, and read after each."""
        readings = [await self.reading()]
        for _ in range(ROUNDS):
            await self.do(units)
            readings.append(await self.reading())
        return Series(units, tuple(readings))


async def _most_grown(works: list[_Work]) -> _Work | None:
    """Return the operation whose cases left most, warmed up; None if none left enough to look into."""
    left: list[tuple[int, _Work]] = []
    for work in works:
        await work.do(_ROUND // 2)
    for work in works:
        before = await work.reading()
        await work.do(_ROUND // 2)
        left.append(((await work.reading()).rss_bytes - before.rss_bytes, work))
    most, work = max(left, key=lambda one: one[0])
    return work if most >= _LEAST_BYTES * (_ROUND // 2) else None


@dataclass(frozen=True, slots=True)
class _Proof:
    first: Series
    second: Series


async def _proof(work: _Work) -> _Proof | None:
    """Return two series that both grew steadily; None if they did not, or grew without any work."""
    await work.do(_ROUND)
    before = await work.reading()
    await anyio.sleep(_IDLE_S)
    idle = Series(0, (before, await work.reading()))
    series, until = [await work.series(_ROUND)], time.monotonic() + _LOAD_S
    while steady(series[-1], "rss_bytes", _LEAST_BYTES) and time.monotonic() < until:
        series.append(await work.series(_ROUND))
        first, second = series[-2:]
        if not goes_on(first, second, "rss_bytes", _LEAST_BYTES):
            return None
        if _is_enough(series):
            same = len({reading.pid for one in series for reading in one.readings}) == 1
            return _Proof(first, second) if same and idles(idle, first, "rss_bytes") else None
    return None


def _is_enough(series: list[Series]) -> bool:
    last = series[-1].readings[-1]
    grown = last.rss_bytes - series[0].readings[0].rss_bytes
    return grown >= (_COLLECTED if last.name.startswith(_COLLECTORS) else _COUNTED)


async def _failure(probe: Probe, work: _Work, proof: _Proof) -> FuzzFailure:
    """Play one case on the record, and say what all of them have left."""
    operation = work.hunt.player.operation
    method, params = operation.request(work.cases[0])
    exchange = await probe.request(method, params)
    control = await probe.request(plain_method(probe))
    each = slope(proof.second, "rss_bytes") / 1000
    text = (
        f"Each call leaves {each:.1f} kB in the server's process ({proof.second.readings[0].name}): twice {ROUNDS} "
        f"rounds of {proof.second.units} calls grew one and all."
    )
    minimal = {"method": method, "params": params}
    return FuzzFailure(
        MEMORY, operation.subject, "grows", text, minimal, (exchange,), control, again=True, cases=work.played
    )


@check(
    memory,
    id=MEMORY,
    title="Calls with generated arguments leave memory behind",
    requirements=("churn/frees-what-it-used",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Compare two heap snapshots some hundred calls apart; bound what is kept for each argument.",
    references=("https://cwe.mitre.org/data/definitions/401.html",),
    effort=Effort.MEDIUM,
)
def memory_grows(seen: Fuzzed) -> Verdicts:
    """A cache that is never emptied, a list that only grows: with ever new arguments it is memory that is never given
    back, and anyone who may call can use it up. Asserted only where two series of five equal rounds grew steadily
    (straight line, R² of at least 0.9), and not while there was nothing to do.
    """
    return judged(seen, MEMORY, not_observed("no case was answered quickly"))
