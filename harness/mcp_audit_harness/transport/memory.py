"""A server in our own process that speaks lines: for tests of what stands above the transports."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import anyio

from .lines import Ending, Line, LineFramer

ReceiveLine: TypeAlias = Callable[[], Awaitable[bytes | None]]
"""Returns the next line that the client sent, or None at the end of its input."""
SendLine: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Sends bytes to the client, with a newline after them."""
Serve: TypeAlias = Callable[[ReceiveLine, SendLine], Awaitable[int | None]]
"""A server: returns its exit code (None is 0) when it ends. What it raises is raised where it is stopped."""


@dataclass(frozen=True, slots=True)
class MemoryTarget:
    """A target that is a function."""

    serve: Serve
    label: str = "memory"


class MemoryChannel:
    """One running server function; see `LineChannel`."""

    def __init__(self, target: MemoryTarget, *, line_bytes: int = 4 * 1024 * 1024) -> None:
        self._framer = LineFramer(line_bytes)
        self._to_server: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._to_client: asyncio.Queue[Line | None] = asyncio.Queue()
        self._exit_code: int | None = None
        self._exited = anyio.Event()
        self._closed = False
        self._task = asyncio.create_task(self._run(target.serve))

    @property
    def exit_code(self) -> int | None:
        """See `LineChannel.exit_code`."""
        return self._exit_code

    @property
    def stderr(self) -> str:
        """See `LineChannel.stderr`: a function has none."""
        return ""

    async def receive(self) -> Line | None:
        """See `LineChannel.receive`."""
        line = await self._to_client.get()
        if line is None:
            self._to_client.put_nowait(None)
        return line

    async def send(self, data: bytes) -> bool:
        """See `LineChannel.send`."""
        if self._closed or self._exited.is_set():
            return False
        for line in data.split(b"\n"):
            self._to_server.put_nowait(line)
        return True

    async def stop(self, *, grace: float) -> Ending:
        """See `LineChannel.stop`; what the server raised is raised here."""
        begun = time.monotonic()
        if not self._closed:
            self._closed = True
            self._to_server.put_nowait(None)
        with anyio.move_on_after(grace):
            await self._exited.wait()
        exited = self._exited.is_set()
        self._task.cancel()
        with anyio.CancelScope(shield=True), contextlib.suppress(asyncio.CancelledError):
            await self._task
        return Ending(exited, self._exit_code, "" if exited else "SIGKILL", time.monotonic() - begun)

    async def _run(self, serve: Serve) -> None:
        code: int | None = -9
        try:
            code = await serve(self._to_server.get, self._accept)
        except BaseException as error:
            code = -9 if isinstance(error, asyncio.CancelledError) else 1
            raise
        finally:
            self._exit_code = code or 0
            self._exited.set()
            last = self._framer.finish()
            if last is not None:
                self._to_client.put_nowait(last)
            self._to_client.put_nowait(None)

    async def _accept(self, data: bytes) -> None:
        for line in self._framer.feed(data + b"\n"):
            self._to_client.put_nowait(line)
