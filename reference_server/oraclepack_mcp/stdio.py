"""The server over stdin and stdout."""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Final

import anyio
import anyio.to_thread
from mcp.shared.message import SessionMessage

from oraclepack_mcp.composition import compose
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.protocol.stdio_gate import LineReader, LineWriter, StdioGate
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.server.recording import LOCAL, RecordedCalls
from oraclepack_mcp.settings import Settings
from oraclepack_mcp.telemetry.calls import CallRecorder

_LINE_FEED: Final = b"\n"
_CHUNK: Final = 64 * 1024


class ProcessStreams:
    """The process's own stdin and stdout, taken away from everything else in it.

    Whatever else the process prints goes to stderr, and whatever else reads finds nothing, so that neither can disturb
    the conversation. Make one in a process.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._stdin, self._stdout = os.dup(0), os.dup(1)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    async def __aiter__(self) -> AsyncIterator[str]:
        """Lines, each with its line feed; of a line that is too long, just enough to see that it is."""
        buffer = bytearray()
        while chunk := await self._read():
            *ended, rest = chunk.split(_LINE_FEED)
            for part in ended:
                buffer += part
                yield _text(buffer)
                buffer.clear()
            buffer += rest[: max(self._max_bytes + 1 - len(buffer), 0)]
        if buffer:
            yield _text(buffer)

    async def write(self, text: str) -> None:
        """Write all of a text."""
        await anyio.to_thread.run_sync(self._write, text.encode("utf-8", "surrogateescape"))

    async def flush(self) -> None:
        """Nothing waits: `write` writes."""

    async def _read(self) -> bytes:
        """What there is, without a thread: one that waits for input would keep an interrupted process alive."""
        with contextlib.suppress(PermissionError):  # a regular file cannot be waited for, and need not be
            await anyio.wait_readable(self._stdin)
        return os.read(self._stdin, _CHUNK)

    def _write(self, raw: bytes) -> None:
        view = memoryview(raw)
        while view:
            view = view[os.write(self._stdout, view) :]


async def serve_stdio(
    settings: Settings,
    *,
    stdin: LineReader | None = None,
    stdout: LineWriter | None = None,
    domain: Domain | None = None,
) -> None:
    """Serve one connection until stdin ends; `domain` replaces that of the settings.

    Raises:
        OSError: a configured root is absent or no directory.
    """
    domain = domain or compose(settings)
    if settings.execution.policy != "off":
        domain.runs.recover()
    server = build_server(settings, domain=domain)
    server.middleware.append(RecordedCalls(CallRecorder.open(settings.telemetry), lambda: LOCAL))
    if stdin is None or stdout is None:
        process = ProcessStreams(settings.max_message_bytes)
        stdin, stdout = stdin or process, stdout or process
    gate = StdioGate(stdin, stdout, settings.max_message_bytes)
    to_server, server_reads = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    server_writes, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with server_reads, from_server, anyio.create_task_group() as tasks:
            tasks.start_soon(gate.read, to_server)
            tasks.start_soon(gate.write, from_server)
            await server.run(server_reads, server_writes, server.create_initialization_options())
    finally:
        domain.runs.shutdown(settings.shutdown_grace_s)


def _text(line: bytearray) -> str:
    return line.decode("utf-8", "surrogateescape") + "\n"
