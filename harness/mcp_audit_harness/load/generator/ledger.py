"""What came of the requests of one generator, or of several: counts that can be added up. Pure.

Nothing is kept for a single request: it goes into the second in which it was answered, and, unless it was due in the
warm-up, into the cell of its group, its label and the part of the run in which it was due. Parts are the stages, cut in
the middle of the run if an abusive client comes then. Times are in seconds from the end of the warm-up.
"""

import enum
import math
from bisect import bisect_right
from typing import Any, Final, TypeAlias

import msgspec

from ...model.loading import LoadSecond
from ..plan import Profile
from .histograms import Counts, added, latency, percentile_ms, rounded
from .schedule import stage_ends
from .silence import Quiet, Silence
from .tallies import Cell, Dump, Second, Streams

Failure: TypeAlias = tuple[str, str, str]
"""Kind, what and example, as in `LoadError`."""

LATE_ANSWER_S: Final = 1.0
"""How long after a stage an answer may come and count as achieved in it."""
_MOST_ERRORS: Final = 200


class Group(enum.IntEnum):
    """Whose requests are counted together."""

    LOAD = 0
    """What the profile offers."""
    SESSION = 1
    """Opening sessions: not offered, thus apart."""
    ABUSE = 2
    """Of abusive clients."""


class Ledger:
    """Counts; see the module. `end_s` moves when a run ends early."""

    def __init__(self, profile: Profile, process: str = "") -> None:
        """`process` names this generator among those whose ledgers are merged."""
        self.process = process
        self.end_s = profile.length_s
        self.half_s = self.end_s / 2 if profile.abusive_clients else math.inf
        self.stage_ends = stage_ends(profile.stages)
        self.part_ends = sorted({*self.stage_ends, *([self.half_s] if profile.abusive_clients else [])})
        self.cells: dict[tuple[Group, str, int], Cell] = {}
        self.offered = [0] * len(self.part_ends)
        """Requests that were due, by part."""
        self.achieved = [0] * len(self.stage_ends)
        """Answers without error, by stage; see `_achieve`."""
        self.seconds: dict[int, Second] = {}
        """Those that are not over yet."""
        self.closed: list[LoadSecond] = []
        self.errors: dict[tuple[Group, str, str, str], tuple[int, str]] = {}
        self.late: list[Counts] = [{} for _ in self.part_ends]
        self.silence = Silence(-profile.warmup_s)
        self.quiet: dict[str, list[Quiet]] = {}
        """Of the other processes."""
        self.cpu: dict[str, dict[int, float]] = {}
        """Processor seconds by process and second."""
        self.busy: dict[str, dict[int, float]] = {}
        """The same, and the seconds for which the process waited for a core."""
        self.streams = Streams()

    @property
    def processes(self) -> int:
        """How many generators said what they used."""
        return max(1, len(self.cpu))

    @property
    def cpu_s(self) -> float:
        """Processor seconds of all generators together."""
        return sum(sum(by_second.values()) for by_second in self.cpu.values())

    @property
    def late_p99_ms(self) -> float:
        """How late one of a hundred free clients was awake, or later."""
        return percentile_ms(added(self.late), 99.0)

    def stage_of(self, part: int) -> int:
        """Return the stage that a part belongs to."""
        return bisect_right(self.stage_ends, self.part_ends[part] - 1e-9)

    def due(self, due_s: float) -> None:
        """Count a request that the profile offers."""
        self.second(due_s).due += 1
        if due_s >= 0:
            self.offered[self._part(due_s)] += 1

    def record(
        self, label: str, due_s: float, done_s: float, error: Failure | None = None, group: Group = Group.LOAD
    ) -> None:
        """Count a request that was answered or failed; its latency goes from `due_s` to `done_s`."""
        us = rounded(int((done_s - due_s) * 1e6))
        if group is Group.LOAD:
            second = self.second(done_s)
            second.done += 1
            second.counts[us] = second.counts.get(us, 0) + 1
            if error is not None:
                second.errors += 1
            else:
                self._achieve(due_s, done_s)
        if due_s < 0:
            return
        part = self._part(due_s)
        cell = self.cells.get((group, label, part))
        if cell is None:
            cell = self.cells[group, label, part] = Cell()
        cell.counts[us] = cell.counts.get(us, 0) + 1
        if error is not None:
            cell.errors += 1
            self._fail(group, label, error)

    def lateness(self, due_s: float, late_s: float) -> None:
        """Count how late a free client was awake."""
        if due_s >= 0:
            us, late = rounded(int(late_s * 1e6)), self.late[self._part(due_s)]
            late[us] = late.get(us, 0) + 1

    def second(self, at_s: float) -> Second:
        """Return the second of a moment."""
        number = math.floor(at_s)
        found = self.seconds.get(number)
        if found is None:
            found = self.seconds[number] = Second()
        return found

    def used(self, number: int, cpu_s: float, busy_s: float) -> None:
        """Take note of the processor time that this process used in a second, and of all that it had wanted."""
        self.cpu.setdefault(self.process, {})[number] = cpu_s
        self.busy.setdefault(self.process, {})[number] = busy_s

    def close(self, number: int) -> LoadSecond:
        """Return a second that is over, and keep only that of it."""
        raw = self.seconds.pop(number, None) or Second()
        done = LoadSecond(number, raw.due, raw.done, raw.errors, latency(raw.counts), max(0, raw.waiting), raw.streams)
        self.closed.append(done)
        return done

    def dump(self) -> dict[str, Any]:
        """Return what was counted since the last time as plain JSON, and forget it: dumps add up by `merge`."""
        dump = Dump(
            process=self.process,
            cells=[(int(group), label, part, cell) for (group, label, part), cell in self.cells.items()],
            offered=self.offered,
            achieved=self.achieved,
            seconds=self.seconds,
            errors=[(int(key[0]), *key[1:], *seen) for key, seen in self.errors.items()],
            late=self.late,
            quiet=self.silence.kept,
            cpu=self.cpu.get(self.process, {}),
            busy=self.busy.get(self.process, {}),
            streams=self.streams,
        )
        plain: dict[str, Any] = msgspec.to_builtins(dump, str_keys=True)
        self.cells, self.seconds, self.errors, self.silence.kept = {}, {}, {}, []
        self.cpu, self.busy = {}, {}
        self.offered, self.achieved = [0] * len(self.part_ends), [0] * len(self.stage_ends)
        self.streams = Streams()
        self.late = [{} for _ in self.part_ends]
        return plain

    def merge(self, plain: dict[str, Any]) -> None:
        """Add what another ledger of the same profile has dumped; seconds that are closed already stay as they are."""
        dump = msgspec.convert(plain, Dump, str_keys=True)
        for group, label, part, cell in dump.cells:
            self.cells.setdefault((Group(group), label, part), Cell()).add(cell)
        over = self.closed[-1].at_s if self.closed else -math.inf
        for number, second in dump.seconds.items():
            if number > over:
                self.second(number).add(second)
        for group, label, kind, what, count, example in dump.errors:
            self._fail(Group(group), label, (kind, what, example), count)
        self.offered = [sum(pair) for pair in zip(self.offered, dump.offered, strict=True)]
        self.achieved = [sum(pair) for pair in zip(self.achieved, dump.achieved, strict=True)]
        self.late = [added(pair) for pair in zip(self.late, dump.late, strict=True)]
        self.quiet.setdefault(dump.process, []).extend(dump.quiet)
        self.cpu.setdefault(dump.process, {}).update(dump.cpu)
        self.busy.setdefault(dump.process, {}).update(dump.busy)
        self.streams.add(dump.streams)

    def _part(self, due_s: float) -> int:
        return min(bisect_right(self.part_ends, due_s), len(self.part_ends) - 1)

    def _achieve(self, due_s: float, done_s: float) -> None:
        """Count an answer for the stage in which it came, at its end with `LATE_ANSWER_S` to spare.

        One that comes just after a stage has begun counts for the one before, unless it was due in the new one. What
        was due earlier counts as well: a target that falls behind achieves what it answers, whenever that was due.
        """
        came_s = max(done_s - LATE_ANSWER_S, due_s)
        if 0 <= came_s < self.end_s:
            self.achieved[bisect_right(self.stage_ends, came_s)] += 1

    def _fail(self, group: Group, label: str, error: Failure, count: int = 1) -> None:
        kind, what, example = error
        key = (group, label, kind, what)
        if key not in self.errors and len(self.errors) >= _MOST_ERRORS:
            key = (group, label, kind, "others")
        before, first = self.errors.get(key, (0, ""))
        self.errors[key] = (before + count, first or example)
