"""The legacy HTTP+SSE transport (2024-11-05, `basic/transports`): one stream for what the server says, POSTs for us.

An exchange joins the status of its POST and what arrived on the stream until its response did.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from ..errors import HarnessError
from ..model import Exchange, HttpTarget, JsonObject, Outcome, Revision, Transport
from ..probe import Answers, Headers, Shutdown, Stream
from ..transport.http import HttpRequest
from ..transport.reading import HttpAnswer
from ..transport.sse import SseChannel
from ..wire.codec import IdKey, dump, parse_or_none, request_ids, rpc, usable_id
from ..wire.http_headers import for_verb
from ..wire.own_words import capabilities_at, initialize_params, with_context
from .bounds import MOST_REPLIES, Bounds
from .client import Ids, answer
from .errands import Errands
from .http_access import HttpAccess
from .http_exchange import HttpCaller, Where, holds_json
from .inbox import Inbox
from .transcript import Transcript


class SseSession:
    """One conversation over HTTP+SSE."""

    def __init__(
        self,
        caller: HttpCaller,
        where: Where,
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
    ) -> None:
        self.scenario = where.scenario
        self.revision = where.revision
        self._caller = caller
        self._capabilities = capabilities_at(where.revision) if capabilities is None else capabilities
        self._answers = answers
        self._ids = Ids()
        self._errands = Errands()
        self._replies = 0
        self._inbox = Inbox(None, lambda asked: self._errands.start(self._reply(asked)), depth=caller.bounds.depth)
        self._channel = SseChannel(caller.url)
        self._awaited: set[IdKey] = set()
        self._controls: set[IdKey] = set()
        self._expired: set[IdKey] = set()
        """Ids of requests that nobody waits for any more: what still comes for them is nobody else's."""
        self._opening: Exchange | None = None
        self._usable = False

    @property
    def opening(self) -> Exchange | None:
        """The initialize exchange; the GET where that gave no endpoint to send it to."""
        return self._opening

    @property
    def session_id(self) -> str | None:
        """None: the transport keeps its session in the endpoint's address."""
        return None

    @property
    def usable(self) -> bool:
        """Whether the conversation was opened and has not ended."""
        return self._usable and not self._channel.source.over

    async def connect(self) -> bool:
        """Open the stream and wait for the endpoint; return whether there is one to use."""
        request = self._caller.build("GET", for_verb("GET"), None, None)
        await self._channel.open(
            self._caller.client, request, timeout=self._caller.deadline(None), on_event=self._inbox
        )
        seen, endpoint = self._channel.source.answer(drain=True), self._channel.endpoint
        if endpoint is None and self._channel.source.reading.streams:
            outcome = Outcome.CLOSED if self._channel.source.over else Outcome.SILENT
            seen = seen.ended(outcome, f"no endpoint event; {seen.note}")
        elif endpoint is not None and endpoint.refusal:
            seen = seen.ended(Outcome.MALFORMED, endpoint.refusal)
        self._opening = self._caller.record(self._where(), self._caller.sent(request, None), seen, self._inbox.copy())
        return endpoint is not None and bool(endpoint.url)

    async def initialize(self, version: str, *, initialized: bool) -> None:
        """Open the conversation; a refusal leaves it unusable, with `opening` to say why."""
        params = initialize_params(version, self._capabilities)
        self._opening = await self._exchange(rpc("initialize", params, self._ids.next()))
        self._usable = self._opening.ok
        if self._usable and initialized:
            await self._exchange(rpc("notifications/initialized", None))

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
        context = with_context(params, self.revision, self._capabilities, meta)
        own_id = self._ids.next() if rpc_id is None else rpc_id
        message = rpc(method, context, own_id)
        return await self._exchange(message, headers=headers, timeout=timeout)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None = None, *, headers: Headers | None = None
    ) -> Exchange:
        """See `probe.Session.notify`: a control request follows, as on stdio."""
        message = rpc(method, None if params is None else dict(params))
        return await self._exchange(message, headers=headers, control=True)

    async def send(
        self, message: Any, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Session.send`: a message without a usable id is followed by a control request, as on stdio."""
        return await self._exchange(message, headers=headers, timeout=timeout, control=control)

    async def send_bytes(
        self, body: bytes, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Session.send_bytes`."""
        message = parse_or_none(body)
        return await self._exchange(message, body=body, headers=headers, timeout=timeout, control=control)

    async def http(
        self, verb: str, *, headers: Headers | None = None, body: bytes | None = None, timeout: float | None = None
    ) -> Exchange:
        """See `probe.Session.http`: to the address for messages, or the stream's where none is known."""
        message = parse_or_none(body)
        request = self._caller.build(verb, for_verb(verb), headers, body, url=self._address())
        inbox = Inbox(message, depth=self._caller.bounds.depth, until_endpoint=True)
        return await self._caller.call(self._where(), request, message, inbox, timeout=timeout)

    def stream(self, *, last_event_id: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Raise: the transport has one stream only, which every session opens."""
        del last_event_id
        raise HarnessError("the HTTP+SSE transport has no GET stream of its own")

    def listen(self, params: Mapping[str, Any]) -> AbstractAsyncContextManager[Stream]:
        """Raise: the stateless era does not know this transport."""
        del params
        raise HarnessError("the HTTP+SSE transport has no listen request")

    async def close(self) -> Exchange | None:
        """Close the stream, which ends the conversation; there is no request for it."""
        self._usable = False
        await self._channel.aclose()
        await self._errands.settle()
        return None

    async def shutdown(self, *, grace: float = 5.0) -> Shutdown:
        """Raise: an HTTP server is not ours to shut down."""
        del grace
        raise HarnessError("shutdown is for stdio targets only")

    async def _exchange(
        self,
        message: Any,
        *,
        body: bytes | None = None,
        headers: Headers | None = None,
        timeout: float | None = None,
        control: bool | None = None,
    ) -> Exchange:
        """Send a message and wait for its responses.

        Without any to wait for: `control=True` sends a control request, `control=False` waits for the deadline, None
        does neither.
        """
        started = time.perf_counter()
        limit = self._caller.deadline(timeout)
        ids = request_ids(message)
        request = self._post(dump(message) if body is None else body, headers)
        self._awaited |= ids
        try:
            posted = await self._caller.client.fetch(request, timeout=limit)
            if _accepted(posted):
                if ids or control is False:
                    posted = await self._await(posted, ids, limit)
                elif control:
                    await self._control(limit)
        finally:
            self._awaited -= ids
            if not self._inbox.answers(ids):
                self._expired |= ids
        heard = self._channel.source.answer(drain=True)
        self._inbox.drain(only=self._controls | self._expired)
        claimed = self._inbox.drain(foreign=self._awaited)
        if holds_json(posted):
            claimed.take(posted.body.decode("utf-8", "replace"))
        joined = replace(posted, events=heard.events, elapsed_ms=(time.perf_counter() - started) * 1000)
        return self._caller.record(self._where(), self._caller.sent(request, message), joined, claimed)

    async def _control(self, timeout: float) -> None:
        """Send a ping and wait for its answer: what the server says to earlier messages has arrived before it.

        An error without an id answers one of those, and a ping that is answered late is still nobody else's.
        """
        ping = rpc("ping", None, self._ids.next())
        ids = request_ids(ping)
        request = self._post(dump(ping), None)
        self._controls |= ids
        posted = await self._caller.client.fetch(request, timeout=timeout)
        if _accepted(posted):
            await self._channel.source.wait(lambda: self._inbox.answers(ids), timeout)
        self._caller.record(self._where(), self._caller.sent(request, ping), posted, self._inbox.drain(only=ids))

    async def _await(self, posted: HttpAnswer, ids: set[IdKey], timeout: float) -> HttpAnswer:
        """Wait for responses on the stream, and return the POST's answer with the outcome that this gives."""
        if holds_json(posted):
            return posted
        source = self._channel.source
        if await source.wait(lambda: self._inbox.responds(ids), timeout) or not ids:
            return posted.ended(Outcome.ANSWERED, posted.note)
        if not source.over:
            return posted.ended(Outcome.SILENT, f"no response on the stream within {timeout:g} s")
        end = source.answer()
        outcome = Outcome.CLOSED if end.outcome is Outcome.ANSWERED else end.outcome
        return posted.ended(outcome, f"the stream ended before the response: {end.note}")

    async def _reply(self, asked: JsonObject) -> None:
        """Answer a request of the server; what arrives meanwhile belongs to the exchange that is waiting."""
        self._replies += 1
        reply = answer(asked, self._answers) if usable_id(asked.get("id")) is not None else None
        if reply is not None and self._replies <= MOST_REPLIES:
            request = self._post(dump(reply), None)
            posted = await self._caller.client.fetch(request, timeout=self._caller.deadline(None))
            self._caller.record(self._where(), self._caller.sent(request, None), posted, Inbox())

    def _post(self, body: bytes, headers: Headers | None) -> HttpRequest:
        return self._caller.build("POST", for_verb("POST"), headers, body, url=self._address())

    def _address(self) -> str:
        endpoint = self._channel.endpoint
        return endpoint.url if endpoint is not None else ""

    def _where(self) -> Where:
        return Where(self.revision, self.scenario)


class SseConnector(HttpAccess):
    """Opens sessions with a legacy HTTP+SSE target."""

    def __init__(self, target: HttpTarget, transcript: Transcript, bounds: Bounds) -> None:
        super().__init__(target, transcript, bounds, Transport.SSE)

    async def open(
        self,
        revision: Revision,
        scenario: str,
        *,
        initialized: bool = True,
        capabilities: JsonObject | None = None,
        protocol_version: str | None = None,
        answers: Answers | None = None,
    ) -> SseSession:
        """Open a stream and a conversation on it."""
        session = SseSession(self._caller, Where(revision, scenario), capabilities, answers)
        try:
            if await session.connect():
                await session.initialize(protocol_version or str(revision), initialized=initialized)
        except BaseException:
            await session.close()
            raise
        return session

    async def unopened(self, revision: Revision, scenario: str) -> SseSession:
        """Open a stream without any handshake."""
        session = SseSession(self._caller, Where(revision, scenario))
        await session.connect()
        return session


def _accepted(posted: HttpAnswer) -> bool:
    return posted.outcome is Outcome.ANSWERED and (posted.status or 0) < 400
