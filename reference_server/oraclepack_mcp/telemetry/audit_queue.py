"""Calls on their way to the audit log: those that end while it writes are written together, in one go.

Whoever brings a call waits until it is on file, so that no client hears of a call that is not; under load they share
one trip to the disk.
"""

from dataclasses import dataclass, field

import anyio
import anyio.to_thread

from oraclepack_mcp.telemetry.audit_log import AuditedCall, AuditLog


@dataclass(slots=True)
class _Batch:
    calls: list[AuditedCall]
    done: anyio.Event = field(default_factory=anyio.Event)
    error: OSError | None = field(default_factory=lambda: OSError("the audit log was not written"))


class AuditQueue:
    """Writes to one log from one event loop, in a thread."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log
        self._writing: anyio.Lock | None = None
        self._gathering: _Batch | None = None
        """The batch that goes next; the task that began it writes it."""

    async def write(self, call: AuditedCall) -> None:
        """Return once the call is on file.

        Raises:
            OSError: it cannot be written.
        """
        batch = self._gathering
        if batch is None:
            batch = self._gathering = _Batch([call])
            await self._hand_over(batch)
        else:
            batch.calls.append(call)
            await batch.done.wait()
        if batch.error is not None:
            raise batch.error

    async def _hand_over(self, batch: _Batch) -> None:
        self._writing = self._writing or anyio.Lock()
        try:
            async with self._writing:
                self._gathering = None
                await anyio.to_thread.run_sync(self._append, batch)
        finally:
            if self._gathering is batch:
                self._gathering = None
            batch.done.set()

    def _append(self, batch: _Batch) -> None:
        try:
            self._log.append(*batch.calls)
        except OSError as error:
            batch.error = error
        else:
            batch.error = None
