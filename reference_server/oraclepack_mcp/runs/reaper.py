"""Finding and ending every process of a script; as a program it does so for a server that was killed.

A script is known by the process that it started as, the leader of its own session and group, and by its mark: one entry
of the environment, which children inherit even when they leave the session. This module stands alone on the standard
library, because the program runs isolated from site packages, so that it starts quickly whatever is installed.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

KILL_S: Final = 2.0
"""Seconds after which processes that outlive SIGKILL, as in a hanging file system, are given up."""

_PROC: Final = Path("/proc")
_HAS_TABLE: Final = _PROC.joinpath("self", "stat").exists()
POLL_S: Final = 0.01
"""Seconds between two looks at processes that are about to end."""


class _Process(NamedTuple):
    state: bytes
    parent: int
    group: int
    session: int


def members(leader: int, mark: bytes) -> set[int]:
    """The living processes of a script: of its session or group, with its mark, and all their descendants.

    Where the system shows no table of processes, the leader stands for its whole group.
    """
    if not _HAS_TABLE:
        return {leader} if leader and _group_lives(leader) else set()
    table = _table()
    found = {pid for pid, process in table.items() if _belongs(pid, process, leader, mark)}
    grown = True
    while grown:
        below = {pid for pid, process in table.items() if process.parent in found}
        grown = not below <= found
        found |= below
    return {pid for pid in found if table[pid].state not in b"ZX"} - {os.getpid()}


def send(leader: int, pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to the group of a script, which misses nobody who is just being born, and to each process."""
    with suppress(ProcessLookupError, PermissionError):
        if leader:
            os.killpg(leader, number)
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def kill(leader: int, mark: bytes) -> bool:
    """Kill the processes of a script until none is left; False where some did not go in time."""
    deadline = time.monotonic() + KILL_S
    while found := members(leader, mark):
        send(leader, found, signal.SIGKILL)
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def main() -> None:
    """Read `+ LEADER MARK` and `- LEADER MARK` lines; at the end of the input, kill what has not been taken back."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[bytes, int] = {}
    for line in sys.stdin.buffer:
        sign, leader, mark = line.split()
        if sign == b"+":
            watched[mark] = int(leader)
        else:
            watched.pop(mark, None)
    for mark, known_leader in watched.items():
        kill(known_leader, mark)


def _belongs(pid: int, process: _Process, leader: int, mark: bytes) -> bool:
    if leader and leader in {pid, process.group, process.session}:
        return True
    try:
        return mark in _PROC.joinpath(str(pid), "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _table() -> dict[int, _Process]:
    found: dict[int, _Process] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                # The name of a program may hold anything, also blanks and parentheses; the last one closes it.
                fields = entry.joinpath("stat").read_bytes().rpartition(b")")[2].split()
                found[int(entry.name)] = _Process(fields[0], int(fields[1]), int(fields[2]), int(fields[3]))
    return found


def _group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
