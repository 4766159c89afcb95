"""What a script inherits: a few variables by name, what the operator adds, and nothing else of the server's."""

import fnmatch
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.settings import ExecutionSettings

RUN_ID: Final = "ORACLEPACK_RUN_ID"
"""The variable that marks every process of a run."""
ORACLE: Final = "oracle"

_DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
_OWN_PREFIX: Final = "ORACLEPACK_"


def mark_of(run_id: str) -> bytes:
    """The entry of the environment that all processes of a run have."""
    return f"{RUN_ID}={run_id}".encode()


def script_path(settings: ExecutionSettings, inherited: Mapping[str, str] = os.environ) -> str:
    """Where scripts look for programs, after those that the operator names."""
    return _variables(settings, inherited).get("PATH") or _DEFAULT_PATH


def _variables(settings: ExecutionSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that scripts of any run get; the server's own settings are not among them, whatever is allowed."""
    chosen = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(_OWN_PREFIX)
        and any(fnmatch.fnmatchcase(name, pattern) for pattern in settings.environment_names)
    }
    return chosen | settings.environment


def script_environment(
    settings: ExecutionSettings, inherited: Mapping[str, str], *, run_id: str, out_dir: str, tools: Path
) -> dict[str, str]:
    """The environment of the scripts of a run; `tools` is the directory that comes first on PATH."""
    path = f"{tools}{os.pathsep}{script_path(settings, inherited)}"
    return {**_variables(settings, inherited), "PATH": path, "out_dir": out_dir, RUN_ID: run_id}


def tool_links(settings: ExecutionSettings, oracle_bin: str | None) -> dict[str, Path]:
    """The programs that scripts find first, by name; `oracle_bin` is the name of the one to be found as `oracle`.

    Raises:
        DomainError: INVALID_ARGUMENT, the operator allows no program of that name; TOOL_MISSING, it is not there.
    """
    chosen = dict(settings.tools)
    if oracle_bin is not None:
        if oracle_bin not in chosen:
            names = ", ".join(sorted(chosen)) or "none"
            raise DomainError("INVALID_ARGUMENT", f"oracle_bin is a name that the operator allows: {names}")
        chosen[ORACLE] = chosen[oracle_bin]
    for name, path in chosen.items():
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise DomainError("TOOL_MISSING", f"the program that the operator names {name} is not there")
    return chosen


def link_tools(directory: Path, links: Mapping[str, Path]) -> None:
    """Make a directory in which scripts find programs by the operator's names for them."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, target in links.items():
        directory.joinpath(name).symlink_to(target)
