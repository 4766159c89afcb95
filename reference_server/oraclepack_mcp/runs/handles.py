"""Names of what belongs to a run: its id, the URIs under which clients find things, and its private files."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import PRELUDE_ID

_RUN_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{12}\Z")
_STEP_ID: Final = re.compile(rf"(?:[0-9]{{2}}|{PRELUDE_ID})\Z")
_RESERVED: Final = ":/?#[]@!$&'()*+,;="
"""What a template variable with a plus keeps as it is."""


def new_run_id() -> str:
    """An id that nobody can guess; ids of later runs sort behind those of earlier ones."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"


def state_uri(pack_id: str) -> str:
    """Where clients read the state of a pack."""
    return f"oraclepack://state/{quote(pack_id, safe=_RESERVED)}"


def report_uri(pack_id: str) -> str:
    """Where clients read the report of a pack."""
    return f"oraclepack://report/{quote(pack_id, safe=_RESERVED)}"


def log_uri(run_id: str, step_id: str) -> str:
    """Where clients read what the last attempt of a step wrote."""
    return f"oraclepack://run/{run_id}/step/{step_id}/log"


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The private files of one run."""

    directory: Path

    @classmethod
    def of(cls, records: Path, run_id: str) -> "RunFiles":
        """The files of a run.

        Raises:
            DomainError: RUN_NOT_FOUND, no run has such an id.
        """
        if not _RUN_ID.match(run_id):
            raise DomainError("RUN_NOT_FOUND", "there is no run of that id")
        return cls(records / "runs" / run_id)

    @property
    def tools(self) -> Path:
        """The directory of the programs that scripts find first."""
        return self.directory / "tools"

    @property
    def invocation(self) -> Path:
        """What the scripts were started with."""
        return self.directory / "invocation.json"

    @property
    def answer(self) -> Path:
        """Where a single call of `oracle` puts its answer."""
        return self.directory / "answer.md"

    def log(self, step_id: str, attempt: int) -> Path:
        """The log of an attempt of a step, or of the prelude.

        Raises:
            DomainError: NOT_FOUND, no step has such an id.
        """
        if not _STEP_ID.match(step_id):
            raise DomainError("NOT_FOUND", "a step is named by two digits, or `prelude`")
        return self.directory / f"{step_id}-{attempt}.log"
