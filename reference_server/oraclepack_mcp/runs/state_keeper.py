"""The state file of a run while it goes on: each step is saved when it starts and when it ends."""

from dataclasses import replace

from oraclepack_mcp.packs.model import Step
from oraclepack_mcp.runs.handles import log_uri
from oraclepack_mcp.runs.model import RunState, RunTrace, ScriptWarning, StepStatus, StepTrace
from oraclepack_mcp.runs.recorder import now_text
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.security.roots import Location


class StateKeeper:
    """Writes the state of one run; used by the thread that executes it. All calls raise what `write_file` does."""

    def __init__(self, files: StateFiles, pack: Location, state: RunState, run_id: str) -> None:
        self._files = files
        self._pack = pack
        self._run_id = run_id
        self._traces = dict(state.x_ref.steps) if state.x_ref else {}
        self._state = replace(state, start_time=state.start_time or now_text())

    @property
    def state(self) -> RunState:
        """The state as it was saved last."""
        return self._state

    def begin(self, step: Step, attempt: int, argv_sha256: str, warnings: list[ScriptWarning]) -> None:
        """An attempt of a step starts; warnings about its script count once."""
        before = (self._state.step_statuses or {}).get(step.id)
        again = attempt > 1 and before is not None
        started_at = before.started_at if again and before is not None else now_text()
        if not again:
            self._state = replace(self._state, warnings=[*self._state.warnings, *warnings])
        self._traces[step.id] = StepTrace(attempt, log=log_uri(self._run_id, step.id), argv_sha256=argv_sha256)
        self._save(step, StepStatus("running", started_at=started_at))

    def end(self, step: Step, *, error: str, exit_code: int, timed_out: bool, cancelled: bool) -> None:
        """A step has ended, well where there is no error."""
        self._traces[step.id] = replace(self._traces[step.id], timed_out=timed_out, cancelled=cancelled)
        started_at = (self._state.step_statuses or {})[step.id].started_at
        word = "failed" if error else "success"
        self._save(step, StepStatus(word, exit_code, started_at, now_text(), error))

    def skip(self, step: Step, why: str) -> None:
        """A step is passed over."""
        moment = now_text()
        self._save(step, StepStatus("skipped", started_at=moment, ended_at=moment, error=why))

    def _save(self, step: Step, status: StepStatus) -> None:
        self._state = replace(
            self._state,
            current_step=step.number,
            step_statuses={**(self._state.step_statuses or {}), step.id: status},
            x_ref=RunTrace(self._pack.id, self._run_id, dict(self._traces)),
        )
        self._files.save_state(self._pack, self._state)
