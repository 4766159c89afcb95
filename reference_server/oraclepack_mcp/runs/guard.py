"""Keeping the reaper informed, so that no script outlives a server that was killed."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs import reaper

_CLOSE_S: Final = 5.0


class Guard:
    """The one reaper of this server, started for the first script; knows which scripts are running. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[bytes, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    @contextmanager
    def watching(self, mark: bytes) -> Iterator["Watch"]:
        """Have the processes with a mark killed should this server die; told before the first of them exists.

        Raises:
            DomainError: UNAVAILABLE, the guard has been closed.
        """
        self._add(mark, 0)
        try:
            yield Watch(self, mark)
        finally:
            self._remove(mark)

    def close(self) -> None:
        """Let the reaper go, for good; scripts that are still watched are killed by it."""
        with self._lock:
            process, self._process = self._process, None
            self._is_closed = True
            if process is not None:
                _end(process)

    def _add(self, mark: bytes, leader: int) -> None:
        with self._lock:
            if self._is_closed:
                raise DomainError("UNAVAILABLE", "the server is shutting down")
            self._watched[mark] = leader
            if self._process is None or not _write(self._process, b"+ %d %s\n" % (leader, mark)):
                self._restart()

    def _remove(self, mark: bytes) -> None:
        with self._lock:
            self._watched.pop(mark, None)
            if self._process is not None:
                _write(self._process, b"- 0 %s\n" % mark)

    def _restart(self) -> None:
        if self._process is not None:
            _end(self._process)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-I", "-S", reaper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
        _write(self._process, b"".join(b"+ %d %s\n" % (leader, mark) for mark, leader in self._watched.items()))


class Watch:
    """One script under guard."""

    def __init__(self, guard: Guard, mark: bytes) -> None:
        self._guard = guard
        self._mark = mark

    def leads(self, leader: int) -> None:
        """Tell which process leads the session and the group of the script."""
        self._guard._add(self._mark, leader)  # noqa: SLF001 - the two classes are one thing to the outside


def _write(process: subprocess.Popen[bytes], line: bytes) -> bool:
    if process.stdin is None or process.poll() is not None:
        return False
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except BrokenPipeError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(_CLOSE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
