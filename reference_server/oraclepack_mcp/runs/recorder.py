"""The record of one run while it goes on: every change is stored before anybody hears of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from oraclepack_mcp.runs.handles import log_uri
from oraclepack_mcp.runs.masking import Masker
from oraclepack_mcp.runs.model import PRELUDE_ID, NotRun, RunCounts, RunModel, RunStatus, RunStep, StepState
from oraclepack_mcp.runs.store import RunStore
from oraclepack_mcp.runs.times import time_text

Report: TypeAlias = Callable[[int, int, str], None]
"""Hears how many parts of a run are done, of how many, and what goes on; the first number never falls."""


def now_text() -> str:
    """This moment, as records have it."""
    return time_text(datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended; `duration_ms` is by a steady clock, over all attempts."""

    status: StepState
    error: str = ""
    exit_code: int | None = None
    signal: str | None = None
    duration_ms: int = 0


class Recorder:
    """Writes the record of one run; used by the thread that executes it."""

    def __init__(
        self, run: RunModel, store: RunStore, masker: Masker, report: Report, ring: Callable[[], None]
    ) -> None:
        self._run = run
        self._ring = ring
        self._store = store
        self._masker = masker
        self._report = report

    @property
    def run(self) -> RunModel:
        """The run as it stands."""
        return self._run

    def begin(self) -> None:
        """The run is running."""
        self._change(replace(self._run, status="running", started_at=now_text()), "run started")

    def attempt(self, step_id: str, number: int) -> None:
        """An attempt of a step begins."""
        before = self._step(step_id)
        step = replace(
            before,
            status="running",
            attempts=number,
            started_at=before.started_at or now_text(),
            log_uri=log_uri(self._run.run_id, step_id),
        )
        name = step_id if step_id == PRELUDE_ID else f"step {step_id}/{len(self._run.selected):02}"
        self._change_step(step, step_id, f"{name} running, attempt {number}")

    def ended(self, step_id: str, end: StepEnd) -> None:
        """A step has ended."""
        before = self._step(step_id)
        step = replace(
            before,
            status=end.status,
            exit_code=end.exit_code,
            signal=end.signal,
            ended_at=now_text() if before.started_at else None,
            duration_ms=end.duration_ms if before.started_at else None,
            error=self._masker.text(end.error),
        )
        name = step_id if step_id == PRELUDE_ID else f"step {step_id}/{len(self._run.selected):02}"
        self._change_step(step, None, f"{name} {end.status}")

    def warn(self, sentence: str) -> None:
        """Add a warning to the run."""
        self._change(replace(self._run, warnings=[*self._run.warnings, self._masker.text(sentence)]), None)

    def finish(self, status: RunStatus, reason: str, not_run: list[NotRun]) -> None:
        """The run has ended; a step that it could not end itself has failed for the same reason."""
        said = self._masker.text(reason)
        steps = [
            replace(step, status="failed", ended_at=now_text(), error=said) if step.status == "running" else step
            for step in self._run.steps
        ]
        run = replace(
            self._run,
            status=status,
            steps=steps,
            counts=count(steps),
            exit_reason=said,
            ended_at=now_text(),
            current_step=None,
            not_run=sorted([*self._run.not_run, *not_run], key=lambda step: step.id),
        )
        self._change(run, f"run {status}")

    def _step(self, step_id: str) -> RunStep:
        return next(step for step in self._run.steps if step.id == step_id)

    def _change_step(self, step: RunStep, current: str | None, message: str) -> None:
        steps = [step if old.id == step.id else old for old in self._run.steps]
        counts = count(steps)
        self._change(replace(self._run, steps=steps, counts=counts, current_step=current), message)

    def _change(self, run: RunModel, message: str | None) -> None:
        self._store.save(run)
        self._run = run
        self._ring()
        if message is not None:
            done = sum(step.status not in {"pending", "running"} for step in run.steps)
            self._report(done, len(run.steps), message)


def count(steps: list[RunStep]) -> RunCounts:
    """The selected steps by where they stand; the prelude is none of them."""
    found = Counter(step.status for step in steps if step.id != PRELUDE_ID)
    return RunCounts(
        total=found.total(),
        pending=found["pending"],
        running=found["running"],
        success=found["success"],
        failed=found["failed"],
        skipped=found["skipped"],
    )
