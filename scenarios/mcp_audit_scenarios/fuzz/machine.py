"""The lifecycle as a machine that a search drives: what a client does, and what a server then has to do.

Theory. A case is a list of steps, each an action of a client in one of two conversations, in any order at all. The
model of a conversation is its lifecycle table (`wire.lifecycle`) with what the table leaves out: whether a session has
been ended, what is subscribed to. Before each step it says what is to come: SERVED if the table has the event here,
REFUSED if the conversation has ended, and ANYTHING where a client does what it should not. A step that needs an open
conversation opens it, so that a list stays as short as what it shows, and a list may be shortened at any place.

Part of the public interface: `lifecycle_steps` is a strategy of Hypothesis, `lifecycles_play.follow` plays what it
draws against a probe.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mcp_audit_harness.model import Era, Revision, Transport
from mcp_audit_harness.wire.lifecycle import Event, Lifecycle, State

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST_STEPS: Final = 8


class Action(enum.StrEnum):
    """What a client does."""

    PING = "ping"
    ASK = "ask"
    """A list that the server declares."""
    CANCEL = "cancel"
    """Cancels what was answered long ago: a race that every client loses now and then."""
    OPEN = "open"
    """Sends initialize and no more; in an open session once more."""
    INITIALIZED = "initialized"
    SET_LEVEL = "set level"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    STREAM = "stream"
    """Opens the GET stream and leaves it open."""
    CLOSE_STREAM = "close stream"
    TASK = "begin task"
    GET_TASK = "get task"
    CANCEL_TASK = "cancel task"
    END = "end"
    """Ends the session with DELETE."""
    LISTEN = "listen"
    UNLISTEN = "unlisten"


@dataclass(frozen=True, slots=True)
class Step:
    """An action in one of two conversations."""

    action: Action
    place: int = 0

    def __str__(self) -> str:
        return f"{self.action} {'ab'[self.place]}"


class Expected(enum.Enum):
    """What a server has to do with a step."""

    SERVED = "served"
    REFUSED = "refused"
    ANYTHING = "anything"


_EVENTS: Final = {
    Action.PING: Event.PING,
    Action.CANCEL: Event.NOTIFY,
    Action.OPEN: Event.INITIALIZE,
    Action.INITIALIZED: Event.INITIALIZED,
    Action.LISTEN: Event.LISTEN,
    Action.UNLISTEN: Event.UNLISTEN,
    Action.END: Event.CLOSE,
}
_SAY_ONLY: Final = frozenset({Action.CANCEL, Action.INITIALIZED, Action.CLOSE_STREAM, Action.UNLISTEN, Action.END})
_STATELESS: Final = (Action.PING, Action.ASK, Action.CANCEL, Action.LISTEN, Action.UNLISTEN)
_OVER_HTTP: Final = frozenset({Action.STREAM, Action.CLOSE_STREAM, Action.END})
_BESIDE: Final = frozenset(
    {Action.PING, Action.ASK, Action.CANCEL, Action.OPEN, Action.END, Action.LISTEN, Action.UNLISTEN}
)
"""What a client does in further conversations: enough to see what one does to the other."""
_NEWEST_WITH_TASKS: Final = Revision.V2025_11_25
_TASKS: Final = frozenset({Action.TASK, Action.GET_TASK, Action.CANCEL_TASK})


def actions(revision: Revision, transport: Transport = Transport.HTTP) -> tuple[Action, ...]:
    """Return what a client can do at a revision, the plainest first."""
    if revision.era is Era.STATELESS:
        return _STATELESS
    return tuple(
        action
        for action in Action
        if action not in {Action.LISTEN, Action.UNLISTEN}
        and (transport is Transport.HTTP or action not in _OVER_HTTP)
        and (revision is _NEWEST_WITH_TASKS or action not in _TASKS)
    )


def lifecycle_steps(
    revision: Revision | str,
    transport: Transport = Transport.HTTP,
    known: Iterable[Action] | None = None,
    *,
    places: int = 2,
) -> "SearchStrategy[tuple[Step, ...]]":
    """Return a strategy of what clients of a revision may do, one after the other; it shrinks to fewer steps.

    `known` are the actions that the server is known to serve, by default all; `places` is how many conversations it
    holds at once.
    """
    from hypothesis import strategies as st  # noqa: PLC0415 - only with the extra `fuzz`

    at = Revision(str(revision)) if isinstance(revision, str) else revision
    chosen = actions(at, transport) if known is None else tuple(known)
    beside = [Step(action, place) for place in range(1, places) for action in chosen if action in _BESIDE]
    step = st.sampled_from([None, *[Step(action) for action in chosen] * 2, *beside])
    steps = st.tuples(*[step] * MOST_STEPS)
    return steps.map(lambda drawn: _renumbered(one for one in drawn if one is not None))


def _renumbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return steps whose places are numbered as they come up, so that what takes one place is the same in each."""
    numbers: dict[int, int] = {}
    return tuple(Step(step.action, numbers.setdefault(step.place, len(numbers))) for step in steps)


@dataclass(slots=True)
class Conversation:
    """The model of one conversation."""

    era: Era
    lifecycle: Lifecycle = field(init=False)
    unsure: bool = False
    """Whether the server may have ended it, as it may at any time."""
    subscribed: bool = False
    streamed: bool = False

    def __post_init__(self) -> None:
        """Begin where the table begins."""
        self.lifecycle = Lifecycle(self.era)

    @property
    def ended(self) -> bool:
        """Whether the client has ended it."""
        return self.lifecycle.state is State.ENDED

    def opened(self) -> None:
        """Follow an initialize that was accepted: the first, or a later one."""
        self.lifecycle = Lifecycle(self.era)
        for event in (Event.INITIALIZE, Event.ACCEPTED):
            self.lifecycle.spoil(event)

    def expects(self, action: Action) -> Expected:
        """Return what the server has to do if the client does this now."""
        if self.ended:
            return Expected.ANYTHING if action in _SAY_ONLY else Expected.REFUSED
        event = _EVENTS.get(action, Event.REQUEST)
        if self.era is Era.STATELESS:
            event = Event.REQUEST if action is Action.PING else event
        if self.unsure or action in _SAY_ONLY or not self.lifecycle.allows(event):
            return Expected.ANYTHING
        late = (action is Action.UNSUBSCRIBE and not self.subscribed) or (action is Action.STREAM and self.streamed)
        return Expected.ANYTHING if late or action is Action.CANCEL_TASK else Expected.SERVED

    def did(self, action: Action, *, served: bool) -> None:
        """Follow what the client did, and whether the server went along."""
        if action in {Action.INITIALIZED, Action.LISTEN, Action.UNLISTEN}:
            self.lifecycle.spoil(_EVENTS[action])
        elif action is Action.END and served:
            self.lifecycle.spoil(Event.CLOSE)
        elif action is Action.OPEN and served:
            self.opened()
        self.subscribed = served if action is Action.SUBSCRIBE else self.subscribed and action is not Action.UNSUBSCRIBE
        self.streamed = self.streamed or action is Action.STREAM
