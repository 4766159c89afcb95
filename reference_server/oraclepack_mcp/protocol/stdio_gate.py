"""JSON-RPC over lines: the transport between two line streams and the SDK's message streams.

It replaces the SDK's stdio transport, which drops the lines that it cannot read; here each of them is answered. It also
receives batches where the negotiated revision has them, and lets requests finish after the client has closed its end.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import INVALID_REQUEST, JSONRPCError, JSONRPCResponse, jsonrpc_message_adapter

from oraclepack_mcp.protocol.strict import (
    BATCH_REVISION,
    Json,
    Kind,
    RefusedError,
    RequestId,
    batch_members,
    classify,
    decode,
    envelope_revision,
    negotiated,
)

FINISH_SECONDS: Final = 5.0
"""Seconds for requests to finish once the client has closed its end."""

ToServer: TypeAlias = MemoryObjectSendStream[SessionMessage | Exception]
FromServer: TypeAlias = MemoryObjectReceiveStream[SessionMessage]


class LineReader(Protocol):
    """Lines from the client, each with its line feed; bytes that are no UTF-8 are surrogate escapes."""

    def __aiter__(self) -> AsyncIterator[str]: ...


class LineWriter(Protocol):
    """Text to the client; each message is written as one line, and flushed."""

    async def write(self, text: str, /) -> object:
        """Take a line."""

    async def flush(self) -> object:
        """Hand on what was written."""


@dataclass(slots=True)
class _Batch:
    """A batch whose responses are collected until none is open."""

    open: int
    answers: list[Json] = field(default_factory=list)


class StdioGate:
    """One connection; `read` and `write` are the two tasks that serve it.

    `metadata` goes with each message to the server: where lines are not what carries them, it says what does.
    """

    def __init__(
        self, stdin: LineReader, stdout: LineWriter, max_bytes: int, metadata: ServerMessageMetadata | None = None
    ) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._max_bytes = max_bytes
        self._metadata = metadata
        self._writing = anyio.Lock()
        self._revision: str | None = None
        self._unanswered: dict[RequestId, list[_Batch | None]] = {}
        self._settled = anyio.Event()

    async def read(self, server: ToServer) -> None:
        """Hand each message from the client to the server, and answer what is no message, until stdin ends."""
        async with server:
            async for line in self._stdin:
                if line.strip():
                    await self._take(line, server)
            with anyio.move_on_after(FINISH_SECONDS):
                while self._unanswered:
                    self._settled = anyio.Event()
                    await self._settled.wait()

    async def write(self, server: FromServer) -> None:
        """Write each message of the server as a line; responses to a batch together, as one."""
        async for outgoing in server:
            message = outgoing.message.model_dump(mode="json", by_alias=True, exclude_unset=True)
            if isinstance(outgoing.message, JSONRPCResponse | JSONRPCError):
                await self._settle(outgoing.message.id, message)
            else:
                await self._emit(message)

    async def _take(self, line: str, server: ToServer) -> None:
        try:
            message = self._decode(line)
            if isinstance(message, list):
                await self._take_batch(message, server)
            else:
                await self._hand_on(message, classify(message), None, server)
        except RefusedError as refused:
            await self._emit(refused.reply())

    async def _take_batch(self, messages: list[Any], server: ToServer) -> None:
        if self._revision != BATCH_REVISION:
            raise RefusedError(INVALID_REQUEST, "The revision of this connection has no batches.")
        members = batch_members(messages)
        kinds = [None if isinstance(member, RefusedError) else classify(member) for member in members]
        batch = _Batch(open=kinds.count(Kind.REQUEST))
        batch.answers = [member.reply() for member in members if isinstance(member, RefusedError)]
        if not batch.open and batch.answers:
            await self._emit(batch.answers)
        for member, kind in zip(members, kinds, strict=True):
            if kind is not None and not isinstance(member, RefusedError):
                await self._hand_on(member, kind, batch, server)

    async def _hand_on(self, message: Json, kind: Kind, batch: _Batch | None, server: ToServer) -> None:
        if kind is Kind.REQUEST:
            if message["method"] != "subscriptions/listen":  # which has no response of its own accord
                self._unanswered.setdefault(message["id"], []).append(batch)
            if self._revision is None:
                opens = message["method"] == "initialize"
                self._revision = negotiated(message) if opens else envelope_revision(message)
        elif kind is Kind.NOTIFICATION and message["method"] == "notifications/cancelled":
            await self._settle(message.get("params", {}).get("requestId"), None)
        checked = jsonrpc_message_adapter.validate_python(message, by_name=False)
        await server.send(SessionMessage(checked, metadata=self._metadata))

    async def _settle(self, identity: object, answer: Json | None) -> None:
        """A request has its response, or was cancelled and gets none (None); a batch waits for its last one."""
        batch = self._take_unanswered(identity) if isinstance(identity, str | int) else None
        if batch is None:
            if answer is not None:
                await self._emit(answer)
        else:
            batch.open -= 1
            batch.answers += [answer] if answer is not None else []
            if not batch.open and batch.answers:
                await self._emit(batch.answers)
        self._settled.set()

    def _take_unanswered(self, identity: RequestId) -> _Batch | None:
        waiting = self._unanswered.get(identity, [None])
        batch = waiting.pop(0)
        if not waiting:
            self._unanswered.pop(identity, None)
        return batch

    async def _emit(self, value: Json | list[Json]) -> None:
        line = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        async with self._writing:
            await self._stdout.write(line + "\n")
            await self._stdout.flush()

    def _decode(self, line: str) -> Any:
        raw = line.encode("utf-8", "surrogateescape")
        if len(raw) > self._max_bytes:
            raise RefusedError(INVALID_REQUEST, "The message is too large.")
        return decode(raw)
