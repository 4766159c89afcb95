"""Keeping the reaper informed, so that no script outlives a server that was killed."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from oraclepack_mcp.runs import reaper

_CLOSE_S: Final = 5.0


class Guard:
    """The one reaper of this server, started for the first script; knows which scripts are running. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[bytes, int] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def watching(self, mark: bytes) -> Iterator["Watch"]:
        """Have the processes with a mark killed should this server die; told before the first of them exists."""
        self._tell(b"+", mark, 0)
        try:
            yield Watch(self, mark)
        finally:
            self._tell(b"-", mark, 0)

    def close(self) -> None:
        """Let the reaper go; scripts that are still watched are killed by it."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                _end(process)

    def _tell(self, sign: bytes, mark: bytes, leader: int) -> None:
        with self._lock:
            if sign == b"+":
                self._watched[mark] = leader
            else:
                self._watched.pop(mark, None)
            line = b"%s %d %s\n" % (sign, leader, mark)
            if self._process is None or not _write(self._process, line):
                self._restart()

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
        self._guard._tell(b"+", self._mark, leader)  # noqa: SLF001 - the two classes are one thing to the outside


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
