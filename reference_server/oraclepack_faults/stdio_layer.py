"""Faults on stdio: a filter on the lines in and out, inside whatever wrappers the faults put around the streams."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import anyio

from oraclepack_faults.fault import DROP, Answer, Fault, Forward, LineReader, LineStreams, LineWriter
from oraclepack_faults.messages import Conversation, MessageFaults, decode, encode, encode_all, is_message

Serve: TypeAlias = Callable[[LineReader, LineWriter], Awaitable[None]]
"""Runs the clean server on substituted streams until its stdin ends."""

_KEEP_BYTES: Final = "surrogateescape"


async def serve_lines(serve: Serve, faults: Sequence[Fault], streams: LineStreams) -> None:
    """Run the clean server on the streams with the faults between; the later a fault, the further out its wrapper."""
    outer = streams
    for fault in reversed(faults):
        if fault.stdio is not None:
            outer = fault.stdio(outer)
    messages = MessageFaults(faults)
    conversation = Conversation("stdio")
    stdout = _OneAtATime(outer.stdout)
    await serve(
        _FilteredReader(outer.stdin, stdout, messages, conversation), _FilteredWriter(stdout, messages, conversation)
    )


class _OneAtATime:
    """A writer that several tasks share; each line is written and flushed whole."""

    def __init__(self, stdout: LineWriter) -> None:
        self._stdout = stdout
        self._lock = anyio.Lock()

    async def send(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        async with self._lock:
            for line in lines:
                await self._stdout.write(line.decode("utf-8", _KEEP_BYTES) + "\n")
            await self._stdout.flush()


class _FilteredReader:
    """The lines that the clean server gets to see."""

    def __init__(
        self, stdin: LineReader, stdout: _OneAtATime, faults: MessageFaults, conversation: Conversation
    ) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._faults = faults
        self._conversation = conversation

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[str]:
        async for line in self._stdin:
            message = decode(line.encode("utf-8", _KEEP_BYTES).strip())
            verdict = self._faults.incoming(message, self._conversation.hear(message, {}))
            if isinstance(verdict, Answer):
                if verdict.payload is not None:
                    await self._stdout.send([encode(verdict.payload)])
            elif isinstance(verdict, Forward):
                yield encode(verdict.message).decode("utf-8", _KEEP_BYTES) + "\n"
            elif verdict is not DROP:
                yield line


class _FilteredWriter:
    """Takes what the clean server writes, in pieces of any size, and sends on what the faults make of each line."""

    def __init__(self, stdout: _OneAtATime, faults: MessageFaults, conversation: Conversation) -> None:
        self._stdout = stdout
        self._faults = faults
        self._conversation = conversation
        self._pending = ""

    async def write(self, text: str) -> int:
        """Take text; whole lines are sent at once."""
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            await self._stdout.send(self._rewritten(line.encode("utf-8", _KEEP_BYTES)))
        return len(text)

    async def flush(self) -> None:
        """Do nothing: whole lines are flushed as they are written."""

    def _rewritten(self, line: bytes) -> list[bytes]:
        value = decode(line)
        members = value if isinstance(value, list) else [value]
        if not all(is_message(member) for member in members):
            return [line]
        made = [
            item
            for member in members
            for item in self._faults.outgoing(member, self._conversation.answer(member, None, {})).messages
        ]
        if [encode(item) for item in made] == [encode(member) for member in members]:
            return [line]
        if isinstance(value, list):
            return [encode_all(made)] if made else []
        return [encode(item) for item in made]
