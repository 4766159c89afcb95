"""What an operator decides about executing packs; every default is the cautious one."""

import os
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

ExecutionPolicy: TypeAlias = Literal["off", "confirm", "allow"]
"""`off`: nothing runs; `confirm`: each run is confirmed; `allow`: packs of known hashes run, others never."""
PositiveSeconds: TypeAlias = Annotated[float, Field(gt=0)]


class ExecutionSettings(BaseModel):
    """Who may run what, with which environment, for how long, and where the records are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: ExecutionPolicy = "off"
    allowed_packs: frozenset[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = frozenset()
    """SHA-256 of the packs that policy `allow` lets run."""
    environment_names: tuple[str, ...] = ("PATH", "HOME", "LANG", "LC_*", "TERM", "TZ")
    """Variables of the server that scripts inherit; a name may be a pattern."""
    environment: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str] = {}
    """Variables that scripts get besides, or instead of the inherited ones."""
    tools: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")], Path] = {}
    """Programs by the name under which scripts find them, before anything else on PATH; absolute paths."""
    login_shell: bool = False
    """Whether scripts run in a login shell, which reads profile files; the original does."""
    runner_prefix: tuple[str, ...] = ()
    """Command in front of each shell, such as a sandbox and its options."""
    step_timeout_s: PositiveSeconds = 3600.0
    run_timeout_s: PositiveSeconds = 6 * 3600.0
    grace_s: PositiveSeconds = 5.0
    """Seconds between asking a script to stop and killing it."""
    log_bytes: Annotated[int, Field(ge=4096)] = 8 * 1024 * 1024
    """Bytes kept of the output of each attempt of a step; the newest ones."""
    max_runs: Annotated[int, Field(ge=1)] = 2
    """Runs at once, over all processes that share `state_dir`; of one pack there is never more than one."""
    kept_runs: Annotated[int, Field(ge=1)] = 200
    """Runs whose record and logs are kept; older ones are forgotten."""
    state_dir: Path | None = None
    """Where runs and logs are recorded; absent: `oraclepack` in the user's directory for state."""

    def records(self) -> Path:
        """The directory of runs and logs."""
        if self.state_dir is not None:
            return self.state_dir
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(home) / "oraclepack"
