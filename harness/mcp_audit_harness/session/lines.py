"""Ways to targets that speak over newline-framed messages: a child process, or a function in memory."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio

from ..lab import environment
from ..lab.strays import MARK, end_strays
from ..model import Era, Exchange, JsonObject, Revision, StdioTarget, Transport
from ..probe import Answers, Headers
from ..transport.lines import LineChannel
from ..transport.memory import MemoryChannel, MemoryTarget
from ..transport.stdio import StdioChannel
from .bounds import Bounds
from .line_session import LineSession, no_http
from .transcript import Transcript


class LineConnector:
    """Starts the target anew for every conversation."""

    transport = Transport.STDIO

    def __init__(self, target: StdioTarget | MemoryTarget, transcript: Transcript, bounds: Bounds) -> None:
        self._target = target
        self._transcript = transcript
        self._bounds = bounds
        self._sessions: list[LineSession] = []
        self._mark = secrets.token_hex(16)

    @property
    def url(self) -> str:
        """Raise HarnessError: the target has no URL."""
        no_http()

    async def open(
        self,
        revision: Revision,
        scenario: str,
        *,
        initialized: bool = True,
        capabilities: JsonObject | None = None,
        protocol_version: str | None = None,
        answers: Answers | None = None,
    ) -> LineSession:
        """See `Connector.open`."""
        session = await self._start(revision, scenario, capabilities, answers)
        if revision.era is Era.HANDSHAKE:
            async with _closed_unless_opened(session):
                await session.initialize(protocol_version or str(revision), initialized=initialized)
        return session

    async def unopened(self, revision: Revision, scenario: str) -> LineSession:
        """See `Connector.unopened`."""
        return await self._start(revision, scenario)

    async def http(
        self,
        revision: Revision,
        scenario: str,
        verb: str,
        *,
        headers: Headers | None = None,
        body: bytes | None = None,
        path: str | None = None,
        address: str | None = None,
        timeout: float | None = None,
    ) -> Exchange:
        """Raise HarnessError: there is no HTTP."""
        del revision, scenario, verb, headers, body, path, address, timeout
        no_http()

    async def raw(self, revision: Revision, scenario: str, data: bytes, *, timeout: float | None = None) -> Exchange:
        """Raise HarnessError: there is no connection of bytes."""
        del revision, scenario, data, timeout
        no_http()

    def http_request_bytes(
        self,
        message: Any,
        *,
        headers: Headers | None = None,
        http_version: str = "1.1",
        revision: Revision | None = None,
    ) -> bytes:
        """Raise HarnessError: there is no HTTP."""
        del message, headers, http_version, revision
        no_http()

    async def aclose(self) -> None:
        """End every process that still runs."""
        try:
            async with anyio.create_task_group() as tasks:
                for session in self._sessions:
                    tasks.start_soon(session.close)
        finally:
            if isinstance(self._target, StdioTarget):
                end_strays(self._mark)

    async def _start(
        self,
        revision: Revision,
        scenario: str,
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
    ) -> LineSession:
        channel = await self._channel()
        session = LineSession(
            channel,
            self._transcript,
            self._bounds,
            revision=revision,
            scenario=scenario,
            capabilities=capabilities,
            answers=answers,
        )
        self._sessions = [known for known in self._sessions if not known.closed]
        self._sessions.append(session)
        return session

    async def _channel(self) -> LineChannel:
        target, line_bytes = self._target, self._bounds.line_bytes
        if isinstance(target, MemoryTarget):
            return MemoryChannel(target, line_bytes=line_bytes)
        env = {environment.NAME: environment.canary(), MARK: self._mark, **dict(target.env)}
        return await StdioChannel.start(target.argv, env=env, cwd=target.cwd, line_bytes=line_bytes)


@asynccontextmanager
async def _closed_unless_opened(session: LineSession) -> AsyncIterator[None]:
    """End the target's process when the handshake is interrupted: nobody else knows of it yet."""
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            with anyio.CancelScope(shield=True):
                await session.close()
