"""Several processes that serve one address.

The parent binds the address and starts the workers, which accept from the one socket. It serves nothing itself: it
starts anew what died, and passes on the word to stop. Requests without a session may go to any worker; those of a
session are forwarded to its owner (`forwarding`).
"""

import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream
from pydantic import SecretBytes, SecretStr

from oraclepack_mcp.http.listening import bind, url_of
from oraclepack_mcp.http.worker import READY, Order
from oraclepack_mcp.settings import Settings
from oraclepack_mcp.telemetry.metrics import DIRECTORY_VARIABLE

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 10.0
_STABLE_SECONDS: Final = 30.0
"""A worker that lived so long is started anew without a pause."""
_MARGIN_SECONDS: Final = 5.0
"""What a worker has beyond the grace before it is killed."""

_logger = logging.getLogger(__name__)


def serve_with_workers(settings: Settings, *, on_listening: Callable[[str], None] | None = None) -> None:
    """Serve with `settings.workers` processes until SIGINT or SIGTERM.

    `on_listening` is called with the URL once every worker accepts connections.

    Raises:
        OSError: the address cannot be bound, or a first worker could not serve; its text says why.
    """
    from oraclepack_mcp.telemetry.logs import configure  # noqa: PLC0415 - structlog is slow to load

    configure(settings.telemetry)
    directory = Path(tempfile.mkdtemp(prefix="oraclepack-"))
    try:
        with bind(settings) as listener:
            (directory / "metrics").mkdir(mode=0o700)
            failure = anyio.run(_Parent(settings, listener, directory, on_listening).run)
    finally:
        shutil.rmtree(directory)
    if failure:
        raise OSError(failure)


class _Parent:
    """The workers, and what they are told."""

    def __init__(
        self, settings: Settings, listener: socket.socket, directory: Path, on_listening: Callable[[str], None] | None
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._directory = directory
        self._on_listening = on_listening
        self._settings_of_workers = plain(_with_shared_key(settings))
        self._processes: dict[int, Process] = {}
        self._served: set[int] = set()
        self._stopping = anyio.Event()
        self._failure: str | None = None

    async def run(self) -> str | None:
        """Keep the workers alive until told to stop; gives the reason why one could not even begin."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._obey_signals, tasks.cancel_scope)
                tasks.start_soon(self._tell_to_stop)
                async with anyio.create_task_group() as keepers:
                    for number in range(self._settings.workers):
                        keepers.start_soon(self._keep, number)
                tasks.cancel_scope.cancel()
        finally:
            for process in self._processes.values():
                if process.returncode is None:
                    process.kill()
        return self._failure

    async def _obey_signals(self, scope: anyio.CancelScope) -> None:
        """The first signal asks to stop; a second one, or the end of patience, does not ask."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                if self._stopping.is_set():
                    scope.cancel()
                self._stopping.set()

    async def _tell_to_stop(self) -> None:
        await self._stopping.wait()
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
        await anyio.sleep(self._settings.shutdown_grace_s + _MARGIN_SECONDS)
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()

    async def _keep(self, number: int) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            began = anyio.current_time()
            process = await self._start(number)
            await self._hear(number, process)
            status = await process.wait()
            self._forget_metrics(process.pid)
            if self._stopping.is_set():
                return
            if len(self._served) < self._settings.workers and number not in self._served:
                self._failure = self._failure or f"worker {number} ended with status {status} before it could serve"
                self._stopping.set()
                return
            _logger.warning("worker ended", extra={"worker": number, "status": status, "worker_pid": process.pid})
            if anyio.current_time() - began > _STABLE_SECONDS:
                pause = _FIRST_PAUSE
            with anyio.move_on_after(pause):
                await self._stopping.wait()
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _start(self, number: int) -> Process:
        order: Order = {
            "settings": self._settings_of_workers,
            "number": number,
            "workers": self._settings.workers,
            "listener": self._listener.fileno(),
            "directory": str(self._directory),
        }
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", "oraclepack_mcp.http.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
            pass_fds=(self._listener.fileno(),),
            start_new_session=True,  # an interrupt at the terminal reaches the parent alone
            env={**os.environ, DIRECTORY_VARIABLE: str(self._directory / "metrics")},
        )
        self._processes[number] = process
        if process.stdin is not None:
            await process.stdin.send(json.dumps(order).encode() + b"\n")
        if self._stopping.is_set():
            process.terminate()
        return process

    async def _hear(self, number: int, process: Process) -> None:
        """Wait for what a worker says first; nothing, when it ends before."""
        if process.stdout is None:
            return
        said = ""
        async for text in TextReceiveStream(process.stdout):
            said += text
            if said.endswith("\n"):
                break
        if said.strip() == READY:
            self._served.add(number)
            if len(self._served) == self._settings.workers and self._on_listening:
                self._on_listening(url_of(self._listener, self._settings))
                self._on_listening = None
        elif said:
            self._failure = self._failure or said.strip()

    def _forget_metrics(self, pid: int) -> None:
        """What a dead worker had open is not open any more; what it counted still counts."""
        for left in (self._directory / "metrics").glob(f"gauge_live*_{pid}.db"):
            left.unlink()


def _with_shared_key(settings: Settings) -> Settings:
    """Settings whose key is the same for every worker: what one of them sealed, each of them can open."""
    if settings.request_state_key:
        return settings
    return settings.model_copy(update={"request_state_key": SecretStr(secrets.token_urlsafe(32))})


def plain(settings: Settings) -> dict[str, Any]:
    """Settings as JSON values, secrets as they are."""
    plain_settings: dict[str, Any] = json.loads(json.dumps(settings.model_dump(), default=_plain))
    return plain_settings


def _plain(value: object) -> Any:
    if isinstance(value, SecretStr | SecretBytes):
        revealed = value.get_secret_value()
        return revealed.decode() if isinstance(revealed, bytes) else revealed
    return sorted(value) if isinstance(value, frozenset | set) else str(value)
