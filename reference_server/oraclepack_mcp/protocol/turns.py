"""Requests of one session whose ids read alike take turns.

`mcp` 2.3 keeps the open streams of a session by the text of the request id, so that of two requests with the ids 1 and
"1", or with one id used twice, only the later is ever answered.
"""

from collections.abc import Hashable
from typing import Any
from weakref import WeakValueDictionary

import anyio


class Turns:
    """A lock for each session and id text, which lives as long as somebody holds it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[Hashable, str], anyio.Lock] = WeakValueDictionary()

    def of(self, session: Hashable, message: dict[str, Any]) -> anyio.Lock:
        """The lock to hold while a message is served; what is no request waits for nobody."""
        if "method" not in message or "id" not in message:
            return anyio.Lock()
        return self._locks.setdefault((session, str(message["id"])), anyio.Lock())
