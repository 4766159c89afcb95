"""Faults of a server that keeps what it should give back: memory and files, for each call or each session."""

import itertools
import os
from typing import Any, Final

from oraclepack_faults.fault import PASS, Context, Reply, answers

_PER_CALL: Final = 32 * 1024
_PER_SESSION: Final = 128 * 1024
_MOST_FILES: Final = 700
"""Fewer than a process may hold, so that the server lives to be found out."""
_EVERY: Final = 8
"""One file is kept for so many calls."""


def _is(message: Any, method: str) -> bool:
    return isinstance(message, dict) and message.get("method") == method


def _keep(kept: list[bytes], size: int) -> Reply:
    kept.append(b"\1" * size)
    return PASS


_calls: Final[list[bytes]] = []
_sessions: Final[list[bytes]] = []
_files: Final[list[int]] = []
_numbers: Final = itertools.count(1)


@answers("churn/memory-per-call", "session")
def keeps_calls(message: Any, context: Context) -> Reply:
    """Every call of a tool is remembered for good."""
    return _keep(_calls, _PER_CALL) if _is(message, "tools/call") else PASS


@answers("churn/memory-per-session", "session")
def keeps_sessions(message: Any, context: Context) -> Reply:
    """Every session is remembered for good."""
    return _keep(_sessions, _PER_SESSION) if _is(message, "initialize") else PASS


@answers("churn/subscriptions-stay", "session")
def keeps_subscriptions(message: Any, context: Context) -> Reply:
    """Every subscription is remembered for good."""
    subscribes = _is(message, "subscriptions/listen") or _is(message, "resources/subscribe")
    return _keep(_sessions, _PER_SESSION) if subscribes else PASS


def _open_one_more(every: int) -> None:
    if next(_numbers) % every == 0 and len(_files) < _MOST_FILES:
        _files.append(os.open(os.devnull, os.O_RDONLY))


@answers("churn/handles-per-call", "session")
def forgets_to_close_after_calls(message: Any, context: Context) -> Reply:
    """A file is left open by every eighth call of a tool."""
    if _is(message, "tools/call"):
        _open_one_more(_EVERY)
    return PASS


@answers("churn/handles-per-session", "session")
def forgets_to_close_with_sessions(message: Any, context: Context) -> Reply:
    """A file is left open by every third session."""
    if _is(message, "initialize"):
        _open_one_more(3)
    return PASS
