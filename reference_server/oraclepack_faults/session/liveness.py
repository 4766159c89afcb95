"""A server that lets itself be talked to death."""

from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Reply, answers

_SHORT = 1000
"""Bytes; what is longer than a slip of the pen is another fault's business."""


@answers("robustness/stops-answering", "session")
def stops_answering(message: Any, context: Context) -> Reply:
    """After the first short body without a session that cannot be decoded, nobody can discover the server any more."""
    if isinstance(message, bytes) and len(message) < _SHORT:
        context.session["poisoned"] = True
    discovers = isinstance(message, dict) and message.get("method") == "server/discover"
    return Answer(None, status=503) if discovers and context.session.get("poisoned") else PASS
