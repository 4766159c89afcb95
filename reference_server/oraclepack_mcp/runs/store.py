"""The record of all runs, in one SQLite file that several server processes share.

What decides who may run is one transaction, so that two processes never both find room. Runs of processes that have
died hold no room.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import RunModel
from oraclepack_mcp.runs.owners import Owner

_MODE: Final = 0o700
_BUSY_S: Final = 30.0
_ACTIVE: Final = "status IN ('queued', 'running')"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    pack TEXT NOT NULL,
    workdir TEXT NOT NULL,
    state_key TEXT NOT NULL,
    status TEXT NOT NULL,
    principal TEXT NOT NULL,
    owner_pid INTEGER NOT NULL,
    owner_born TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    cancel_reason TEXT,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS runs_by_pack ON runs (pack, number);
CREATE INDEX IF NOT EXISTS runs_by_status ON runs (status, number);
CREATE TABLE IF NOT EXISTS used_nonces (nonce TEXT PRIMARY KEY, expires_at REAL NOT NULL);
"""
_RECORD: Final = TypeAdapter(RunModel)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run takes up: `state_key` names the state file, of which there is one writer at a time."""

    workdir: str
    state_key: str
    principal: str
    owner: Owner


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A run whose process is gone, and the directory that it ran in."""

    run: RunModel
    workdir: str


class RunStore:
    """Runs, requests to cancel them, and plan tokens that were used. Thread-safe, and safe between processes."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=_MODE, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            directory / "runs.sqlite3", timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        with self._lock:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def claim(self, run: RunModel, claim: Claim, max_runs: int) -> None:
        """Record a run that is about to start, if there is room.

        Raises:
            DomainError: RUN_BUSY, the pack is running, or as many runs as may be are.
        """
        with self._changing() as connection:
            rows = connection.execute(
                f"SELECT run_id, state_key, owner_pid, owner_born FROM runs WHERE {_ACTIVE}"  # noqa: S608 - a constant
            ).fetchall()
            living = [(run_id, key) for run_id, key, pid, born in rows if Owner(pid, born).is_alive()]
            same = next((run_id for run_id, key in living if key == claim.state_key), None)
            if same is not None:
                raise DomainError("RUN_BUSY", f"the pack is being run: {same}", {"run_id": same, "limit": "pack"})
            if len(living) >= max_runs:
                raise DomainError("RUN_BUSY", f"{max_runs} packs are being run; no more may be", {"limit": "server"})
            connection.execute(
                "INSERT INTO runs (run_id, pack, workdir, state_key, status, principal, owner_pid, owner_born, record)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    run.run_id,
                    run.pack.id,
                    claim.workdir,
                    claim.state_key,
                    run.status,
                    claim.principal,
                    claim.owner.pid,
                    claim.owner.born,
                    _text(run),
                ),
            )

    def save(self, run: RunModel) -> None:
        """Replace the record of a run."""
        with self._changing() as connection:
            _save(connection, run)

    def get(self, run_id: str) -> RunModel:
        """The run of an id.

        Raises:
            DomainError: RUN_NOT_FOUND.
        """
        rows = self._rows("SELECT record FROM runs WHERE run_id = ?", run_id)
        if not rows:
            raise DomainError("RUN_NOT_FOUND", "there is no run of that id")
        return _RECORD.validate_json(rows[0][0])

    def page(
        self, pack: str | None, status: str | None, *, before: int | None, limit: int
    ) -> list[tuple[int, RunModel]]:
        """Up to `limit` runs with their numbers, the newest first, from those with numbers below `before`."""
        rows = self._rows(
            "SELECT number, record FROM runs WHERE (?1 IS NULL OR pack = ?1) AND (?2 IS NULL OR status = ?2)"
            " AND (?3 IS NULL OR number < ?3) ORDER BY number DESC LIMIT ?4",
            pack,
            status,
            before,
            limit,
        )
        return [(number, _RECORD.validate_json(record)) for number, record in rows]

    def active(self, state_key: str) -> str | None:
        """The run that a state file is being written by, as far as the records know."""
        rows = self._rows(f"SELECT run_id FROM runs WHERE state_key = ? AND {_ACTIVE}", state_key)  # noqa: S608 - a constant
        run_id: str | None = rows[0][0] if rows else None
        return run_id

    def versions(self, newest: int) -> list[tuple[str, str, int]]:
        """Id, pack and version of the newest runs; the version grows with each change of the record."""
        rows = self._rows("SELECT run_id, pack, version FROM runs ORDER BY number DESC LIMIT ?", newest)
        return [(run_id, pack, version) for run_id, pack, version in rows]

    def request_cancel(self, run_id: str, reason: str) -> None:
        """Ask the process that runs it to stop a run; the first reason stays."""
        with self._changing() as connection:
            connection.execute(
                f"UPDATE runs SET cancel_reason = coalesce(cancel_reason, ?) WHERE run_id = ? AND {_ACTIVE}",  # noqa: S608 - a constant
                (reason, run_id),
            )

    def cancel_reason(self, run_id: str) -> str | None:
        """Why a run has been asked to stop, None where it has not."""
        rows = self._rows("SELECT cancel_reason FROM runs WHERE run_id = ?", run_id)
        reason: str | None = rows[0][0] if rows else None
        return reason

    def abandon(self, ended_at: str, reason: str) -> list[Abandoned]:
        """Mark the runs whose process is gone as interrupted; each is given to one caller only."""
        found: list[Abandoned] = []
        with self._changing() as connection:
            rows = connection.execute(
                f"SELECT record, workdir, owner_pid, owner_born FROM runs WHERE {_ACTIVE} ORDER BY number"  # noqa: S608 - a constant
            ).fetchall()
            for record, workdir, pid, born in rows:
                if not Owner(pid, born).is_alive():
                    run = _interrupted(_RECORD.validate_json(record), ended_at, reason)
                    _save(connection, run)
                    found.append(Abandoned(run, workdir))
        return found

    def forget(self, keep: int) -> list[str]:
        """Delete the runs that have ended, except the `keep` newest of all; the ids of those that went."""
        with self._changing() as connection:
            rows = connection.execute(
                f"DELETE FROM runs WHERE NOT ({_ACTIVE}) AND number NOT IN"  # noqa: S608 - a constant
                " (SELECT number FROM runs ORDER BY number DESC LIMIT ?) RETURNING run_id",
                (keep,),
            ).fetchall()
        return [run_id for (run_id,) in rows]

    def use_nonce(self, nonce: str, *, now: float, expires_at: float) -> bool:
        """Use a nonce up; False where it has been used before. Those that have expired are forgotten."""
        with self._changing() as connection:
            connection.execute("DELETE FROM used_nonces WHERE expires_at < ?", (now,))
            done = connection.execute("INSERT OR IGNORE INTO used_nonces VALUES (?, ?)", (nonce, expires_at))
            return done.rowcount == 1

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _save(connection: sqlite3.Connection, run: RunModel) -> None:
    connection.execute(
        "UPDATE runs SET status = ?, record = ?, version = version + 1 WHERE run_id = ?",
        (run.status, _text(run), run.run_id),
    )


def _text(run: RunModel) -> str:
    return _RECORD.dump_json(run).decode()


def _interrupted(run: RunModel, ended_at: str, reason: str) -> RunModel:
    steps = [
        replace(step, status="failed", ended_at=ended_at, error=reason) if step.status == "running" else step
        for step in run.steps
    ]
    broken = sum(step.status == "running" for step in run.steps if step.id in run.selected)
    counts = replace(run.counts, running=run.counts.running - broken, failed=run.counts.failed + broken)
    return replace(
        run, status="interrupted", steps=steps, counts=counts, current_step=None, ended_at=ended_at, exit_reason=reason
    )
