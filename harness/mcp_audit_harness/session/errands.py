"""Tasks that run beside a conversation: answers to what the server asks while it answers."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_SETTLE_S = 2.0


class Errands:
    """Side tasks of one owner; what they raise is raised to the owner when they are settled."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, errand: Coroutine[Any, Any, Any]) -> None:
        """Run `errand` beside what goes on."""
        self._tasks.add(asyncio.create_task(errand))

    async def settle(self) -> None:
        """Let the errands finish, for a moment, then end them."""
        if not self._tasks:
            return
        tasks, self._tasks = self._tasks, set()
        try:
            await asyncio.wait(tasks, timeout=_SETTLE_S)
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()
