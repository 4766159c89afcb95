"""A server as a child process that speaks over its standard input and output.

The child leads its own session and process group, so that what it starts ends with it: the end of input is followed
by SIGTERM and SIGKILL to the whole group (pages `basic/lifecycle`, "Shutdown", and `basic/transports`, "stdio").
The event loop's own subprocess transport is used because it alone closes our ends of the pipes when a descendant
that left the group holds the others open.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import anyio

from ..errors import TargetError
from .lines import Ending, Line, LineFramer

STDERR_BYTES: Final = 64 * 1024
_QUEUE_BYTES: Final = 1024 * 1024
"""Read ahead of the reader; beyond it the child has to wait."""
_LINGER_S: Final = 0.25
"""How long the pipes of an ended child may stay open before they are given up: a descendant holds them."""
_TERM_GRACE_S: Final = 2.0
_KILL_WAIT_S: Final = 10.0


class StdioChannel:
    """One running child; `stop` has to be called, and leaves no process behind however it ends."""

    def __init__(self, transport: asyncio.SubprocessTransport, child: "_Child") -> None:
        self._transport = transport
        self._child = child
        self._ending: Ending | None = None
        self.pid = transport.get_pid()

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        line_bytes: int = 4 * 1024 * 1024,
    ) -> "StdioChannel":
        """Start the command; `env` is added to our own environment.

        Raises:
            TargetError: if it cannot be started.
        """
        if not argv:
            raise TargetError("the target's command line is empty")
        loop = asyncio.get_running_loop()
        try:
            with anyio.CancelScope(shield=True):  # who gave up half-way would leave the child to nobody
                transport, child = await loop.subprocess_exec(
                    lambda: _Child(line_bytes),
                    *argv,
                    env={**os.environ, **(env or {})},
                    cwd=cwd,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            raise TargetError(_why_not(argv[0], cwd, error)) from error
        return cls(transport, child)

    @property
    def exit_code(self) -> int | None:
        """See `LineChannel.exit_code`."""
        return self._transport.get_returncode()

    @property
    def stderr(self) -> str:
        """See `LineChannel.stderr`."""
        return self._child.stderr.decode("utf-8", "replace")

    async def receive(self) -> Line | None:
        """See `LineChannel.receive`."""
        return await self._child.next_line()

    async def send(self, data: bytes) -> bool:
        """See `LineChannel.send`; waits while the child does not read."""
        stdin = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(0))
        if stdin is None or stdin.is_closing() or self._child.exited.is_set():
            return False
        stdin.write(data + b"\n")
        await self._child.writable()
        return not stdin.is_closing()

    async def stop(self, *, grace: float) -> Ending:
        """See `LineChannel.stop`; a second call returns how the first one ended."""
        if self._ending is not None:
            return self._ending
        begun = time.monotonic()
        needed = ""
        try:
            if not await self._ends_by(None, grace):
                needed = "SIGTERM"
                if not await self._ends_by(signal.SIGTERM, _TERM_GRACE_S):
                    needed = "SIGKILL"
        finally:
            with anyio.CancelScope(shield=True):
                await self._ends_by(signal.SIGKILL, _KILL_WAIT_S)
            self._child.give_up()
            self._transport.close()
        self._ending = Ending(not needed, self.exit_code, needed, time.monotonic() - begun)
        return self._ending

    async def _ends_by(self, number: signal.Signals | None, wait_s: float) -> bool:
        """Close the input, or send a signal to the group, and say whether the child ended in time."""
        if number is None:
            stdin = self._transport.get_pipe_transport(0)
            if stdin is not None:
                stdin.close()
        else:
            self._child.signal_group(number)
        with anyio.move_on_after(wait_s):
            await self._child.exited.wait()
        return self._child.exited.is_set()


class _Child(asyncio.SubprocessProtocol):
    """Takes what the child writes; queues are bounded, what is over the bound is left in the pipe."""

    def __init__(self, line_bytes: int) -> None:
        self.exited = anyio.Event()
        self.stderr = bytearray()
        self._framer = LineFramer(line_bytes)
        self._lines: deque[Line] = deque()
        self._queued = 0
        self._arrived = anyio.Event()
        self._drained = anyio.Event()
        self._drained.set()
        self._ended = False
        self._process: asyncio.SubprocessTransport | None = None
        self._paused = False
        self._swept = False

    async def next_line(self) -> Line | None:
        while not self._lines:
            if self._ended:
                with anyio.move_on_after(_LINGER_S):
                    await self.exited.wait()
                return None
            self._arrived = anyio.Event()
            await self._arrived.wait()
        line = self._lines.popleft()
        self._queued -= len(line.data) + 1
        self._throttle()
        return line

    async def writable(self) -> None:
        await self._drained.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._process = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.stderr += data
            del self.stderr[:-STDERR_BYTES]
            return
        self._queue(self._framer.feed(data))
        self._throttle()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        if fd == 1:
            self.give_up()
        elif fd == 0:
            self._drained.set()

    def process_exited(self) -> None:
        self.exited.set()
        self._drained.set()
        asyncio.get_running_loop().call_later(_LINGER_S, self._sweep)

    def pause_writing(self) -> None:
        if not self.exited.is_set():
            self._drained = anyio.Event()

    def resume_writing(self) -> None:
        self._drained.set()

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the child and all that it started; nothing once the group has been killed."""
        if self._process is None or self._swept:
            return
        self._swept = number == signal.SIGKILL
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.send_signal(number)
            else:
                os.killpg(self._process.get_pid(), number)

    def give_up(self) -> None:
        """Take it that nothing more comes."""
        if self._ended:
            return
        self._ended = True
        last = self._framer.finish()
        self._queue([last] if last is not None else [])
        self._arrived.set()

    def _sweep(self) -> None:
        """End what an ended child has left behind, before its group's number can belong to anybody else."""
        self.signal_group(signal.SIGKILL)
        self.give_up()

    def _throttle(self) -> None:
        """Leave in the pipe what goes over the bound of the queue."""
        over = self._queued >= _QUEUE_BYTES
        pipe = self._process.get_pipe_transport(1) if self._process is not None else None
        if over == self._paused or pipe is None or pipe.is_closing():
            return
        self._paused = over
        stdout = cast("asyncio.ReadTransport", pipe)
        if over:
            stdout.pause_reading()
        else:
            stdout.resume_reading()

    def _queue(self, lines: Sequence[Line]) -> None:
        self._lines.extend(lines)
        self._queued += sum(len(line.data) + 1 for line in lines)
        if lines:
            self._arrived.set()


def _why_not(command: str, cwd: str | None, error: Exception) -> str:
    if cwd is not None and not Path(cwd).is_dir():
        return f"the working directory {cwd} does not exist"
    if isinstance(error, FileNotFoundError):
        return f"the command {command} is not found; is it installed and on the PATH?"
    if isinstance(error, PermissionError):
        return f"the command {command} cannot be executed: permission denied"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"the command {command} cannot be started: {reason}"
