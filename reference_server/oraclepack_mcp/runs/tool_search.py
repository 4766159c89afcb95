"""Whether scripts would find a program: by the operator's names for programs, then on the PATH that scripts get."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from oraclepack_mcp.runs.environment import script_environment, tool_links
from oraclepack_mcp.runs.settings import ExecutionSettings


def tool_search(settings: ExecutionSettings, inherited: Mapping[str, str]) -> Callable[[str, str | None], bool]:
    """A function of the name of a program and of `oracle_bin`, the name of the one that is found as `oracle`.

    It raises `DomainError` INVALID_ARGUMENT or TOOL_MISSING for an `oracle_bin` that the operator does not allow, or
    that is not there. A login shell may find other programs, since it reads files that change PATH.
    """
    nowhere = Path(os.devnull)
    path = script_environment(settings, inherited, run_id="", out_dir="", tools=nowhere)["PATH"]

    def has_tool(name: str, oracle_bin: str | None) -> bool:
        return name in tool_links(settings, oracle_bin) or shutil.which(name, path=path) is not None

    return has_tool
