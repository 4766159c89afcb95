"""Runs of packs as the server asks for them: start, watch, cancel, read, recover."""

import builtins
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from oraclepack_mcp.cursors import decode_cursor, encode_cursor
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.execution import Execution, new_run
from oraclepack_mcp.runs.handles import new_run_id
from oraclepack_mcp.runs.host import Host
from oraclepack_mcp.runs.locks import locked, state_key
from oraclepack_mcp.runs.log_reading import read_step_log
from oraclepack_mcp.runs.model import (
    FINAL_STATUSES,
    LogSlice,
    OracleCall,
    OracleResult,
    RunList,
    RunModel,
    RunOptions,
    RunStatus,
    RunSummary,
)
from oraclepack_mcp.runs.oracle_call import OracleCaller
from oraclepack_mcp.runs.owners import Owner
from oraclepack_mcp.runs.preparation import Preparation, Surroundings
from oraclepack_mcp.runs.recorder import Report, now_text
from oraclepack_mcp.runs.recovery import INTERRUPTED, mend_state
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.runs.store import Claim
from oraclepack_mcp.security.roots import Location, Roots

_CURSOR: Final = "runs"
_NEWEST: Final = 200
"""Runs whose changes are told."""
_MARGIN_S: Final = 5.0
"""Seconds beyond the grace time in which a run that is stopped has ended."""


def _unheard(_done: int, _total: int, _message: str) -> None:
    """Report to nobody."""


class RunService:
    """Executes packs and knows about all runs, those of other workers included. Thread-safe; calls may block."""

    def __init__(
        self, roots: Roots, workdir: Location, settings: ExecutionSettings, surroundings: Surroundings
    ) -> None:
        self._roots = roots
        self._settings = settings
        self._preparation = Preparation(roots, workdir, settings, surroundings)
        self._opening = threading.Lock()
        self._opened: Host | None = None
        self._is_closing = False
        self._hearers: builtins.list[Callable[[RunStatus], None]] = []

    def on_end(self, hear: Callable[[RunStatus], None]) -> None:
        """Have a function called with the status of each run of this process that ends, in the thread of the run."""
        self._hearers.append(hear)

    def start(
        self,
        options: RunOptions,
        principal: str,
        *,
        detach: bool = False,
        report: Report = _unheard,
        pack_sha256: str | None = None,
    ) -> RunModel:
        """Run a pack to its end, or, detached, begin to.

        `pack_sha256` is the hash of the pack that was confirmed. A run that fails is an answer, not an error.

        Raises:
            DomainError: RUN_BUSY; UNAVAILABLE, the server is shutting down; what `Preparation` refuses.
        """
        checked = self._preparation.check(options, pack_sha256)
        host = self._host()
        key = state_key(checked.files.state_location(checked.location))
        with ExitStack() as held:
            held.enter_context(_holding(host, key))
            prepared = self._preparation.complete(checked)
            run = new_run(new_run_id(), prepared)
            claim = Claim(checked.workspace.directory.id, key, principal, Owner.myself())
            host.store.claim(run, claim, self._settings.max_runs)
            execution = Execution(host, run, _unheard if detach else report, held.pop_all())
        if detach:
            threading.Thread(target=execution.run, args=(prepared,), name=f"run-{run.run_id}", daemon=True).start()
        else:
            execution.run(prepared)
        return host.store.get(run.run_id)

    def cancel(self, run_id: str, reason: str, principal: str) -> RunModel:
        """Ask a run to stop, wherever it runs, and wait until it has; one that has ended stays as it is.

        Raises:
            DomainError: RUN_NOT_FOUND.
        """
        self._require_records(run_id)
        host = self._host()
        if host.store.get(run_id).status not in FINAL_STATUSES:
            said = host.masker.text(f"{reason or 'no reason given'} (by {principal})")
            host.store.request_cancel(run_id, said)
            host.live.stop(run_id, said)
        return self.get(run_id, self._settings.grace_s + _MARGIN_S)

    def get(self, run_id: str, wait_s: float = 0) -> RunModel:
        """A run as it stands, after waiting up to `wait_s` seconds for its end.

        Raises:
            DomainError: RUN_NOT_FOUND.
        """
        self._require_records(run_id)
        host = self._host()
        host.live.wait_until(lambda: host.store.get(run_id).status in FINAL_STATUSES, wait_s)
        return host.store.get(run_id)

    def list(
        self, pack: str | None = None, status: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> RunList:
        """A page of runs, the newest first; `pack` is a path or an id.

        Raises:
            DomainError: CURSOR_INVALID; as `Roots.locate`.
        """
        before = decode_cursor(_CURSOR, cursor)
        pack_id = None if pack is None else self._roots.locate(pack).id
        if self._is_without_records():
            return RunList([], None)
        found = self._host().store.page(pack_id, status, before=before or None, limit=limit + 1)
        shown = found[:limit]
        more = encode_cursor(_CURSOR, shown[-1][0]) if len(found) > limit else None
        return RunList([_summary(run) for _, run in shown], more)

    def read_log(
        self, run_id: str, step_id: str, attempt: int | None = None, offset: int = 0, limit: int = 65_536
    ) -> LogSlice:
        """Part of what an attempt of a step wrote; None is the last attempt.

        Raises:
            DomainError: RUN_NOT_FOUND; NOT_FOUND, the run has no such step or attempt.
        """
        self._require_records(run_id)
        host = self._host()
        return read_step_log(host.records, host.store.get(run_id), step_id, attempt, offset, limit)

    def recover(self) -> "builtins.list[str]":
        """Mark the runs whose process is gone as interrupted, with the step that each was running; their ids.

        What such a run left to be done is done by a run of mode `resume`.
        """
        if self._is_without_records():
            return []
        host = self._host()
        abandoned = host.store.abandon(now_text(), INTERRUPTED)
        for one in abandoned:
            mend_state(self._roots, host.locks, one)
        return [one.run.run_id for one in abandoned]

    def shutdown(self, grace_s: float) -> None:
        """Stop all runs of this process, record it, and let go of everything; nothing can be started any more."""
        with self._opening:
            self._is_closing = True
            host, self._opened = self._opened, None
        if host is not None:
            host.live.stop_all("the server is shutting down")
            host.live.wait_until(host.live.is_idle, grace_s)
            host.guard.close()
            host.live.wait_until(host.live.is_idle, _MARGIN_S)
            host.store.close()

    def changes(self) -> dict[str, str]:
        """For each recent run, and the state of each pack of one, a text that changes when there is something new."""
        found: dict[str, str] = {}
        if self._is_without_records():
            return found
        for run_id, pack, version in self._host().store.versions(_NEWEST):
            found[f"run:{run_id}"] = str(version)
            found.setdefault(f"state:{pack}", f"{run_id}-{version}")
        return found

    def call_oracle(self, call: OracleCall, principal: str) -> OracleResult:
        """Ask the `oracle` program one question; no shell is involved.

        Raises:
            DomainError: EXEC_DISABLED, RUN_BUSY, TOOL_MISSING, TIMEOUT, CANCELLED; UNAVAILABLE, the program keeps
                failing; what files, flags and URLs are refused for.
        """
        caller = OracleCaller(self._roots, self._preparation, self._host())
        with self._preparation.surroundings.guard():
            return caller.call(call, principal)

    def run_argv(self, argv: "builtins.list[str]") -> tuple[int, str, str]:
        """Run a program that the operator names, without a shell: its exit code, all it said, and nothing.

        Raises:
            DomainError: EXEC_DISABLED, TOOL_MISSING, TIMEOUT.
        """
        return OracleCaller(self._roots, self._preparation, self._host()).run_argv(argv)

    @contextmanager
    def undisturbed(self, state: Location) -> Iterator[None]:
        """Keep runs away from a state file while it is changed from outside.

        Raises:
            DomainError: RUN_BUSY, a run holds it.
        """
        if self._is_without_records():
            yield
            return
        with _holding(self._host(), state_key(state)):
            yield

    def use_nonce(self, nonce: str, *, now: float, expires_at: float) -> bool:
        """Use the nonce of a plan token up, in all processes that share the records; False where it has been."""
        return self._host().store.use_nonce(nonce, now=now, expires_at=expires_at)

    def check(self) -> None:
        """See whether the records can be read; where there are none yet, nothing can be wrong with them.

        Raises:
            DomainError: UNAVAILABLE, the server is shutting down.
            sqlite3.Error: they cannot be read.
        """
        if not self._is_without_records():
            self._host().store.versions(1)

    def _tell(self, status: RunStatus) -> None:
        for hear in self._hearers:
            hear(status)

    def _is_without_records(self) -> bool:
        """Whether nothing was ever run; looking at runs leaves no trace then."""
        return self._opened is None and not self._settings.records().exists()

    def _require_records(self, run_id: str) -> None:
        if self._is_without_records():
            raise DomainError("RUN_NOT_FOUND", f"there is no run {run_id!r}")

    def _host(self) -> Host:
        """The records, opened when they are first needed: a server that never runs anything leaves no trace.

        Raises:
            DomainError: UNAVAILABLE, the server is shutting down.
        """
        with self._opening:
            if self._is_closing:
                raise DomainError("UNAVAILABLE", "the server is shutting down")
            if self._opened is None:
                self._opened = Host.open(self._settings, self._tell)
            return self._opened


@contextmanager
def _holding(host: Host, key: str) -> Iterator[None]:
    """Hold the lock of a state file; the refusal names the run that holds it, where there is one."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(host.locks, key))
        except DomainError as error:
            run_id = host.store.active(key)
            if run_id is None:
                raise
            raise DomainError(error.code, f"the pack is being run: {run_id}", {"run_id": run_id}) from None
        yield


def _summary(run: RunModel) -> RunSummary:
    return RunSummary(run.run_id, run.pack.id, run.status, run.started_at, run.ended_at, run.counts)
