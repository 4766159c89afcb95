"""`subscriptions/listen`: what changes among packs and runs, while somebody listens.

The SDK's handler acknowledges whatever is asked for. This one acknowledges what it can deliver and the caller may read:
changes of the list of resources, and of resources that exist. What there is is looked at again at an interval, for each
listener on its own, so that changes by other processes are seen, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    SubscriptionBus,
)
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, SubscriptionFilter, SubscriptionsListenRequestParams, SubscriptionsListenResult

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.security.scopes import Caller
from oraclepack_mcp.server.answers import in_thread
from oraclepack_mcp.server.callers import CallerOf
from oraclepack_mcp.server.resources.changes import Fingerprints, Snapshot, look

INTERVAL_SECONDS: Final = 1.0
MAX_LISTENERS: Final = 256
MAX_URIS: Final = 1000
"""Resources that one listener can name; the acknowledgement shows which were taken."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Changes that something else tells of, on a bus that listeners share: of any list, and of certain resources."""

    bus: SubscriptionBus
    concerns: Callable[[str], bool]


class Listening:
    """Serves `subscriptions/listen`: one call is one stream, until the client leaves."""

    def __init__(self, domain: Domain, caller: CallerOf, announced: Announced | None = None) -> None:
        self._domain = domain
        self._caller = caller
        self._announced = announced
        self._listeners = 0

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Serve one stream.

        Raises:
            MCPError: -32603, there are too many listeners.
        """
        if self._listeners >= MAX_LISTENERS:
            raise MCPError(INTERNAL_ERROR, "Too many clients are listening.")
        caller = self._caller()
        bus = InMemorySubscriptionBus()
        asked = params.notifications
        uris = list(asked.resource_subscriptions or ())[:MAX_URIS]
        now = await in_thread(Snapshot.take, self._domain)
        before = await in_thread(look, self._domain, caller, uris, now)
        honoured = self._honoured(asked, [*before, *self._told_of(uris)])
        self._listeners += 1
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch, bus, caller, now, before)
                heard = bus if self._announced is None else _Both(bus, self._announced.bus)
                result = await ListenHandler(heard)(ctx, params.model_copy(update={"notifications": honoured}))
                tasks.cancel_scope.cancel()
        finally:
            self._listeners -= 1
        return result

    def _honoured(self, asked: SubscriptionFilter, uris: list[str]) -> SubscriptionFilter:
        """What is delivered of what was asked for; tools and prompts change only where somebody announces it."""
        lists = self._announced is not None
        return asked.model_copy(
            update={
                "tools_list_changed": asked.tools_list_changed if lists else None,
                "prompts_list_changed": asked.prompts_list_changed if lists else None,
                "resource_subscriptions": uris or None,
            }
        )

    def _told_of(self, uris: list[str]) -> list[str]:
        """The URIs whose changes somebody announces."""
        announced = self._announced
        return [] if announced is None else [uri for uri in uris if announced.concerns(uri)]

    async def _watch(
        self, bus: InMemorySubscriptionBus, caller: Caller, before: Snapshot, fingerprints: Fingerprints
    ) -> None:
        while True:
            await anyio.sleep(INTERVAL_SECONDS)
            now = await in_thread(Snapshot.take, self._domain)
            if before.listed() != now.listed():
                await bus.publish(ResourcesListChanged())
            found = await in_thread(look, self._domain, caller, fingerprints, now)
            for uri, fingerprint in fingerprints.items():
                if found.get(uri) != fingerprint:
                    await bus.publish(ResourceUpdated(uri=uri))
            before, fingerprints = now, {uri: found.get(uri, "") for uri in fingerprints}


class _Both:
    """What a listener hears of: its own packs, and what is announced to all."""

    def __init__(self, own: SubscriptionBus, shared: SubscriptionBus) -> None:
        self._own = own
        self._shared = shared

    async def publish(self, event: ServerEvent) -> None:
        await self._own.publish(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        leave = [bus.subscribe(listener) for bus in (self._own, self._shared)]

        def unsubscribe() -> None:
            for left in leave:
                left()

        return unsubscribe
