"""What all runs of this process share: the records, the reaper, and who is running."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oraclepack_mcp.runs.environment import link_tools, script_environment
from oraclepack_mcp.runs.guard import Guard
from oraclepack_mcp.runs.handles import RunFiles
from oraclepack_mcp.runs.live import LiveRuns
from oraclepack_mcp.runs.masking import Masker
from oraclepack_mcp.runs.model import RunStatus
from oraclepack_mcp.runs.process import Launcher
from oraclepack_mcp.runs.script_runner import ScriptRunner
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.runs.store import RunStore
from oraclepack_mcp.security.roots import Location


@dataclass(frozen=True, slots=True)
class Host:
    """The means to run something and to remember it. Thread-safe."""

    settings: ExecutionSettings
    records: Path
    store: RunStore
    guard: Guard
    masker: Masker
    live: LiveRuns
    tell_end: Callable[[RunStatus], None]

    @classmethod
    def open(cls, settings: ExecutionSettings, tell_end: Callable[[RunStatus], None]) -> "Host":
        """Open the records; nothing is started yet. `tell_end` is called with the status of each run that ends."""
        records = settings.records()
        masker = Masker(os.environ, settings.environment)
        return cls(settings, records, RunStore(records), Guard(), masker, LiveRuns(), tell_end)

    def close(self) -> None:
        """Let go of the records; whatever still runs is killed."""
        self.guard.close()
        self.store.close()

    @property
    def locks(self) -> Path:
        """The directory of the locks."""
        return self.records / "locks"

    def runner(self, run_id: str, directory: Location, out_dir: str, tools: dict[str, Path]) -> ScriptRunner:
        """What runs the scripts of one run; makes its private directory."""
        files = RunFiles.of(self.records, run_id)
        files.directory.mkdir(mode=0o700, parents=True)
        link_tools(files.tools, tools)
        return ScriptRunner(
            launcher=Launcher(self.guard, self.settings.grace_s),
            settings=self.settings,
            masker=self.masker,
            run_id=run_id,
            files=files,
            directory=directory,
            environment=script_environment(
                self.settings, os.environ, run_id=run_id, out_dir=out_dir, tools=files.tools
            ),
        )

    def forget_old(self) -> None:
        """Delete the records and logs of runs beyond those that are kept."""
        for run_id in self.store.forget(self.settings.kept_runs):
            shutil.rmtree(RunFiles.of(self.records, run_id).directory, ignore_errors=True)
