"""An HTTP answer that stays open while other requests go on."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio

from ..model import Outcome
from .reading import HttpAnswer, Reading


class HttpStream:
    """An open answer, read by a task of its own: a deadline of a reader must not end the connection."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._opened = asyncio.Event()
        self._news = asyncio.Event()
        self._end: tuple[Outcome, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._since = time.perf_counter()

    @property
    def over(self) -> bool:
        """Whether nothing more can arrive."""
        return self._end is not None

    async def start(self, pump: Coroutine[Any, Any, None], timeout: float) -> None:
        """Run `pump`, which reports here, and wait until it has something to show."""
        self._task = asyncio.create_task(pump)
        self._task.add_done_callback(lambda _: self._opened.set())
        try:
            with anyio.move_on_after(timeout):
                await self._opened.wait()
        finally:
            if not self._opened.is_set():
                self._task.cancel()
        if not self._opened.is_set():
            self._end = self.reading.timed_out(timeout)
            await self.aclose()
        elif self._task.done():
            self._task.result()

    def opened(self) -> None:
        """Report that the header of an event stream has arrived."""
        self._opened.set()

    def arrived(self) -> None:
        """Report that bytes have arrived."""
        self._news.set()

    def ended(self, end: tuple[Outcome, str]) -> None:
        """Report that nothing more will come."""
        self._end = end
        self._news.set()

    async def wait(self, satisfied: Callable[[], bool], timeout: float) -> bool:
        """Wait until `satisfied`, or the end of the stream, or `timeout`; return whether it is satisfied."""
        with anyio.move_on_after(timeout):
            while not satisfied() and not self.over:
                self._news.clear()
                await self._news.wait()
        return satisfied()

    def answer(self, *, drain: bool = False) -> HttpAnswer:
        """Return what has arrived since the last time it was drained."""
        end = self._end or (Outcome.ANSWERED, "stream still open")
        answer = self.reading.answer(end, time.perf_counter() - self._since)
        if drain:
            self.reading.drain()
            self._since = time.perf_counter()
        return answer

    async def aclose(self) -> None:
        """Close the connection."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
