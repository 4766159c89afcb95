"""Running the steps of a pack in order (sections 2.2 and 2.8); what happened is on disk before the next thing does."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.gates import gate_of, gate_problem
from oraclepack_mcp.packs.model import Step
from oraclepack_mcp.packs.outputs import verify_outputs
from oraclepack_mcp.runs.model import PRELUDE_ID, NotRun, NotRunReason, RunStatus
from oraclepack_mcp.runs.preparation import Prepared
from oraclepack_mcp.runs.process import Ending
from oraclepack_mcp.runs.recorder import Recorder, StepEnd, now_text
from oraclepack_mcp.runs.report import build_report
from oraclepack_mcp.runs.script_runner import ScriptRunner, argv_sha256
from oraclepack_mcp.runs.state_keeper import StateKeeper
from oraclepack_mcp.runs.stopping import StopRequest

TOOL_MISSING: Final = "tool missing"

_MILLISECOND: Final = 1_000_000
_NEVER_BEGAN: Final = Ending("exit", None, None, left_behind=False)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt of a script: `error` is empty where it went well, `unverified` where it did but its answers lack."""

    ending: Ending
    error: str
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, and which of its steps that end came before."""

    status: RunStatus
    reason: str
    not_run: list[NotRun] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a run ended, and why the steps behind its end did not run."""

    status: RunStatus
    reason: str
    rest: NotRunReason = "stopped"


class Executor:
    """Executes one prepared run; used by one thread."""

    def __init__(self, prepared: Prepared, runner: ScriptRunner, recorder: Recorder, stop: StopRequest) -> None:
        checked = prepared.checked
        self._prepared = prepared
        self._checked = checked
        self._runner = runner
        self._recorder = recorder
        self._stop = stop
        self._keeper = StateKeeper(checked.files, checked.location, prepared.state, runner.run_id)
        self._durations: dict[str, int] = {}

    def execute(self) -> RunEnd:
        """Run the prelude and the steps; state and report are written when this returns.

        After a prelude that failed neither is, as in the original.

        Raises:
            DomainError: the state or the report cannot be written.
        """
        self._stop.begin(self._prepared.run_limit_s)
        self._recorder.begin()
        if (failure := self._prelude()) is not None:
            return RunEnd(failure.status, failure.reason, self._not_run(failure.rest))
        outcome = self._steps()
        end = RunEnd(outcome.status, outcome.reason, self._not_run(outcome.rest))
        report = build_report(
            self._checked.location.parts[-1],
            self._keeper.state,
            generated_at=now_text(),
            not_run=[*self._prepared.not_run, *end.not_run],
            durations=self._durations,
        )
        self._checked.files.save_report(self._checked.location, report)
        return end

    def _prelude(self) -> _Outcome | None:
        if not self._prepared.prelude:
            return None
        argv = self._runner.argv(self._checked.scripts[PRELUDE_ID].code)
        self._recorder.attempt(PRELUDE_ID, 1)
        started = time.monotonic_ns()
        attempt = self._attempt(PRELUDE_ID, 1, argv, lambda: "")
        self._recorder.ended(PRELUDE_ID, _step_end(attempt, time.monotonic_ns() - started))
        if not attempt.error:
            return None
        halted = self._halted()
        return halted or _Outcome("failed", f"prelude failed: {attempt.error}")

    def _steps(self) -> _Outcome:
        failed = 0
        for step in self._prepared.steps:
            if (halted := self._halted()) is not None:
                return halted
            if self._skips(step):
                self._skip(step)
                continue
            error = self._step(step)
            if error and (halted := self._halted()) is not None:
                return halted
            if error and self._checked.options.stop_on_fail:
                return _Outcome("failed", f"step {step.id} failed: {error}")
            failed += bool(error)
        total = len(self._prepared.steps)
        if failed:
            return _Outcome("failed", f"{failed} of {total} steps failed")
        return _Outcome("success", f"{total} steps done" if total else "there was no step to run")

    def _halted(self) -> _Outcome | None:
        halt = self._stop.halt()
        if halt == "cancelled":
            return _Outcome("cancelled", f"cancelled: {self._stop.reason()}", "cancelled")
        if halt == "timed_out":
            return _Outcome("timed_out", f"timed out after {self._prepared.run_limit_s:g} s", "timed_out")
        return None

    def _skips(self, step: Step) -> bool:
        """A step that only a missing tool could do is skipped where that is wanted, or where a gate waits behind it."""
        options = self._checked.options
        wanted = options.skip_missing_tools or gate_of(options.gates, step.number) is not None
        return wanted and step.tool in self._checked.missing_tools

    def _skip(self, step: Step) -> None:
        self._keeper.skip(step, TOOL_MISSING)
        self._recorder.ended(step.id, StepEnd("skipped", TOOL_MISSING))

    def _step(self, step: Step) -> str:
        """Run a step until it goes well or its attempts are used up; why it failed, empty where it did not."""
        script = self._checked.scripts[step.id]
        argv = self._runner.argv(script.code)
        options = self._checked.options
        retries, checks = options.retries, options.verify.retries
        started = time.monotonic_ns()
        number = 0
        while True:
            number += 1
            self._keeper.begin(step, number, argv_sha256(argv), script.warnings)
            self._recorder.attempt(step.id, number)
            attempt = self._attempt(step.id, number, argv, lambda: self._lacks(step))
            left = checks if attempt.unverified else retries
            if not attempt.error or left <= 0 or self._stop.halt() is not None:
                break
            retries, checks = (retries, checks - 1) if attempt.unverified else (retries - 1, checks)
        self._durations[step.id] = time.monotonic_ns() - started
        self._end(step, attempt)
        return attempt.error

    def _end(self, step: Step, attempt: _Attempt) -> None:
        self._keeper.end(
            step,
            error=self._runner.masker.text(attempt.error),
            exit_code=attempt.ending.exit_code or 0,
            timed_out=attempt.ending.cause == "timeout",
            cancelled=attempt.ending.cause == "stop",
        )
        self._recorder.ended(step.id, _step_end(attempt, self._durations[step.id]))

    def _attempt(self, step_id: str, number: int, argv: tuple[bytes, ...], lacks: Callable[[], str]) -> _Attempt:
        limit_s = min(self._prepared.step_limit_s, self._stop.remaining_s())
        try:
            ending = self._runner.run(step_id, number, argv, limit_s, self._stop.is_asked)
        except DomainError as refusal:
            return _Attempt(_NEVER_BEGAN, f"execution failed: {refusal.sentence}")
        if ending.left_behind:
            self._recorder.warn(f"{step_id}: processes that were left behind have been ended")
        error = self._error(ending)
        lack = "" if error else lacks()
        return _Attempt(ending, error or lack, unverified=bool(lack))

    def _error(self, ending: Ending) -> str:
        if ending.cause == "stop":
            return f"cancelled: {self._stop.reason()}"
        if ending.cause == "timeout":
            is_over = self._stop.halt() == "timed_out"
            return f"timed out after {self._prepared.run_limit_s if is_over else self._prepared.step_limit_s:g} s"
        if ending.signal is not None:
            return f"execution failed: signal: {ending.signal}"
        return f"execution failed: exit status {ending.exit_code}" if ending.exit_code else ""

    def _lacks(self, step: Step) -> str:
        """What a step that went well did not leave where it should have."""
        options, workspace = self._checked.options, self._checked.workspace
        if options.verify.enabled:
            found = verify_outputs(
                self._checked.parsed,
                workspace.read,
                steps=[step.id],
                require_headings=options.verify.require_headings,
                chunk_mode=options.verify.chunk_mode,
            )
            if not found.ok:
                sentences = "; ".join(failure.sentence for failure in found.failures)
                return f"output verification failed for step {step.id}: {sentences}"
        gate = gate_of(options.gates, step.number)
        return (gate_problem(gate, workspace.size_of) or "") if gate else ""

    def _not_run(self, reason: NotRunReason) -> list[NotRun]:
        """The selected steps that the end of the run came before."""
        pending = {step.id for step in self._recorder.run.steps if step.status == "pending"} - {PRELUDE_ID}
        return [NotRun(step_id, reason) for step_id in sorted(pending)]


def _step_end(attempt: _Attempt, duration_ns: int) -> StepEnd:
    return StepEnd(
        status="failed" if attempt.error else "success",
        error=attempt.error,
        exit_code=attempt.ending.exit_code,
        signal=attempt.ending.signal,
        duration_ms=duration_ns // _MILLISECOND,
    )
