"""Streamable HTTP: sessions of the handshake era, and the same surface without a session for the stateless era."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ..errors import HarnessError
from ..model import Era, Exchange, HttpTarget, JsonObject, Revision, Transport
from ..probe import Answers, Headers, Shutdown, Stream
from ..wire.codec import dump, parse_or_none, rpc, usable_id
from ..wire.http_headers import for_message, for_session, for_verb
from ..wire.own_words import capabilities_at, initialize_params, with_context
from .bounds import CLOSE_S, MOST_REPLIES, Bounds
from .client import Ids, answer
from .errands import Errands
from .http_access import HttpAccess
from .http_exchange import HttpCaller, Where
from .http_streams import OpenStream
from .inbox import Inbox
from .transcript import Transcript


class HttpSession:
    """One conversation over Streamable HTTP; in the stateless era only the revision's context."""

    def __init__(
        self,
        caller: HttpCaller,
        where: Where,
        schemas: Mapping[str, JsonObject],
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
        headers: Headers | None = None,
    ) -> None:
        self.scenario = where.scenario
        self.revision = where.revision
        self._caller = caller
        self._schemas = schemas
        self._capabilities = capabilities_at(where.revision) if capabilities is None else capabilities
        self._answers = answers
        self._headers = headers or {}
        self._ids = Ids()
        self._opening: Exchange | None = None
        self._session_id: str | None = None
        self._version: str | None = None
        self._usable = self.revision.era is Era.STATELESS
        self._replies = 0

    @property
    def opening(self) -> Exchange | None:
        """The initialize exchange; None in the stateless era, and where none took place."""
        return self._opening

    @property
    def session_id(self) -> str | None:
        """The `Mcp-Session-Id` that the target assigned."""
        return self._session_id

    @property
    def usable(self) -> bool:
        """Whether the conversation was opened and has not ended."""
        return self._usable

    async def initialize(self, version: str, *, initialized: bool) -> None:
        """Open the conversation; a refusal leaves it unusable, with `opening` to say why."""
        params = initialize_params(version, self._capabilities)
        self._opening = await self._post(rpc("initialize", params, self._ids.next()))
        result = self._opening.result
        if result is None:
            return
        self._session_id = self._opening.header("mcp-session-id")
        agreed = result.get("protocolVersion")
        self._version = agreed if isinstance(agreed, str) else version
        self._usable = True
        if initialized:
            await self.notify("notifications/initialized")

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
        return await self._post(self._request(method, params, rpc_id, meta), headers, timeout)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None = None, *, headers: Headers | None = None
    ) -> Exchange:
        """See `probe.Session.notify`."""
        return await self._post(rpc(method, None if params is None else dict(params)), headers)

    async def send(
        self, message: Any, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Session.send`; over HTTP every POST has its own answer, so that no control is needed."""
        del control
        return await self._post(message, headers, timeout)

    async def send_bytes(
        self, body: bytes, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Session.send_bytes`."""
        del control
        return await self._exchange("POST", body, parse_or_none(body), headers, timeout)

    async def http(
        self, verb: str, *, headers: Headers | None = None, body: bytes | None = None, timeout: float | None = None
    ) -> Exchange:
        """See `probe.Session.http`."""
        return await self._exchange(verb, body, parse_or_none(body), headers, timeout)

    @asynccontextmanager
    async def stream(self, *, last_event_id: str | None = None) -> AsyncIterator[Stream]:
        """See `probe.Session.stream`."""
        async with self._opened("GET", None, {"last-event-id": last_event_id}) as stream:
            yield stream

    @asynccontextmanager
    async def listen(self, params: Mapping[str, Any]) -> AsyncIterator[Stream]:
        """See `probe.Session.listen`."""
        async with self._opened("POST", self._request("subscriptions/listen", params, None, None), None) as stream:
            yield stream

    async def close(self) -> Exchange | None:
        """See `probe.Session.close`."""
        self._usable = False
        if self._session_id is None:
            return None
        ended = await self._exchange("DELETE", None, None, timeout=min(CLOSE_S, self._caller.deadline(None)))
        self._session_id = None
        return ended

    async def shutdown(self, *, grace: float = 5.0) -> Shutdown:
        """Raise: an HTTP server is not ours to shut down."""
        del grace
        raise HarnessError("shutdown is for stdio targets only")

    def _request(
        self, method: str, params: Mapping[str, Any] | None, rpc_id: str | int | None, meta: Mapping[str, Any] | None
    ) -> JsonObject:
        context = with_context(params, self.revision, self._capabilities, meta)
        own_id = self._ids.next() if rpc_id is None else rpc_id
        return rpc(method, context, own_id)

    async def _post(self, message: Any, headers: Headers | None = None, timeout: float | None = None) -> Exchange:
        return await self._exchange("POST", dump(message), message, headers, timeout)

    async def _exchange(
        self,
        verb: str,
        body: bytes | None,
        message: Any,
        headers: Headers | None = None,
        timeout: float | None = None,
    ) -> Exchange:
        errands = Errands()
        inbox = Inbox(message, lambda asked: errands.start(self._reply(asked)), depth=self._caller.bounds.depth)
        request = self._caller.build(verb, self._standard(verb, message), {**self._headers, **(headers or {})}, body)
        try:
            return await self._caller.call(self._where(), request, message, inbox, timeout=timeout)
        finally:
            await errands.settle()

    @asynccontextmanager
    async def _opened(self, verb: str, message: Any, headers: Headers | None) -> AsyncIterator[OpenStream]:
        errands = Errands()
        inbox = Inbox(None, lambda asked: errands.start(self._reply(asked)), depth=self._caller.bounds.depth)
        body = None if message is None else dump(message)
        request = self._caller.build(verb, self._standard(verb, message), {**self._headers, **(headers or {})}, body)
        source = await self._caller.client.open_stream(request, timeout=self._caller.deadline(None), on_event=inbox)
        try:
            stream = OpenStream(self._caller, self._where(), self._caller.sent(request, message), source, inbox)
            await stream.open(expecting=message is not None)
            yield stream
        finally:
            await source.aclose()
            await errands.settle()

    async def _reply(self, asked: JsonObject) -> None:
        """Answer a request of the server, as a client that has every capability it declared."""
        self._replies += 1
        reply = answer(asked, self._answers) if usable_id(asked.get("id")) is not None else None
        if reply is not None and self._replies <= MOST_REPLIES:
            await self._exchange("POST", dump(reply), None)

    def _standard(self, verb: str, message: Any) -> dict[str, str]:
        session = for_session(self.revision, self._session_id, self._version)
        return for_verb(verb) | session | for_message(self.revision, message, self._schemas)

    def _where(self) -> Where:
        return Where(self.revision, self.scenario)


class HttpConnector(HttpAccess):
    """Opens sessions with a Streamable HTTP target."""

    def __init__(self, target: HttpTarget, transcript: Transcript, bounds: Bounds) -> None:
        super().__init__(target, transcript, bounds, Transport.HTTP)
        self._schemas: dict[str, JsonObject] = {}

    def learn_tools(self, tools: Iterable[JsonObject]) -> None:
        """Take the listed tools, so that calls carry the `Mcp-Param-*` headers that their schemas ask for."""
        for tool in tools:
            name, schema = tool.get("name"), tool.get("inputSchema")
            if isinstance(name, str) and isinstance(schema, dict):
                self._schemas[name] = schema

    async def open(
        self,
        revision: Revision,
        scenario: str,
        *,
        initialized: bool = True,
        capabilities: JsonObject | None = None,
        protocol_version: str | None = None,
        answers: Answers | None = None,
        headers: Headers | None = None,
    ) -> HttpSession:
        """Open a session, with `headers` on every request of it; in the stateless era nothing is sent."""
        session = self._session(revision, scenario, capabilities, answers, headers)
        if revision.era is Era.HANDSHAKE:
            await session.initialize(protocol_version or str(revision), initialized=initialized)
        return session

    async def unopened(self, revision: Revision, scenario: str) -> HttpSession:
        """Return a session without any handshake."""
        return self._session(revision, scenario)

    def _session(
        self,
        revision: Revision,
        scenario: str,
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
        headers: Headers | None = None,
    ) -> HttpSession:
        return HttpSession(self._caller, Where(revision, scenario), self._schemas, capabilities, answers, headers)
