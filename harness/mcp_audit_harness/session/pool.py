"""Conversations that scenarios share one after another, where opening one means starting a process."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import anyio

from ..declare import Unobservable
from ..model import Revision
from .connector import Connector, LiveSession

_PATIENCE_S = 1.0


class SessionPool:
    """Keeps one conversation per revision, handed out to one scenario at a time.

    A scenario's deadline runs while it waits, so that after `patience` seconds it gets a conversation of its own, which
    is closed when it is given back.
    """

    def __init__(self, connector: Connector, *, patience: float = _PATIENCE_S) -> None:
        self._connector = connector
        self._patience = patience
        self._turns: dict[Revision, anyio.Semaphore] = defaultdict(lambda: anyio.Semaphore(1))
        self._idle: dict[Revision, LiveSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        idle, self._idle = self._idle, {}
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as tasks:
                for session in idle.values():
                    tasks.start_soon(session.close)

    def adopt(self, session: LiveSession) -> None:
        """Keep a conversation that somebody else opened, and that nobody else will use or close."""
        self._idle[session.revision] = session

    @asynccontextmanager
    async def acquire(self, revision: Revision, scenario: str) -> AsyncIterator[LiveSession]:
        """Hand out a conversation; one that has ended is opened anew, one that was interrupted is not used again.

        Raises:
            TargetError: if the target is a command that cannot be started.
        """
        turn = self._turns[revision]
        mine = await self._waited_for(turn)
        unharmed = False
        session: LiveSession | None = None
        try:
            session = await self._session(revision, scenario, idle=mine)
            yield session
            unharmed = True
        except Unobservable:
            unharmed = True
            raise
        finally:
            if session is not None:
                await self._give_back(session, keep=mine and unharmed)
            if mine:
                turn.release()

    async def _waited_for(self, turn: anyio.Semaphore) -> bool:
        """Take the turn if it comes in time; say whether it did."""
        try:
            turn.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(self._patience):
                await turn.acquire()
                return True
            return False
        return True

    async def _session(self, revision: Revision, scenario: str, *, idle: bool) -> LiveSession:
        session = self._idle.pop(revision, None) if idle else None
        if session is not None and session.usable:
            session.scenario = scenario
            return session
        if session is not None:
            await session.close()
        return await self._connector.open(revision, scenario)

    async def _give_back(self, session: LiveSession, *, keep: bool) -> None:
        if keep and session.usable:
            self._idle[session.revision] = session
            return
        with anyio.CancelScope(shield=True):
            await session.close()
