"""mcp-audit as a process, as its users start it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_CODE: Final = "from mcp_audit_harness.cli import main; main()"
PROGRAM: Final = (sys.executable, "-c", _CODE)
IN_A_SHELL: Final = f'-c "{_CODE}"'
"""The words that make Python mcp-audit, for `set_up_desk`."""
_SERVER: Final = Path(__file__).parents[2] / "docs" / "guides" / "test-first" / "step_9.py"


def run(*words: str, cwd: Path, timeout_s: float = 110, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run mcp-audit with the words in a directory, with more in its environment."""
    environment = {**os.environ, "COLUMNS": "100", **env}
    return subprocess.run(
        [*PROGRAM, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def set_up_desk(home: Path, programs: Mapping[str, str]) -> Path:
    """Return a directory with a stdio server, `server.py`, as the reader of a guide has it.

    Beside it, in `bin`, are the programs: each is this Python with the words that the mapping gives it.
    """
    (home / "bin").mkdir()
    for name, words in programs.items():
        program = home / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    work = home / "work"
    work.mkdir()
    (work / "server.py").write_bytes(_SERVER.read_bytes())
    return work
