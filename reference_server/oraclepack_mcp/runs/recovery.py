"""Setting right what a server that was killed left half done."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.locks import locked, state_key
from oraclepack_mcp.runs.model import RunState
from oraclepack_mcp.runs.recorder import now_text
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.runs.store import Abandoned
from oraclepack_mcp.security.roots import Roots

INTERRUPTED: Final = "interrupted: the server ended while this was running"


def mend_state(roots: Roots, locks: Path, abandoned: Abandoned) -> None:
    """Say in the state file, too, that the step which a run was at has been interrupted.

    A file that is in use, gone, or no longer of that run is left alone: a step that is left running is run again by
    the modes that go on, whatever the file says.
    """
    with suppress(DomainError):
        pack = roots.locate(abandoned.run.pack.id)
        files = StateFiles(roots, roots.locate_directory(abandoned.workdir))
        with locked(locks, state_key(files.state_location(pack))):
            state = files.load(pack).state
            if state is not None and state.x_ref is not None and state.x_ref.run_id == abandoned.run.run_id:
                files.save_state(pack, _interrupted(state))


def _interrupted(state: RunState) -> RunState:
    moment = now_text()
    statuses = {
        step_id: replace(status, status="failed", ended_at=moment, error=INTERRUPTED)
        if status.status == "running"
        else status
        for step_id, status in (state.step_statuses or {}).items()
    }
    return replace(state, step_statuses=statuses)
