"""The client that the harness plays: what it answers when a server asks.

A server asks more of a client that can do more; so this one declares every client feature and answers with canned
replies that change nothing. Sources: the pages `client/roots`, `client/sampling` and `client/elicitation` of the
handshake revisions.
"""

import itertools
from collections.abc import Mapping
from typing import Final

from ..model import JsonObject
from ..probe import Answers

_ROOT: Final = {"uri": "file:///tmp/mcp-audit", "name": "mcp-audit"}
_SAMPLE: Final = {
    "role": "assistant",
    "content": {"type": "text", "text": "A short canned answer."},
    "model": "mcp-audit-canned",
    "stopReason": "endTurn",
}
_RESULTS: Final[Mapping[str, JsonObject]] = {
    "ping": {},
    "roots/list": {"roots": [_ROOT]},
    "sampling/createMessage": _SAMPLE,
    "elicitation/create": {"action": "decline"},
}


class Ids:
    """Request ids of one conversation: 1, 2, 3 …, so that the same run sends the same bytes."""

    def __init__(self, first: int = 1) -> None:
        self._numbers = itertools.count(first)

    def next(self) -> int:
        """Return the next id."""
        return next(self._numbers)


def answer(request: JsonObject, answers: Answers | None = None) -> JsonObject | None:
    """Return the JSON-RPC response to a request of the server, as `answers` wills; None to leave it unanswered.

    Without `answers`: a canned reply, or -32601 for a method that no client serves.
    """
    method = request.get("method")
    if str(method).startswith("notifications/"):
        return None  # a notification, though it has an id
    reply: JsonObject = {"jsonrpc": "2.0", "id": request.get("id")}
    if answers is not None:
        chosen = answers(request)
        if chosen is None:
            return None
        return {**reply, **chosen} if set(chosen) == {"error"} else {**reply, "result": chosen}
    if isinstance(method, str) and method in _RESULTS:
        return {**reply, "result": dict(_RESULTS[method])}
    return {**reply, "error": {"code": -32601, "message": "Method not found"}}
