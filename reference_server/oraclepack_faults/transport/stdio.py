"""Faults against the rules of the stdio transport."""

from oraclepack_faults.fault import LineStreams, LineWriter, wraps_stdio


@wraps_stdio("stdio/writes-noise-to-stdout", "transport")
def writes_noise_to_stdout(streams: LineStreams) -> LineStreams:
    """The server prints a line that is no message to stdout before each message."""
    return LineStreams(streams.stdin, _Noisy(streams.stdout))


class _Noisy:
    """Writes a log line before each line of the server."""

    def __init__(self, stdout: LineWriter) -> None:
        self._stdout = stdout

    async def write(self, text: str) -> None:
        await self._stdout.write(f"INFO about to write {len(text)} characters\n{text}")

    async def flush(self) -> None:
        await self._stdout.flush()
