"""A conversation over newline-framed messages, whatever carries them."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, NoReturn

import anyio

from ..errors import HarnessError
from ..model import Era, Exchange, JsonObject, Outcome, Revision, Sent, Transport
from ..probe import Answers, Headers, Shutdown, Stream
from ..transport.lines import Ending, LineChannel
from ..wire.codec import IdKey, dump, id_key, identity, is_response, objects, parse_or_none, request_ids, rpc, usable_id
from ..wire.lifecycle import Event, Lifecycle, client_event, server_event
from ..wire.own_words import capabilities_at, initialize_params, with_context
from .bounds import Bounds
from .client import Ids, answer
from .errands import Errands
from .flights import Flight, FlightBoard
from .line_stream import LineStream
from .transcript import Transcript

_FIRST_CONTROL_ID = 900_000_001
_CLOSE_GRACE_S = 1.0
_CONFIRM_S = 2.0
"""How long the control after `notifications/initialized` may take; a server that fails it is still usable."""
_LATE_S = 0.5
"""How long a response with the right id may come after an error without one."""
_READER_S = 1.0


class LineSession:
    """One conversation over a channel of lines; several requests may be in flight at the same time."""

    def __init__(
        self,
        channel: LineChannel,
        transcript: Transcript,
        bounds: Bounds,
        *,
        revision: Revision,
        scenario: str,
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
    ) -> None:
        self.scenario = scenario
        self.revision = revision
        self._channel = channel
        self._transcript = transcript
        self._bounds = bounds
        self._capabilities = capabilities_at(revision) if capabilities is None else capabilities
        self._answers = answers
        self._ids = Ids()
        self._control_ids = Ids(_FIRST_CONTROL_ID)
        self._lifecycle = Lifecycle(revision.era)
        self._board = FlightBoard(bounds)
        self._methods: dict[IdKey, str] = {}
        self._errands = Errands()
        self._replies = 0
        self._breaches: list[str] = []
        self._opening: Exchange | None = None
        self._opened = revision.era is Era.STATELESS
        self._gone = ""
        self._closed = False
        self._reader = asyncio.create_task(self._read())

    @property
    def opening(self) -> Exchange | None:
        """The initialize exchange; None in the stateless era, and where none took place."""
        return self._opening

    @property
    def session_id(self) -> str | None:
        """None: lines have no session id."""
        return None

    @property
    def usable(self) -> bool:
        """Whether the conversation was opened and has not ended."""
        return self._opened and not self._gone and not self._closed

    @property
    def closed(self) -> bool:
        """Whether we have ended it."""
        return self._closed

    @property
    def pid(self) -> int | None:
        """The target's process; None where it is not ours to know."""
        pid = getattr(self._channel, "pid", None)
        return pid if isinstance(pid, int) else None

    @property
    def stderr(self) -> str:
        """The last of what the target wrote to its standard error."""
        return self._channel.stderr

    async def initialize(self, version: str, *, initialized: bool) -> None:
        """Open the conversation; a refusal leaves it unusable, with `opening` to say why."""
        self._lifecycle.send(Event.INITIALIZE)
        message = rpc("initialize", initialize_params(version, self._capabilities), self._ids.next())
        self._opening = await self._exchange(dump(message), message, None)
        self._opened = self._opening.result is not None
        if self._opened and initialized and not self._gone:
            self._lifecycle.send(Event.INITIALIZED)
            confirmed = rpc("notifications/initialized", None)
            timeout = min(_CONFIRM_S, self._bounds.probe_timeout_s)
            await self._exchange(dump(confirmed), confirmed, timeout, settle_s=0)

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        rpc_id: str | int | None = None,
        headers: Headers | None = None,
        meta: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Exchange:
        """See `probe.Session.request`."""
        del headers
        message = self._request(method, params, rpc_id, meta)
        return await self._exchange(dump(message), message, timeout)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None = None, *, headers: Headers | None = None
    ) -> Exchange:
        """See `probe.Session.notify`."""
        del headers
        message = rpc(method, None if params is None else dict(params))
        return await self._exchange(dump(message), message, None)

    async def send(
        self, message: Any, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Session.send`."""
        del headers
        return await self._exchange(dump(message), message, timeout, control=control)

    async def send_bytes(
        self, body: bytes, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Session.send_bytes`."""
        del headers
        return await self._exchange(body, parse_or_none(body), timeout, control=control)

    async def http(
        self, verb: str, *, headers: Headers | None = None, body: bytes | None = None, timeout: float | None = None
    ) -> Exchange:
        """Raise HarnessError: there is no HTTP."""
        del verb, headers, body, timeout
        no_http()

    def stream(self, *, last_event_id: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Raise HarnessError: there is no GET stream."""
        del last_event_id
        no_http()

    @asynccontextmanager
    async def listen(self, params: Mapping[str, Any]) -> AsyncIterator[Stream]:
        """See `probe.Session.listen`; the subscription is cancelled on exit."""
        message = self._request("subscriptions/listen", params, None, None)
        rpc_id = message["id"]
        flight = Flight(awaited={id_key(rpc_id)}, kept_open=True)
        stream = LineStream(flight, lambda part, begun: self._record(_sent(dump(message), message), part, begun))
        self._record_backlog()
        self._board.add(flight)
        try:
            with anyio.move_on_after(self._bounds.probe_timeout_s):
                await self._put(flight, dump(message), message)
            await stream.open()
            yield stream
            if not self._gone and flight.awaited:
                cancel = rpc("notifications/cancelled", {"requestId": rpc_id})
                self._lifecycle.spoil(Event.UNLISTEN)
                await self._exchange(dump(cancel), cancel, None)
        finally:
            self._board.remove(flight)

    async def close(self) -> Exchange | None:
        """See `probe.Session.close`; None if it was closed before."""
        if self._closed:
            return None
        return (await self.shutdown(grace=_CLOSE_GRACE_S)).exchange

    async def shutdown(self, *, grace: float = 5.0) -> Shutdown:
        """See `probe.Session.shutdown`."""
        begun = time.monotonic()
        already = self._gone
        self._closed = True
        flight = Flight(kept_open=True)
        self._board.add(flight)
        try:
            ending = await self._channel.stop(grace=grace)
        finally:
            await self._finish()
            self._board.remove(flight)
        self._lifecycle.spoil(Event.CLOSE)
        flight.outcome = Outcome.CLOSED if already else Outcome.ANSWERED if ending.exited else Outcome.SILENT
        flight.note = [already] if already else [_describe(ending)]
        exchange = self._record(Sent("EOF"), flight, begun)
        return Shutdown(exchange, ending.exited and not already, ending.exit_code, ending.signal, ending.elapsed_s)

    async def _finish(self) -> None:
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(_READER_S):
                await asyncio.wait([self._reader])
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
            await self._errands.settle()

    def _request(
        self, method: str, params: Mapping[str, Any] | None, rpc_id: str | int | None, meta: Mapping[str, Any] | None
    ) -> JsonObject:
        context = with_context(params, self.revision, self._capabilities, meta)
        own_id = self._ids.next() if rpc_id is None else rpc_id
        return rpc(method, context if context or params is not None else None, own_id)

    async def _exchange(
        self,
        data: bytes,
        message: Any,
        timeout: float | None,
        *,
        control: bool = True,
        settle_s: float | None = None,
    ) -> Exchange:
        begun = time.monotonic()
        self._record_backlog()
        flight = Flight(awaited=request_ids(message), named=_names(message))
        ends_by_control = control and not flight.awaited
        self._board.add(flight)
        finished = False
        try:
            with anyio.move_on_after(self._bounds.probe_timeout_s if timeout is None else timeout):
                await self._put(flight, data, message)
                if ends_by_control:
                    await self._put_control(flight)
                await self._landing(flight)
            if flight.answered_without_id:
                flight.land(Outcome.ANSWERED)
            if ends_by_control and flight.outcome is Outcome.ANSWERED:
                await self._settle(flight, self._bounds.settle_s if settle_s is None else settle_s)
            finished = True
        finally:
            self._board.remove(flight)
            if not finished:
                flight.note.append("the probe was interrupted")
            exchange = self._record(_sent(data, message), flight, begun)
        return exchange

    async def _put(self, flight: Flight, data: bytes, message: Any) -> None:
        for item in objects(message):
            self._lifecycle.spoil(client_event(item, self.revision.era))
            if "method" in item and usable_id(item.get("id")) is not None:
                self._methods[id_key(item["id"])] = str(item["method"])
        if self._gone or not await self._channel.send(data):
            await self._await_end(flight)

    async def _await_end(self, flight: Flight) -> None:
        """The target no longer reads: let the reader take what it still wrote, and say how it ended."""
        with anyio.move_on_after(_READER_S):
            await asyncio.wait([self._reader])
        flight.land(Outcome.CLOSED, self._gone or "the target no longer reads its input")

    async def _put_control(self, flight: Flight) -> None:
        rpc_id = self._control_ids.next()
        self._board.control(flight, rpc_id)
        if self._lifecycle.allows(Event.PING):
            message = rpc("ping", None, rpc_id)
        else:
            message = rpc("server/discover", with_context(None, self.revision, self._capabilities), rpc_id)
        if not await self._channel.send(dump(message)):
            await self._await_end(flight)

    async def _landing(self, flight: Flight) -> None:
        while not flight.landed.is_set():
            news = flight.news
            if flight.answered_without_id and flight.control is None:
                with anyio.move_on_after(_LATE_S):
                    await flight.landed.wait()
                flight.land(Outcome.ANSWERED)
            else:
                await news.wait()

    async def _settle(self, flight: Flight, settle_s: float) -> None:
        with anyio.move_on_after(settle_s):
            while not flight.answered_without_id:
                await flight.news.wait()

    async def _read(self) -> None:
        try:
            while (line := await self._channel.receive()) is not None:
                for item in self._board.take(line.data, cut=line.cut):
                    self._meet(item)
        finally:
            self._gone = _farewell(self._channel)
            self._lifecycle.spoil(Event.CLOSED)
            self._board.end(self._gone)

    def _meet(self, item: JsonObject) -> None:
        """Follow the lifecycle, and be the client that a server may ask things."""
        asked = self._methods.pop(id_key(item.get("id")), None) if is_response(item) else None
        breach = self._lifecycle.receive(server_event(item, self.revision.era, answers=asked))
        if breach is not None:
            self._breaches.append(str(breach))
        is_request = "method" in item and usable_id(item.get("id")) is not None
        if is_request and self.revision.era is Era.HANDSHAKE and self._replies < self._bounds.events:
            self._replies += 1
            reply = answer(item, self._answers)
            if reply is not None:
                self._errands.start(self._channel.send(dump(reply)))

    def _record_backlog(self) -> None:
        """Put on record what came with nothing in flight, so that it is nobody's answer."""
        late = self._board.take_backlog()
        if late is not None:
            late.outcome = Outcome.ANSWERED
            late.note.append("arrived when nothing was asked")
            self._record(Sent("LINE"), late, time.monotonic())

    def _record(self, sent: Sent, flight: Flight, begun: float) -> Exchange:
        breaches, self._breaches = self._breaches, []
        draft = Exchange(
            id="",
            scenario=self.scenario,
            revision=str(self.revision),
            transport=Transport.STDIO,
            sent=sent,
            outcome=flight.outcome,
            messages=tuple(flight.messages),
            body="\n".join(flight.text),
            strays=tuple(flight.strays),
            elapsed_ms=(time.monotonic() - begun) * 1000,
            note="; ".join([*flight.note, *dict.fromkeys(breaches)]),
        )
        return self._transcript.record(draft)


def no_http() -> NoReturn:
    """Raise HarnessError: a scenario asks for HTTP of a target without it."""
    raise HarnessError("the target speaks over lines, not HTTP: the scenario has to declare its transports")


def _sent(data: bytes, message: Any) -> Sent:
    method, rpc_id = identity(message)
    return Sent("LINE", body=data.decode("utf-8", "replace"), method=method, rpc_id=rpc_id)


def _names(message: Any) -> set[IdKey]:
    """Return all by which the target can name what is sent: ids, usable or not, and progress tokens."""
    names: set[IdKey] = set()
    for item in objects(message):
        params = item.get("params")
        meta = params.get("_meta") if isinstance(params, dict) else None
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        names.update(id_key(value) for value in (item.get("id"), token) if value is not None)
    return names


def _farewell(channel: LineChannel) -> str:
    code = channel.exit_code
    words = channel.stderr.split("\n")
    last = next((" ".join(line.split()) for line in reversed(words) if line.strip()), "")
    how = "the target closed its output" if code is None else f"exit code {code}"
    return f"{how}; stderr: {last[:200]}" if last else how


def _describe(ending: Ending) -> str:
    if ending.exited:
        return f"exit code {ending.exit_code} after the end of input"
    return f"ended by {ending.signal}, not by the end of input"
