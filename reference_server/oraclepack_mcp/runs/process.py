"""Running one program: in a session of its own, its output read as it comes, its end enforced on all its children."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs import reaper
from oraclepack_mcp.runs.guard import Guard
from oraclepack_mcp.security.roots import Location, walk

Cause: TypeAlias = Literal["exit", "timeout", "stop"]
Sink: TypeAlias = Callable[[bytes], None]
"""Takes output as it comes, from the thread that runs the program."""

MAX_CODE_BYTES: Final = 128 * 1024 - 1
"""Bytes of a script that fit one argument of a program."""

_TICK_S: Final = 0.05
_CHUNK: Final = 64 * 1024
_BASH: Final = "/bin/bash"
_DESCRIPTORS: Final = "/proc/self/fd"


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run in a directory; `mark` is the entry of its environment that tells its processes from others."""

    argv: tuple[bytes, ...]
    directory: Location
    environment: Mapping[str, str]
    mark: bytes
    limit_s: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended. `cause` says who ended it: itself, its limit, or a request to stop.

    `exit_code` is None where a signal ended it, `signal` its name. `left_behind` says that other processes of the
    program were still there when it had ended by itself; they are gone now too.
    """

    cause: Cause
    exit_code: int | None
    signal: str | None
    left_behind: bool


def shell_argv(code: bytes, *, login: bool, prefix: tuple[str, ...]) -> tuple[bytes, ...]:
    """The command that runs a script: the very bytes that were judged, as an argument, which is never an option.

    Raises:
        DomainError: TOO_LARGE or SYNTAX_INVALID, the code does not fit an argument.
    """
    if len(code) > MAX_CODE_BYTES:
        raise DomainError("TOO_LARGE", f"a script has {len(code)} bytes; at most {MAX_CODE_BYTES} can be run")
    if b"\0" in code:
        raise DomainError("SYNTAX_INVALID", "a script holds a NUL byte")
    options = (b"-lc",) if login else (b"--noprofile", b"--norc", b"-c")
    return (*map(os.fsencode, prefix), _BASH.encode(), *options, b"--", code)


class Launcher:
    """Runs programs, each guarded against the death of this server. Thread-safe."""

    def __init__(self, guard: Guard, grace_s: float) -> None:
        self._guard = guard
        self._grace_s = grace_s

    def run(self, command: Command, sink: Sink, stop: Callable[[], bool]) -> Ending:
        """Run a program to its end; when this returns, none of its processes is alive.

        `stop` is asked some twenty times a second. Programs that the command leaves behind get the grace time, too,
        to finish what they write to its output.

        Raises:
            DomainError: TOOL_MISSING, it cannot be started.
        """
        deadline = time.monotonic() + command.limit_s
        with self._guard.watching(command.mark) as watch, _started(command) as process:
            watch.leads(process.pid)
            output = _Output(process, sink)
            cause = _attend(process, output, deadline, stop)
            if cause == "exit":
                output.drain(min(self._grace_s, max(0.0, deadline - time.monotonic())), stop)
            left_behind = self._end_all(process.pid, command.mark, output)
            output.drain(self._grace_s, stop)
        code = process.returncode
        died = code is None or code < 0
        return Ending(
            cause=cause,
            exit_code=None if died else code,
            signal=_signal_name(-code) if code is not None and died else None,
            left_behind=left_behind and cause == "exit",
        )

    def _end_all(self, leader: int, mark: bytes, output: "_Output") -> bool:
        """Ask, wait, kill; whether there was anybody."""
        found = reaper.members(leader, mark)
        if not found:
            return False
        reaper.send(leader, found, signal.SIGTERM)
        deadline = time.monotonic() + self._grace_s
        while time.monotonic() < deadline and reaper.members(leader, mark):
            output.pump(_TICK_S)
        reaper.kill(leader, mark)
        return True


class _Output:
    """The output of a process, passed on as it comes."""

    def __init__(self, process: subprocess.Popen[bytes], sink: Sink) -> None:
        self._sink = sink
        self._descriptor = process.stdout.fileno() if process.stdout else -1
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)
        self._open = True

    def pump(self, wait_s: float) -> None:
        """Pass on one piece of output, waiting for it for a while."""
        if not self._open:
            time.sleep(min(wait_s, reaper.POLL_S))
        elif self._poll.poll(wait_s * 1000):
            chunk = os.read(self._descriptor, _CHUNK)
            self._open = bool(chunk)
            if chunk:
                self._sink(chunk)

    def drain(self, wait_s: float, stop: Callable[[], bool]) -> None:
        """Pass on output until its end, for a while."""
        deadline = time.monotonic() + wait_s
        while self._open and time.monotonic() < deadline and not stop():
            self.pump(_TICK_S)


def _attend(process: subprocess.Popen[bytes], output: _Output, deadline: float, stop: Callable[[], bool]) -> Cause:
    while True:
        output.pump(_TICK_S)
        if stop():
            return "stop"
        if _has_ended(process):
            return "exit"
        if time.monotonic() >= deadline:
            return "timeout"


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the leader has ended; it is not reaped yet, so that its number, the group's, is not given away."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@contextmanager
def _started(command: Command) -> Iterator[subprocess.Popen[bytes]]:
    with walk(command.directory.root, command.directory.parts) as descriptor:
        try:
            process = subprocess.Popen(  # noqa: S603 - running what was confirmed is what this is for; no shell adds to it
                command.argv,
                cwd=_directory(command.directory, descriptor),
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise DomainError("TOOL_MISSING", f"the program cannot be started: {error.strerror}") from None
    try:
        yield process
    finally:
        reaper.kill(process.pid, command.mark)
        if process.stdout:
            process.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(reaper.KILL_S)


def _directory(location: Location, descriptor: int) -> str | Path:
    """The open directory itself where the system can name it, so that nothing is looked up twice."""
    if Path(_DESCRIPTORS).exists():
        return f"{_DESCRIPTORS}/{descriptor}"
    return location.root.real_path.joinpath(*location.parts)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
