"""The lifecycle of a connection, as one table per era.

Theory. A connection is a pair of state machines that share one history: each message, and each end of a direction,
is an *event* of one side. A table maps (state, event) to the next state; what is not in the table is not allowed
there. Both sides can compute the state from what they have sent and received, so that one table says at once what
we may send and what the target may. An event that the table does not have changes nothing: sent by us it is a
mistake of ours (`LocalError`) unless a probe means it (`spoil`); sent by the target it is a `Breach`, which is
recorded and never raised.

Handshake era (2024-11-05 to 2025-11-25, page `basic/lifecycle`): FRESH -initialize-> OPENING -result-> AGREED
-initialized-> OPERATING. Before the result the client keeps to pings, before `initialized` the server keeps to pings
and log messages; an error to initialize leads back to FRESH, where the client may try another version.

Stateless era (2026-07-28, pages `basic/index`, `basic/patterns/subscriptions`): every request carries its context, so
that nothing is opened and only one side may ask. What has an order is a subscription: `subscriptions/listen` is
acknowledged before anything else is sent for it, and ends with its result or its cancellation. The table follows one
subscription; a connection with several is one machine for each.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from ..errors import HarnessError
from ..model import Era, JsonObject


class LocalError(HarnessError):
    """The harness was about to send what the lifecycle does not allow."""


class State(enum.Enum):
    """Where a connection stands."""

    FRESH = "fresh"
    OPENING = "opening"
    AGREED = "agreed"
    OPERATING = "operating"
    READY = "ready"
    SUBSCRIBING = "subscribing"
    SUBSCRIBED = "subscribed"
    ENDED = "ended"


class Event(enum.Enum):
    """What one side does; the client's events are ours, the server's are the target's."""

    INITIALIZE = "client sends initialize"
    INITIALIZED = "client sends notifications/initialized"
    PING = "client sends a ping"
    REQUEST = "client sends a request"
    NOTIFY = "client sends a notification"
    RESPOND = "client sends a response"
    LISTEN = "client sends subscriptions/listen"
    UNLISTEN = "client cancels the subscription"
    CLOSE = "client ends the connection"

    ACCEPTED = "server accepts initialize"
    REFUSED = "server refuses initialize"
    PINGED = "server sends a ping"
    LOGGED = "server sends a log message"
    REQUESTED = "server sends a request"
    NOTIFIED = "server sends a notification"
    RESPONDED = "server sends a response"
    ACKNOWLEDGED = "server acknowledges the subscription"
    CONCLUDED = "server ends the subscription"
    CLOSED = "server ends the connection"

    @property
    def ours(self) -> bool:
        """Whether it is an event of the client."""
        return self.value.startswith("client")


Table: TypeAlias = Mapping[tuple[State, Event], State]

_BOTH_END: Final = {Event.CLOSE: State.ENDED, Event.CLOSED: State.ENDED}


def _stay(state: State, *events: Event) -> dict[tuple[State, Event], State]:
    return {(state, event): state for event in events}


def _move(state: State, moves: Mapping[Event, State]) -> dict[tuple[State, Event], State]:
    return {(state, event): after for event, after in {**moves, **_BOTH_END}.items()}


HANDSHAKE_TABLE: Final[Table] = MappingProxyType(
    {
        **_move(State.FRESH, {Event.INITIALIZE: State.OPENING}),
        **_stay(State.FRESH, Event.PING, Event.RESPOND),
        **_stay(State.FRESH, Event.PINGED, Event.LOGGED, Event.RESPONDED),
        **_move(State.OPENING, {Event.ACCEPTED: State.AGREED, Event.REFUSED: State.FRESH}),
        **_stay(State.OPENING, Event.PING, Event.RESPOND),
        **_stay(State.OPENING, Event.PINGED, Event.LOGGED, Event.RESPONDED),
        **_move(State.AGREED, {Event.INITIALIZED: State.OPERATING}),
        **_stay(State.AGREED, Event.PING, Event.RESPOND),
        **_stay(State.AGREED, Event.PINGED, Event.LOGGED, Event.RESPONDED),
        **_move(State.OPERATING, {}),
        **_stay(State.OPERATING, Event.PING, Event.REQUEST, Event.NOTIFY, Event.RESPOND),
        **_stay(State.OPERATING, Event.PINGED, Event.LOGGED, Event.REQUESTED, Event.NOTIFIED, Event.RESPONDED),
    }
)

_ASK: Final = (Event.REQUEST, Event.NOTIFY)
_TELL: Final = (Event.LOGGED, Event.NOTIFIED, Event.RESPONDED)

STATELESS_TABLE: Final[Table] = MappingProxyType(
    {
        **_move(State.READY, {Event.LISTEN: State.SUBSCRIBING}),
        **_stay(State.READY, *_ASK, *_TELL),
        **_move(
            State.SUBSCRIBING,
            {Event.ACKNOWLEDGED: State.SUBSCRIBED, Event.CONCLUDED: State.READY, Event.UNLISTEN: State.READY},
        ),
        **_stay(State.SUBSCRIBING, *_ASK, *_TELL),
        **_move(State.SUBSCRIBED, {Event.CONCLUDED: State.READY, Event.UNLISTEN: State.READY}),
        **_stay(State.SUBSCRIBED, *_ASK, *_TELL),
    }
)

TABLES: Final[Mapping[Era, Table]] = MappingProxyType({Era.HANDSHAKE: HANDSHAKE_TABLE, Era.STATELESS: STATELESS_TABLE})
INITIAL: Final[Mapping[Era, State]] = MappingProxyType({Era.HANDSHAKE: State.FRESH, Era.STATELESS: State.READY})


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that the target did in a state that does not have it."""

    state: State
    event: Event

    def __str__(self) -> str:
        return f"{self.event.value} while the connection is {self.state.value}"


class Lifecycle:
    """Follows one connection; knows nothing of how messages travel."""

    def __init__(self, era: Era) -> None:
        self.era = era
        self.state = INITIAL[era]
        self._table = TABLES[era]

    def allows(self, event: Event) -> bool:
        """Whether `event` may happen now."""
        return (self.state, event) in self._table

    def send(self, event: Event) -> None:
        """Follow something that we send.

        Raises:
            LocalError: if the table does not have it here; the state is unchanged.
        """
        if not self.allows(event):
            raise LocalError(f"{event.value} while the connection is {self.state.value}")
        self.spoil(event)

    def spoil(self, event: Event) -> None:
        """Follow something that a probe sends on purpose, allowed or not."""
        self.state = self._table.get((self.state, event), self.state)

    def receive(self, event: Event) -> Breach | None:
        """Follow something that the target does; return the breach if it is one, which leaves the state unchanged."""
        if not self.allows(event):
            return Breach(self.state, event)
        self.spoil(event)
        return None


_CLIENT_METHODS: Final = {
    "initialize": Event.INITIALIZE,
    "notifications/initialized": Event.INITIALIZED,
    "ping": Event.PING,
    "subscriptions/listen": Event.LISTEN,
}
_SERVER_METHODS: Final = {
    "ping": Event.PINGED,
    "notifications/message": Event.LOGGED,
    "notifications/subscriptions/acknowledged": Event.ACKNOWLEDGED,
}


def client_event(message: JsonObject, era: Era) -> Event:
    """Return the event that a message of ours is in `era`."""
    method = message.get("method")
    if not isinstance(method, str):
        return Event.RESPOND
    found = _CLIENT_METHODS.get(method)
    if found is not None and any(event is found for _, event in TABLES[era]):
        return found
    return Event.REQUEST if "id" in message else Event.NOTIFY


def server_event(message: JsonObject, era: Era, *, answers: str | None = None) -> Event:
    """Return the event that a message of the target is in `era`; `answers` is the method that it responds to."""
    method: Any = message.get("method")
    if method is None:
        if answers == "initialize" and era is Era.HANDSHAKE:
            return Event.ACCEPTED if "result" in message else Event.REFUSED
        return Event.CONCLUDED if answers == "subscriptions/listen" and era is Era.STATELESS else Event.RESPONDED
    found = _SERVER_METHODS.get(method) if isinstance(method, str) else None
    if found is not None and any(event is found for _, event in TABLES[era]):
        return found
    return Event.REQUESTED if "id" in message else Event.NOTIFIED
