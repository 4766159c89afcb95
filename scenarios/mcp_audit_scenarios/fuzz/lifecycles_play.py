"""Plays lists of steps against a target and compares what it does with the model."""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.fuzz.settings import SearchEnds
from mcp_audit_harness.model import Era, Exchange, JsonObject
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.probe import Probe, Session
from mcp_audit_harness.wire.lifecycle import server_event

from ..conformance.task_calls import SLOW, begin, id_of, status_of, task_tools
from ..conformance.trials import plain_method
from .lifecycles_oracles import ACKNOWLEDGED, TERMINAL, breach_flaw, flaw_of, is_served, task_flaw
from .machine import Action, Conversation, Expected, Step

_PATIENCE_S: Final = 2.0
_TASK_S: Final = 0.05
_CLIENT: Final = {"name": "mcp-audit", "version": "1"}
_LISTS: Final = {"prompts": "prompts/list", "resources": "resources/list", "tools": "tools/list"}
"""What a server can be asked, the cheapest first."""
_FILTERS: Final = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}
_GONE: Final = 404
_ids = itertools.count(5_000_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and what came of it."""

    step: Step
    expected: Expected
    exchange: Exchange
    served: bool
    flaws: tuple[Flaw, ...]


@dataclass(slots=True)
class Place:
    """One of the conversations of a case."""

    model: Conversation
    session: Session | None = None
    stream: AsyncExitStack | None = None
    last_id: str | int | None = None
    task: str | None = None
    task_status: str | None = None


@dataclass(slots=True)
class Walker:
    """Takes steps; the conversations are closed at the end of the case."""

    probe: Probe
    shared: Session | None = None
    """In the stateless era, where nothing is opened, the one way to the target for all cases."""
    places: dict[int, Place] = field(default_factory=dict)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def take(self, step: Step) -> Taken | None:
        """Take one step; None if there is nothing to do for it here."""
        place = await self._opened(step)
        if place is None or place.session is None:
            return None
        expected = place.model.expects(step.action)
        exchange = await self._act(place, place.session, step.action)
        if exchange is None:
            return None
        flaws = [*flaw_of(step.action, expected, exchange), *self._follow(place, step.action, exchange)]
        served = is_served(step.action, exchange)
        place.model.did(step.action, served=served)
        place.model.unsure |= exchange.status == _GONE
        place.last_id = exchange.sent.rpc_id if exchange.sent.rpc_id is not None else place.last_id
        return Taken(step, expected, exchange, served, tuple(flaws))

    async def _opened(self, step: Step) -> Place | None:
        """Return the conversation of a step, opened if need be; None if it cannot be opened, or was just now."""
        place = self.places.get(step.place)
        if place is not None and not (place.model.ended and step.action is Action.OPEN):
            return place
        era = self.probe.revision.era
        place = self.places[step.place] = Place(Conversation(era), self.shared)
        if era is Era.STATELESS:
            return place
        session = await self.stack.enter_async_context(self.probe.session(initialized=False))
        if not session.usable:
            return None
        place.session = session
        place.model.opened()
        if step.action is Action.OPEN:
            return None
        if step.action is not Action.INITIALIZED:
            await session.notify("notifications/initialized")
            place.model.did(Action.INITIALIZED, served=True)
        return place

    async def _act(self, place: Place, session: Session, action: Action) -> Exchange | None:
        match action:
            case Action.CANCEL:
                cancelled = {"requestId": place.last_id if place.last_id is not None else "mcp-audit-nothing"}
                return await session.notify("notifications/cancelled", cancelled)
            case Action.INITIALIZED:
                return await session.notify("notifications/initialized")
            case Action.OPEN:
                return await self._initialize_again(place, session)
            case Action.END:
                return await session.http("DELETE") if session.session_id is not None else None
            case Action.STREAM | Action.LISTEN:
                return await self._stream(place, session, action)
            case Action.CLOSE_STREAM | Action.UNLISTEN:
                await self._close_stream(place)
                return None
            case Action.TASK | Action.GET_TASK | Action.CANCEL_TASK:
                return await self._task(place, session, action)
        method, params = self._request(action)
        return await session.request(method, params, timeout=_PATIENCE_S) if method else None

    def _request(self, action: Action) -> tuple[str, JsonObject | None]:
        """Return the request of an action; no method if the server has nothing to ask for."""
        if action is Action.PING:
            return plain_method(self.probe), None
        offer = self.probe.offer
        if action is Action.ASK:
            return next((method for name, method in _LISTS.items() if offer.declares(name)), ""), None
        if action is Action.SET_LEVEL:
            return ("logging/setLevel" if offer.declares("logging") else ""), {"level": "warning"}
        uri = next((resource.get("uri") for resource in offer.resources), None)
        known = uri is not None and offer.declares("resources.subscribe")
        return (f"resources/{action}" if known else ""), {"uri": uri}

    async def _initialize_again(self, place: Place, session: Session) -> Exchange:
        params = {"protocolVersion": str(self.probe.revision), "capabilities": {}, "clientInfo": _CLIENT}
        message = {"jsonrpc": "2.0", "id": next(_ids), "method": "initialize", "params": params}
        exchange = await session.send(message, timeout=_PATIENCE_S)
        name = exchange.header("mcp-session-id")
        if name is not None and name != session.session_id and exchange.ok:
            await session.http("DELETE", headers={"mcp-session-id": name})
            place.model.unsure = True
        return exchange

    async def _stream(self, place: Place, session: Session, action: Action) -> Exchange | None:
        if place.stream is not None:
            return None
        place.stream = AsyncExitStack()
        self.stack.push_async_callback(place.stream.aclose)
        if action is Action.STREAM:
            return (await place.stream.enter_async_context(session.stream())).opening
        stream = await place.stream.enter_async_context(session.listen({"notifications": _FILTERS}))
        if stream.opening.notifications(ACKNOWLEDGED) or stream.opening.refused:
            return stream.opening
        return await stream.collect(until=ACKNOWLEDGED)

    async def _close_stream(self, place: Place) -> None:
        if place.stream is not None:
            await place.stream.aclose()
            place.stream = None
            if place.model.era is Era.STATELESS:
                place.model.did(Action.UNLISTEN, served=True)

    async def _task(self, place: Place, session: Session, action: Action) -> Exchange | None:
        if action is Action.TASK:
            tools = task_tools(self.probe, SLOW) if self.probe.offer.declares("tasks.requests.tools.call") else ()
            return await begin(session, tools[0], seconds=_TASK_S) if tools else None
        if place.task is None or (action is Action.CANCEL_TASK and not self.probe.offer.declares("tasks.cancel")):
            return None
        method = "tasks/get" if action is Action.GET_TASK else "tasks/cancel"
        return await session.request(method, {"taskId": place.task}, timeout=_PATIENCE_S)

    def _follow(self, place: Place, action: Action, exchange: Exchange) -> Iterable[Flaw]:
        """Follow what tables and statuses say of an answer."""
        if action is Action.TASK:
            place.task, place.task_status = id_of(exchange), None
        elif action in {Action.GET_TASK, Action.CANCEL_TASK}:
            status = status_of(exchange)
            yield from task_flaw(place.task_status, status)
            place.task_status = status if status in TERMINAL else place.task_status
        elif action is Action.LISTEN:
            model = Conversation(Era.STATELESS)
            model.did(Action.LISTEN, served=True)
            for message in exchange.objects:
                breach = model.lifecycle.receive(server_event(message, Era.STATELESS))
                yield from breach_flaw(breach)


async def walk(probe: Probe, steps: Iterable[Step], shared: Session | None = None) -> list[Taken]:
    """Take steps one after the other up to the first that shows a flaw, and a ping in each conversation at the end.

    Where conversations share what a server remembers of its callers, an ordinary request goes in front.

    Raises:
        SearchEnds: if the target can no longer be reached.
    """
    walker = Walker(probe, shared)
    taken: list[Taken] = []
    try:
        if shared is not None:
            await shared.request(plain_method(probe), timeout=_PATIENCE_S)
        for step in _with_pings(steps):
            one = await walker.take(step)
            taken.extend([one] if one is not None else [])
            if one is not None and one.flaws:
                break
    except Unobservable as error:
        raise SearchEnds from error
    finally:
        with anyio.CancelScope(shield=True):
            await walker.stack.aclose()
    return taken


def _with_pings(steps: Iterable[Step]) -> Iterator[Step]:
    places: dict[int, None] = {}
    for step in steps:
        places.setdefault(step.place)
        yield step
    yield from (Step(Action.PING, place) for place in places)


async def follow(probe: Probe, steps: Iterable[Step]) -> list[Flaw]:
    """Take steps in conversations of their own and return what the target does against its lifecycle.

    Part of the public interface: for tests of servers, with steps of `machine.lifecycle_steps`.
    """
    async with shared_session(probe) as shared:
        return [flaw for taken in await walk(probe, steps, shared) for flaw in taken.flaws]


@asynccontextmanager
async def shared_session(probe: Probe) -> AsyncIterator[Session | None]:
    """Yield the way to the target that all cases of the stateless era share; None in the other."""
    if probe.revision.era is Era.HANDSHAKE:
        yield None
        return
    async with probe.session() as session:
        yield session


def as_json(steps: Sequence[Step], taken: Sequence[Taken]) -> dict[str, Any]:
    """Return steps as they are written into a report: with the ping at the end, if it is that which shows the flaw."""
    last = [taken[-1].step] if taken and taken[-1].flaws and taken[-1].step not in steps[-1:] else []
    return {"steps": [str(step) for step in (*steps, *last)]}
