"""Which exchange does a line belong to? Routing for transports on which everything arrives on one stream, without I/O.

A *flight* is an exchange that waits for its answer. A response lands on the flight with its id; what names a request
(progress token, request id, subscription id) lands on that one; everything else on all that are in the air, or, when
there is none, in the backlog. A flight whose message cannot be answered by id is closed by the answer to a control
request that was sent right after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import anyio

from ..model import JsonObject, Outcome
from ..wire.codec import IdKey, id_key, is_response, objects, parse
from .bounds import Bounds

_SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


@dataclass(slots=True, eq=False)
class Flight:
    """One exchange in the air, and what has landed on it so far."""

    awaited: set[IdKey] = field(default_factory=set)
    """Ids of the requests that were sent and are not answered yet."""
    named: set[IdKey] = field(default_factory=set)
    """Ids and progress tokens by which the target can name the exchange."""
    control: str | None = None
    """The id of the control request, as text: a target may turn it into a string."""
    kept_open: bool = False
    """Whether a response does not end it: a stream."""
    messages: list[Any] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    size: int = 0
    outcome: Outcome = Outcome.SILENT
    note: list[str] = field(default_factory=list)
    answered_without_id: bool = False
    landed: anyio.Event = field(default_factory=anyio.Event)
    """Set once nothing more is waited for."""
    news: anyio.Event = field(default_factory=anyio.Event)
    """Set, and replaced, whenever something lands."""

    def land(self, outcome: Outcome, *note: str) -> None:
        """Say how the exchange ended; the first to say so wins."""
        if not self.landed.is_set():
            self.outcome = outcome
            self.note.extend(part for part in note if part)
            self.landed.set()
        self._tell()

    def keep(self, text: str, message: Any, bounds: Bounds, *, stray: bool = False) -> None:
        """Take one line, or land where it would go over a bound."""
        over = self.size + len(text) > bounds.body_bytes or len(self.text) >= bounds.events
        if over:
            self.land(Outcome.TOO_LARGE, "the answer went over a bound of the harness and was cut")
            return
        self.size += len(text)
        self.text.append(text)
        if stray:
            self.strays.append(text)
        else:
            self.messages.append(message)
        self._tell()

    def holds(self, method: str) -> bool:
        """Whether a message with `method` has landed."""
        return any(item.get("method") == method for message in self.messages for item in objects(message))

    def _tell(self) -> None:
        self.news.set()
        self.news = anyio.Event()


class FlightBoard:
    """All flights of one connection, and the backlog."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._flights: list[Flight] = []
        self._expired: set[IdKey] = set()
        self._controls: set[str] = set()
        self.backlog = Flight()

    def add(self, flight: Flight) -> None:
        """Put a flight into the air; lines that are no messages and arrived before it are its own."""
        strays, self.backlog.strays = self.backlog.strays, []
        if not self.backlog.messages:
            self.backlog = Flight()
        for stray in strays:
            flight.keep(stray, None, self._bounds, stray=True)
        self._flights.append(flight)

    def remove(self, flight: Flight) -> None:
        """Take a flight out of the air; what still comes for it is nobody else's."""
        self._flights.remove(flight)
        self._expired |= flight.awaited

    def control(self, flight: Flight, rpc_id: int) -> None:
        """Let the answer to the request `rpc_id` land the flight; it is kept out of the messages."""
        flight.control = str(rpc_id)
        self._controls.add(flight.control)

    def take_backlog(self) -> Flight | None:
        """Hand over the messages that arrived with nothing in the air, if there are any."""
        if not self.backlog.messages:
            return None
        taken, self.backlog = self.backlog, Flight()
        return taken

    def end(self, note: str) -> None:
        """Land every flight: the target has ended."""
        for flight in tuple(self._flights):
            flight.land(Outcome.CLOSED, note)

    def take(self, data: bytes, *, cut: bool = False) -> list[JsonObject]:
        """Take one line and return its objects, the answers to controls left out."""
        text = data.decode("utf-8", "replace")
        if not text.strip():
            self._keep(self._flights, text, None, stray=True)
            return []
        try:
            message = parse(data.decode("utf-8"), depth=self._bounds.depth)
        except ValueError:
            self._keep(self._flights, text, None, stray=True)
            if cut:
                self._land_all(f"a line longer than {self._bounds.line_bytes} bytes was cut")
            return []
        if self._is_control(message):
            return []
        items = list(objects(message))
        self._keep(self._concerned(items), text, message)
        for item in items:
            if is_response(item):
                self._respond(item)
        return items

    def _is_control(self, message: Any) -> bool:
        if not isinstance(message, dict) or not is_response(message):
            return False
        control = str(message.get("id"))
        for flight in self._flights:
            if flight.control == control:
                flight.land(Outcome.ANSWERED, "control answered")
        return control in self._controls

    def _concerned(self, items: Iterable[JsonObject]) -> list[Flight]:
        found: list[Flight] = []
        for item in items:
            found.extend(flight for flight in self._concerned_by(item) if flight not in found)
        return found or self._flights

    def _concerned_by(self, item: JsonObject) -> list[Flight]:
        if not is_response(item):
            keys = set(_names(item))
        elif item.get("id") is None:
            return [flight for flight in self._flights if not flight.awaited] or self._flights
        else:
            keys = {id_key(item["id"])}
        mine = [flight for flight in self._flights if keys & (flight.named | flight.awaited)]
        if not mine and is_response(item) and keys & self._expired:
            return [self.backlog]
        return mine or self._flights

    def _respond(self, item: JsonObject) -> None:
        """Count a response for the flight that it answers: by its id, by an id that looks like it, or by having none.

        A response without an id lands nothing by itself: it may be a late one to an earlier message.
        """
        if item.get("id") is None:
            for flight in self._concerned_by(item):
                flight.answered_without_id = len(self._flights) == 1 or not flight.awaited
            return
        key = id_key(item["id"])
        for flight in self._flights:
            same = flight.awaited & {key} or {awaited for awaited in flight.awaited if str(awaited[1]) == str(key[1])}
            if same:
                flight.awaited -= same
                if not flight.awaited and not flight.kept_open:
                    flight.land(Outcome.ANSWERED)
                return

    def _keep(self, flights: Iterable[Flight], text: str, message: Any, *, stray: bool = False) -> None:
        for flight in list(flights) or [self.backlog]:
            flight.keep(text, message, self._bounds, stray=stray)

    def _land_all(self, note: str) -> None:
        for flight in self._flights:
            flight.land(Outcome.TOO_LARGE, note)


def _names(item: JsonObject) -> Iterable[IdKey]:
    """Yield what a notification or request of the target says it belongs to."""
    params = item.get("params")
    if not isinstance(params, dict):
        return
    meta = params.get("_meta")
    subscription = meta.get(_SUBSCRIPTION) if isinstance(meta, dict) else None
    for name in (params.get("progressToken"), params.get("requestId"), subscription):
        if name is not None:
            yield id_key(name)
