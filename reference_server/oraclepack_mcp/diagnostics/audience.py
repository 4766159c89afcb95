"""Who hears of what: sessions of the handshake era on their own stream, later clients where they listen.

A session is known from its `notifications/initialized` on. It hears that lists changed without asking, of resources
that it subscribed to, and log messages from the level on that it set.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, get_args

import anyio
from mcp.server.connection import allowed_log_levels
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated, ServerEvent
from mcp.shared.subscriptions import event_to_notification
from mcp_types import LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParams
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from oraclepack_mcp.diagnostics.fixture import Context
from oraclepack_mcp.server.session_subscriptions import session_key

LEVELS: Final[tuple[LoggingLevel, ...]] = get_args(LoggingLevel)
"""From the least to the most severe."""
MAX_SESSIONS: Final = 1000
"""Sessions that are remembered; the oldest are forgotten first, since none says that it ends."""
MAX_SUBSCRIPTIONS: Final = 1000
_SECONDS: Final = 1.0
"""How long one session may hold up the others by not reading."""


@dataclass(slots=True)
class _Member:
    session: ServerSession
    uris: set[str] = field(default_factory=set)
    level: LoggingLevel = LEVELS[0]


class Audience:
    """Remembers sessions, and tells them and all who listen."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._members: OrderedDict[str, _Member] = OrderedDict()

    def join(self, ctx: Context) -> None:
        """Remember a session."""
        self._member(ctx)

    def subscribe(self, ctx: Context, uri: str) -> None:
        """Tell a session of changes of a resource; those beyond the limit are not told of."""
        uris = self._member(ctx).uris
        if len(uris) < MAX_SUBSCRIPTIONS:
            uris.add(uri)

    def unsubscribe(self, ctx: Context, uri: str) -> None:
        """Tell a session no longer."""
        self._member(ctx).uris.discard(uri)

    def set_level(self, ctx: Context, level: LoggingLevel) -> None:
        """Send a session no messages below a level."""
        self._member(ctx).level = level

    async def log(self, ctx: Context, level: LoggingLevel, text: str) -> None:
        """Send the caller a message, if it wants any of this level."""
        if level not in self._wanted(ctx):
            return
        params = LoggingMessageNotificationParams(level=level, logger="diagnostics", data=text)
        await ctx.session.send_notification(LoggingMessageNotification(params=params), ctx.request_id)

    async def announce(self, event: ServerEvent) -> None:
        """Tell everybody whom an event concerns."""
        await self.bus.publish(event)
        notification = event_to_notification(event, {})
        for member in list(self._members.values()):
            if not isinstance(event, ResourceUpdated) or event.uri in member.uris:
                with anyio.move_on_after(_SECONDS):
                    await member.session.send_notification(notification)

    def _wanted(self, ctx: Context) -> frozenset[LoggingLevel]:
        if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return allowed_log_levels(ctx.protocol_version, ctx.meta)
        return frozenset(LEVELS[LEVELS.index(self._member(ctx).level) :])

    def _member(self, ctx: Context) -> _Member:
        """The session of a request."""
        key = session_key(ctx)
        member = self._members.setdefault(key, _Member(ctx.session))
        self._members.move_to_end(key)
        if len(self._members) > MAX_SESSIONS:
            self._members.popitem(last=False)
        return member
