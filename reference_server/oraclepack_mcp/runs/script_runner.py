"""Running the scripts of one run: the same directory and environment for all, a log of its own for each attempt."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from oraclepack_mcp.runs.environment import mark_of
from oraclepack_mcp.runs.handles import RunFiles
from oraclepack_mcp.runs.log_ring import LogWriter
from oraclepack_mcp.runs.masking import MaskedStream, Masker
from oraclepack_mcp.runs.process import Command, Ending, Launcher, shell_argv
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.roots import Location


@dataclass(frozen=True, slots=True)
class ScriptRunner:
    """Runs scripts, or single programs, for one run."""

    launcher: Launcher
    settings: ExecutionSettings
    masker: Masker
    run_id: str
    files: RunFiles
    directory: Location
    environment: Mapping[str, str]

    @property
    def mark(self) -> bytes:
        """The entry of the environment that all processes of the run have."""
        return mark_of(self.run_id)

    def record(self, argv: tuple[bytes, ...]) -> None:
        """Keep what is started, without secrets and without code, which is in the pack."""
        kept = {
            "argv": self.masker.argv(map(os.fsdecode, argv)),
            "environment": self.masker.variables(self.environment),
        }
        self.files.invocation.write_text(json.dumps(kept, indent=2), encoding="utf-8", errors="replace")

    def argv(self, code: bytes) -> tuple[bytes, ...]:
        """The command that runs a script.

        Raises:
            DomainError: as `shell_argv`.
        """
        return shell_argv(code, login=self.settings.login_shell, prefix=self.settings.runner_prefix)

    def run(
        self, step_id: str, attempt: int, argv: tuple[bytes, ...], limit_s: float, stop: Callable[[], bool]
    ) -> Ending:
        """Run a command to its end; what it says is in the log of the attempt, without secrets.

        Raises:
            DomainError: TOOL_MISSING, it cannot be started.
        """
        command = Command(argv, self.directory, self.environment, self.mark, limit_s)
        with LogWriter(self.files.log(step_id, attempt), self.settings.log_bytes) as log:
            output = MaskedStream(self.masker)
            ending = self.launcher.run(command, lambda piece: log.write(output.feed(piece)), stop)
            log.write(output.finish())
        return ending


def argv_sha256(argv: tuple[bytes, ...]) -> str:
    """A hash by which two commands can be told apart without showing either."""
    return sha256(b"\0".join(argv)).hexdigest()
