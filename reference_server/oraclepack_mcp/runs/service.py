"""Runs of packs as the server asks for them: start, watch, cancel, read, recover."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.runs.model import LogSlice, OracleCall, OracleResult, RunList, RunModel, RunOptions
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.roots import Location, Roots

Report: TypeAlias = Callable[[int, int, str], None]
"""Hears how many parts of a run are done, of how many, and what goes on."""


def _unheard(_done: int, _total: int, _message: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run asks other parts of the domain for.

    `resolve_url` gives the URL that a stored name means for a pack (None: its default), `overrides` those stored for a
    pack, `guard` makes a call to the `oracle` program or refuses it while that keeps failing.
    """

    resolve_url: Callable[[str | None, Location], str | None]
    overrides: Callable[[Location], Overrides | None]
    guard: Callable[[Callable[[], OracleResult]], OracleResult]


class RunService:
    """Executes packs and knows about all runs, those of other workers included. Thread-safe; calls may block."""

    def __init__(
        self, roots: Roots, workdir: Location, settings: ExecutionSettings, surroundings: Surroundings
    ) -> None:
        self._parts = (roots, workdir, settings, surroundings)

    def start(
        self,
        options: RunOptions,
        principal: str,
        *,
        detach: bool = False,
        report: Report = _unheard,
        pack_sha256: str | None = None,
    ) -> RunModel:
        """Run a pack to its end, or, detached, begin to; `pack_sha256` is what was confirmed."""
        _not_yet()

    def cancel(self, run_id: str, reason: str, principal: str) -> RunModel:
        """Ask a run to stop, wherever it runs."""
        _not_yet()

    def get(self, run_id: str, wait_s: float = 0) -> RunModel:
        """A run as it stands, after waiting up to `wait_s` seconds for its end."""
        _not_yet()

    def list(
        self, pack: str | None = None, status: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> RunList:
        """A page of runs, the newest first."""
        _not_yet()

    def read_log(
        self, run_id: str, step_id: str, attempt: int | None = None, offset: int = 0, limit: int = 65_536
    ) -> LogSlice:
        """Part of what an attempt of a step wrote; None is the last attempt."""
        _not_yet()

    def recover(self) -> "list[str]":
        """Mark runs whose process is gone as interrupted; their ids."""
        _not_yet()

    def shutdown(self, grace_s: float) -> None:
        """Stop all runs of this process and record it."""
        _not_yet()

    def changes(self) -> Mapping[str, str]:
        """For each run, and each pack with runs, a text that changes when there is something new about it."""
        _not_yet()

    def call_oracle(self, call: OracleCall, principal: str) -> OracleResult:
        """Ask the `oracle` program one question; no shell is involved."""
        _not_yet()


def _not_yet() -> NoReturn:
    raise DomainError("UNAVAILABLE", "this server cannot execute runs")
