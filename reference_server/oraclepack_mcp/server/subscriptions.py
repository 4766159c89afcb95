"""`subscriptions/listen`: what changes among the packs, while somebody listens.

The SDK's handler acknowledges whatever is asked for. This one acknowledges what it can deliver: changes of the list of
resources, and of resources that exist. The packs are looked at again at an interval, for each listener on its own.
"""

from collections.abc import Callable, Iterator
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

from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.server.answers import in_thread
from oraclepack_mcp.server.resources import PACKS_URI, pack_of

INTERVAL_SECONDS: Final = 1.0
MAX_LISTENERS: Final = 256
MAX_URIS: Final = 1000
"""Resources that one listener can name; the acknowledgement shows which were taken."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Changes that something else tells of, on a bus that all listeners share: of any list, and of certain resources."""

    bus: SubscriptionBus
    concerns: Callable[[str], bool]


class Listening:
    """Serves `subscriptions/listen`: one call is one stream, until the client leaves."""

    def __init__(self, domain: Catalogue, announced: Announced | None = None) -> None:
        self._domain = domain
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
        bus = InMemorySubscriptionBus()
        asked = params.notifications
        lists = self._announced is not None
        watched = await in_thread(self._watchable, list(asked.resource_subscriptions or ())[:MAX_URIS])
        honoured = asked.model_copy(
            update={
                "tools_list_changed": asked.tools_list_changed if lists else None,
                "prompts_list_changed": asked.prompts_list_changed if lists else None,
                "resource_subscriptions": [*watched, *self._told_of(asked)] or None,
            }
        )
        before = await in_thread(self._domain.fingerprints)
        self._listeners += 1
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch, bus, watched, before)
                heard = bus if self._announced is None else _Both(bus, self._announced.bus)
                result = await ListenHandler(heard)(ctx, params.model_copy(update={"notifications": honoured}))
                tasks.cancel_scope.cancel()
        finally:
            self._listeners -= 1
        return result

    def _told_of(self, asked: SubscriptionFilter) -> list[str]:
        """Return the URIs whose changes somebody announces."""
        if self._announced is None:
            return []
        return [uri for uri in (asked.resource_subscriptions or ())[:MAX_URIS] if self._announced.concerns(uri)]

    def _watchable(self, uris: list[str]) -> dict[str, str]:
        """The URIs that can change, each with the id of its pack; the list of packs has none, and any change counts."""
        found: dict[str, str] = {}
        for uri in uris:
            path = pack_of(uri)
            if uri == PACKS_URI:
                found[uri] = ""
            elif path is not None:
                try:
                    found[uri] = self._domain.get_pack_text(path).id
                except DomainError:
                    continue
        return found

    async def _watch(self, bus: InMemorySubscriptionBus, watched: dict[str, str], before: dict[str, str]) -> None:
        while True:
            await anyio.sleep(INTERVAL_SECONDS)
            now = await in_thread(self._domain.fingerprints)
            if before.keys() != now.keys():
                await bus.publish(ResourcesListChanged())
            changed = set(_changed(before, now))
            for uri, pack in watched.items():
                if pack in changed or (changed and not pack):
                    await bus.publish(ResourceUpdated(uri=uri))
            before = now


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


def _changed(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    return (pack for pack in before.keys() | now.keys() if before.get(pack) != now.get(pack))
