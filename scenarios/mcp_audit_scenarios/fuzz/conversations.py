"""The session in which cases are played: opened anew when it has ended, and asked whether the target still answers."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import anyio
from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Exchange
from mcp_audit_harness.probe import Probe, Session

from ..conformance.trials import plain_method

PATIENCE_S: Final = 5.0
"""For one answer; what takes longer is not waited for."""
_RETURNS_S: Final = (0.1, 1.0, 3.0, 5.0)
"""How long to wait before each try whether a target has come back."""
_MOST_OPENED: Final = 100


@dataclass(slots=True)
class Conversation:
    """One session after the other, for one operation; over stdio, where each is a process, for all."""

    probe: Probe
    opened: int = 0
    session: Session | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def current(self) -> Session:
        """Return the session; a new one if there is none, or it has ended.

        Raises:
            SearchEnds: if none can be opened.
        """
        if self.session is not None and self.session.usable:
            return self.session
        await self.close()
        self.opened += 1
        if self.opened > _MOST_OPENED:
            raise SearchEnds
        try:
            session = await self._stack.enter_async_context(self.probe.session())
        except Unobservable:
            raise SearchEnds from None
        if not session.usable:
            raise SearchEnds
        self.session = session
        return session

    async def control(self) -> Exchange:
        """Ask for something plain."""
        return await (await self.current()).request(plain_method(self.probe), timeout=PATIENCE_S)

    async def alive(self, *, fresh: bool = False) -> bool:
        """Whether the target answers something plain, if need be in a new session, if need be after a while."""
        for pause in (None, *_RETURNS_S):
            if fresh or pause is not None:
                await self.close()
                await anyio.sleep(pause or 0)
            try:
                if (await self.control()).answered:
                    return True
            except SearchEnds:
                continue
        return False

    async def close(self) -> None:
        """Close the session, if there is one."""
        self.session = None
        stack, self._stack = self._stack, AsyncExitStack()
        with anyio.CancelScope(shield=True):
            await stack.aclose()
