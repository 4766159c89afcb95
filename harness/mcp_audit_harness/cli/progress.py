"""Live progress on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..engine.events import Announced, Died, Emit, Event, Finished, Planned, Started, Surveyed
from ..fuzz.settings import Tick
from ..model.loading import LoadSecond
from .tally import Tally

if TYPE_CHECKING:
    from rich.progress import Progress

_LINES_EVERY_S = 5.0
_BAR_EVERY_S = 0.1


@contextmanager
def watching(*, quiet: bool, color: bool, cases: int = 0) -> Iterator[Emit]:
    """Yield a listener that shows events to whoever looks at stderr; a search plays about so many `cases`."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(color=color, cases=cases) as emit:
            yield emit
    else:
        yield _Lines().show


class _Lines:
    """One line for each turn of the run, none for each scenario; while requests are generated one every few seconds."""

    def __init__(self) -> None:
        self._total = 0
        self._done = 0
        self._tally = Tally()
        self._said = 0

    def show(self, event: Event) -> None:
        match event:
            case Surveyed(survey):
                revisions = ", ".join(str(revision) for revision in survey.revisions)
                self._say(f"{survey.label}: {survey.transport}, revisions {revisions}")
            case Planned(total):
                self._total = total
                self._say(f"{total} scenario runs")
            case Finished():
                self._done += 1
                self._count()
                if self._total and self._done * 4 // self._total != (self._done - 1) * 4 // self._total:
                    self._say(f"{self._done}/{self._total}")
            case Died(group):
                self._say(f"the target stopped answering after {group}")
            case Started():
                self._tally.next_step()
            case Tick():
                self._tally.add(event)
                if self._tally.due(_LINES_EVERY_S):
                    self._count()
            case LoadSecond() | Announced():
                self._loaded(event)

    def _count(self) -> None:
        """Say how much was generated, if that is news."""
        if self._tally.cases > self._said:
            self._said = self._tally.cases
            self._say(str(self._tally))

    def _loaded(self, event: LoadSecond | Announced) -> None:
        if isinstance(event, Announced):
            self._say(event.sentence)
        elif round(event.at_s) % _LINES_EVERY_S == 0:
            self._say(_second(event))

    @staticmethod
    def _say(line: str) -> None:
        sys.stderr.write(f"mcp-audit: {line}\n")


@contextmanager
def _bar(*, color: bool, cases: int) -> Iterator[Emit]:
    from rich.console import Console  # noqa: PLC0415 - start-up time
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True, no_color=not color)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress, cases).show


class _Bar:
    """One bar for the run, a second one for the search that is going on."""

    def __init__(self, progress: "Progress", cases: int) -> None:
        self._progress = progress
        self._cases = cases
        self._task = progress.add_task("preflight", total=None)
        self._searches = progress.add_task("", total=cases or None, visible=False)
        self._tally = Tally()

    def show(self, event: Event) -> None:
        match event:
            case Surveyed():
                self._describe("planning")
            case Planned(total):
                self._progress.update(self._task, total=total, description="auditing")
            case Started(scenario, revision):
                self._tally.next_step()
                self._describe(f"{revision} {scenario}"[:44].ljust(44))
            case Finished():
                self._progress.advance(self._task)
            case Died(group):
                self._say(f"the target stopped answering after {group}")
            case Tick():
                self._count(event)
            case LoadSecond():
                self._describe(_second(event))
            case Announced(sentence):
                self._say(sentence)

    def _count(self, tick: Tick) -> None:
        self._tally.add(tick)
        if self._tally.due(_BAR_EVERY_S):
            played, told = min(self._tally.in_step, self._cases), str(self._tally).ljust(44)
            self._progress.update(self._searches, visible=True, description=told, completed=played)

    def _describe(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def _say(self, line: str) -> None:
        self._progress.console.print(line, markup=False)


def _second(second: LoadSecond) -> str:
    """Return what one second of a load run shows, at the width of a terminal's line."""
    phase = f"{second.at_s:.0f} s" if second.at_s >= 0 else "warm-up"
    waiting = f", {second.waiting} waiting" if second.waiting else ""
    failed = f", {second.errors} failed" if second.errors else ""
    speed = f"p50 {second.latency.p50_ms:.0f}, p99 {second.latency.p99_ms:.0f} ms"
    return f"{phase}: {second.done} of {second.due}/s, {speed}{waiting}{failed}"
