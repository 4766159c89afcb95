"""Live progress on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..engine.events import Died, Emit, Event, Finished, Planned, Started, Surveyed
from ..fuzz.settings import Tick
from .tally import Tally

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

    def _count(self) -> None:
        """Say how much was generated, if that is news."""
        if self._tally.cases > self._said:
            self._said = self._tally.cases
            self._say(str(self._tally))

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
        task = progress.add_task("preflight", total=None)
        searches, tally = progress.add_task("", total=cases or None, visible=False), Tally()

        def show(event: Event) -> None:
            match event:
                case Surveyed():
                    progress.update(task, description="planning")
                case Planned(total):
                    progress.update(task, total=total, description="auditing")
                case Started(scenario, revision):
                    tally.next_step()
                    progress.update(task, description=f"{revision} {scenario}"[:44].ljust(44))
                case Finished():
                    progress.advance(task)
                case Died(group):
                    progress.console.print(f"the target stopped answering after {group}", markup=False)
                case Tick():
                    tally.add(event)
                    if tally.due(_BAR_EVERY_S):
                        played = min(tally.in_step, cases)
                        progress.update(searches, visible=True, description=str(tally).ljust(44), completed=played)

        yield show
