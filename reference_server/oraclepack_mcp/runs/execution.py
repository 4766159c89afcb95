"""From a run that may start to one that has ended: whatever happens in between, its record says how it ended."""

from collections.abc import Callable
from contextlib import ExitStack

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.executor import Executor, RunEnd
from oraclepack_mcp.runs.handles import report_uri, state_uri
from oraclepack_mcp.runs.host import Host
from oraclepack_mcp.runs.model import PRELUDE_ID, RunModel, RunStep
from oraclepack_mcp.runs.preparation import Prepared
from oraclepack_mcp.runs.recorder import Recorder, Report, count, now_text
from oraclepack_mcp.runs.stopping import StopRequest
from oraclepack_mcp.security.writing import make_directory


def new_run(run_id: str, prepared: Prepared) -> RunModel:
    """The record of a run before anything of it has happened."""
    checked = prepared.checked
    ids = ([PRELUDE_ID] if prepared.prelude else []) + [step.id for step in prepared.steps]
    steps = [RunStep(step_id, "pending", warnings=checked.scripts[step_id].warnings) for step_id in ids]
    return RunModel(
        run_id=run_id,
        pack=checked.pack,
        status="queued",
        mode=checked.options.mode,
        selected=[step.id for step in prepared.steps],
        counts=count(steps),
        current_step=None,
        steps=steps,
        not_run=prepared.not_run,
        warnings=[],
        created_at=now_text(),
        started_at=None,
        ended_at=None,
        exit_reason="",
        state_uri=state_uri(checked.pack.id),
        report_uri=report_uri(checked.pack.id),
    )


class Execution:
    """One run of this process; `held` is what it keeps from others until its files are written."""

    def __init__(self, host: Host, run: RunModel, report: Report, held: ExitStack) -> None:
        self._host = host
        self._held = held
        self._recorder = Recorder(run, host.store, host.masker, report, host.live.ring)
        self._stop = StopRequest(lambda: host.store.cancel_reason(run.run_id))
        host.live.add(run.run_id, self._stop)

    def run(self, prepared: Prepared) -> None:
        """Execute a prepared pack."""
        self.conclude(lambda recorder, stop: self._execute(prepared, recorder, stop))

    def conclude(self, work: Callable[[Recorder, StopRequest], RunEnd]) -> None:
        """Do the work of the run, and record how it ended, also where it could not go on."""
        end = RunEnd("failed", "the server could not go on")
        try:
            with self._held:
                end = work(self._recorder, self._stop)
        except DomainError as error:
            end = RunEnd("failed", error.sentence)
        except OSError as error:
            end = RunEnd("failed", f"the server could not go on: {error.strerror}")
        finally:
            with self._host.live.ending(self._recorder.run.run_id):
                self._recorder.finish(end.status, end.reason, end.not_run)
        self._host.tell_end(end.status)
        self._host.forget_old()

    def _execute(self, prepared: Prepared, recorder: Recorder, stop: StopRequest) -> RunEnd:
        checked = prepared.checked
        directory = checked.workspace.directory
        runner = self._host.runner(recorder.run.run_id, directory, checked.out_dir, checked.tools)
        if checked.out_place != directory:
            make_directory(checked.out_place)
        runner.record(runner.argv(b"..."))
        return Executor(prepared, runner, recorder, stop).execute()
