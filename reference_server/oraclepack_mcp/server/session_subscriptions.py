"""`resources/subscribe` up to 2025-11-25: a session is told on its own stream when a resource that it named changes.

Nothing tells the server that a session has ended, so the number of those remembered is bounded, and one that cannot be
told any more is forgotten. While nobody subscribes, nothing is looked at.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp_types import EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.security.scopes import Caller
from oraclepack_mcp.server.answers import in_thread, invalid_params, resource_not_found
from oraclepack_mcp.server.callers import CallerOf
from oraclepack_mcp.server.resources.changes import Fingerprints, Snapshot, look
from oraclepack_mcp.server.subscriptions import INTERVAL_SECONDS, MAX_URIS

MAX_SESSIONS: Final = 1000
"""Sessions that are remembered; the one that was heard of longest ago is forgotten first."""
_SECONDS: Final = 1.0
"""How long one session may hold up the others by not reading."""

_Context = ServerRequestContext[Any, Any]


def session_key(ctx: _Context) -> str:
    """What tells the sessions of a server apart: the id that HTTP gives them; another transport serves one only."""
    return ctx.request.headers.get("mcp-session-id", "") if ctx.request is not None else ""


@dataclass(slots=True)
class _Member:
    session: ServerSession
    caller: Caller
    known: Fingerprints = field(default_factory=dict)


class SessionSubscriptions:
    """Remembers who subscribed to what, and tells them."""

    def __init__(self, domain: Domain, caller: CallerOf) -> None:
        self._domain = domain
        self._caller = caller
        self._members: OrderedDict[str, _Member] = OrderedDict()

    async def subscribe(self, ctx: _Context, params: SubscribeRequestParams) -> EmptyResult:
        """Tell the session of changes of a resource.

        Raises:
            MCPError: there is no such resource that the caller may read, or the session has too many.
        """
        caller = self._caller()
        now = await in_thread(Snapshot.take, self._domain)
        found = await in_thread(look, self._domain, caller, [params.uri], now)
        if not found:
            raise resource_not_found(params.uri, ctx.protocol_version)
        member = self._members.setdefault(session_key(ctx), _Member(ctx.session, caller))
        if len(member.known) >= MAX_URIS:
            raise invalid_params(f"A session subscribes to at most {MAX_URIS} resources.")
        member.known |= found
        self._members.move_to_end(session_key(ctx))
        if len(self._members) > MAX_SESSIONS:
            self._members.popitem(last=False)
        return EmptyResult()

    async def unsubscribe(self, ctx: _Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """Tell the session no longer."""
        member = self._members.get(session_key(ctx))
        if member is not None:
            member.known.pop(params.uri, None)
            if not member.known:
                del self._members[session_key(ctx)]
        return EmptyResult()

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[dict[str, Any]]:
        """Look for changes as long as the server is there."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch)
            yield {}
            tasks.cancel_scope.cancel()

    async def _watch(self) -> None:
        while True:
            await anyio.sleep(INTERVAL_SECONDS)
            if self._members:
                now = await in_thread(Snapshot.take, self._domain)
                for key, member in list(self._members.items()):
                    await self._tell(key, member, now)

    async def _tell(self, key: str, member: _Member, now: Snapshot) -> None:
        found = await in_thread(look, self._domain, member.caller, list(member.known), now)
        for uri, fingerprint in list(member.known.items()):
            if found.get(uri, "") == fingerprint:
                continue
            member.known[uri] = found.get(uri, "")
            try:
                with anyio.move_on_after(_SECONDS):
                    await member.session.send_resource_updated(uri)
            except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                self._members.pop(key, None)
                return
