"""Processes of a target that outlive it: daemons that have left its process group are found and ended.

Two ways, because a target may undo either of them. Whatever a child starts inherits its environment, in which a
random mark stands. And on Linux a process can ask to become the parent of orphans among its
descendants (PR_SET_CHILD_SUBREAPER, prctl(2)); that is for a program of our own only, not for whoever imports us, who
may have orphans of their own.
"""

import ctypes
import os
import sys

import psutil

MARK = "MCP_AUDIT_RUN"
"""The variable that holds the mark."""
_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 5
_WAIT_S = 1.0

_before: frozenset[int] | None = None
"""The children that this process had when it began to adopt orphans; None while it does not."""


def adopt_orphans() -> None:
    """Become the parent of every orphaned descendant, where the system can do that."""
    global _before  # noqa: PLW0603 - as the setting itself, it holds for the whole process
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0:
        _before = frozenset(child.pid for child in psutil.Process().children())


def end_strays(mark: str) -> int:
    """Kill what a target with that mark has left behind, once it has ended; returns how many processes that were."""
    ended = 0
    for _ in range(_ROUNDS):
        strays = {process.pid: process for process in (*_marked(mark), *_adopted())}
        if not strays:
            break
        for process in strays.values():
            try:
                process.kill()
                ended += 1
            except psutil.Error:
                continue
        psutil.wait_procs([*strays.values()], timeout=_WAIT_S)
    return ended


def _marked(mark: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _shows(process, mark)]


def _shows(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError, UnicodeError):
        return False


def _adopted() -> list[psutil.Process]:
    if _before is None:
        return []
    return [child for child in psutil.Process().children() if child.pid not in _before]
