"""A fault of servers that keep one log level for all."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Fault, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import params_of

_NAME = "logging/shares-level"
_silent: set[str] = set()
"""Holds a word while somebody wants emergencies only."""


@answers(_NAME, "session")
def _keeps_one_level(message: Any, context: Context) -> Reply:
    """The last level that any session asked for is the level of all."""
    if isinstance(message, dict) and message.get("method") == "logging/setLevel" and context.era != "stateless":
        _silent.clear()
        _silent.update({"all"} if params_of(message).get("level") == "emergency" else ())
    return PASS


@rewrites(_NAME, "session")
def _silences_all(message: Json, context: Context) -> Rewritten:
    """While one session wants emergencies only, nobody hears anything else."""
    is_log = message.get("method") == "notifications/message" and context.era != "stateless"
    return None if is_log and _silent else message


shares_level: Fault = both(_keeps_one_level, _silences_all)
