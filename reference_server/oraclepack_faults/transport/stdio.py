"""Faults against the rules of the stdio transport."""

import json
from collections.abc import AsyncIterator, Callable

import anyio

from oraclepack_faults.fault import (
    Context,
    Json,
    LineReader,
    LineStreams,
    LineWriter,
    Rewritten,
    rewrites,
    wraps_stdio,
)

_LARGE = 900_000
_SEPARATORS = ("\u2028", "\u2029", "\u0085")


class Reader:
    """A reader made of a generator over the lines of another one."""

    def __init__(self, stdin: LineReader, read: Callable[[LineReader], AsyncIterator[str]]) -> None:
        self._stdin = stdin
        self._read = read

    def __aiter__(self) -> AsyncIterator[str]:
        return self._read(self._stdin)


def ending_at(streams: LineStreams, is_deadly: Callable[[str], bool]) -> LineStreams:
    """Return streams whose input ends, as the process then does, with the first deadly line."""

    async def until_deadly(stdin: LineReader) -> AsyncIterator[str]:
        async for line in stdin:
            if is_deadly(line):
                return
            yield line

    return LineStreams(Reader(streams.stdin, until_deadly), streams.stdout)


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


@rewrites("stdio/message-over-several-lines", "transport")
def indents_messages(message: Json, context: Context) -> Rewritten:
    """Responses whose id has a line break are written over several lines."""
    has_break = "\n" in str(message.get("id")) and context.transport == "stdio"
    return json.dumps(message, indent=2).encode() if has_break else message


@wraps_stdio("stdio/splits-at-unicode-separators", "transport")
def splits_at_separators(streams: LineStreams) -> LineStreams:
    """A line ends at U+2028, U+2029 and U+0085, too."""

    async def split(stdin: LineReader) -> AsyncIterator[str]:
        async for line in stdin:
            for separator in _SEPARATORS:
                line = line.replace(separator, "\n")  # noqa: PLW2901 - one line becomes several
            for part in line.removesuffix("\n").split("\n"):
                yield part + "\n"

    return LineStreams(Reader(streams.stdin, split), streams.stdout)


@wraps_stdio("stdio/dies-on-malformed-line", "transport")
def dies_on_malformed_line(streams: LineStreams) -> LineStreams:
    """The process ends with the first line that is no JSON."""
    return ending_at(streams, _is_malformed)


def _is_malformed(line: str) -> bool:
    try:
        json.loads(line, parse_int=str)
    except RecursionError:
        return False
    except ValueError:
        return bool(line.strip())
    return False


@wraps_stdio("stdio/dies-on-empty-line", "transport")
def dies_on_empty_line(streams: LineStreams) -> LineStreams:
    """The process ends with the first empty line."""
    return ending_at(streams, lambda line: not line.strip())


@wraps_stdio("stdio/dies-on-invalid-utf-8", "transport")
def dies_on_invalid_utf_8(streams: LineStreams) -> LineStreams:
    """The process ends with the first line that is no UTF-8."""
    return ending_at(streams, lambda line: any("\udc80" <= letter <= "\udcff" for letter in line))


@wraps_stdio("stdio/dies-on-large-message", "transport")
def dies_on_large_message(streams: LineStreams) -> LineStreams:
    """The process ends with the first line of almost a megabyte."""
    return ending_at(streams, lambda line: len(line) > _LARGE)


@wraps_stdio("stdio/outlives-its-input", "transport")
def outlives_its_input(streams: LineStreams) -> LineStreams:
    """The process waits for ever after the end of its input."""

    async def never_ending(stdin: LineReader) -> AsyncIterator[str]:
        async for line in stdin:
            yield line
        await anyio.sleep_forever()

    return LineStreams(Reader(streams.stdin, never_ending), streams.stdout)
