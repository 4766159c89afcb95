"""A scenario's access to a real target: the `Probe` over a connector."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx2

from ..declare import Unobservable
from ..errors import HarnessError, TargetError
from ..fuzz.settings import FuzzSettings
from ..lab import environment
from ..lab.canary import open_canary
from ..lab.planting import Plantation
from ..lab.processes import listening, reading
from ..load.driving import Loader
from ..load.plan import Ask
from ..load.settings import LoadSettings
from ..model import (
    Consent,
    Exchange,
    Exposure,
    JsonObject,
    Offer,
    Planted,
    ProcessReading,
    Revision,
    Survey,
    TlsPosture,
    Transport,
)
from ..model.loading import LoadRun
from ..model.target import is_loopback
from ..pins import Pins
from ..probe import Answers, Canary, Headers, Link, Session
from ..transport.tls_posture import tls_posture
from ..wire.codec import rpc
from ..wire.own_words import initialize_params
from .connector import Connector, LiveSession
from .credentials import Credentials
from .http import HttpConnector
from .http_access import HttpAccess
from .line_session import LineSession
from .pool import SessionPool
from .transcript import Transcript

__all__ = ["LiveProbe", "SessionPool"]
_HTTPS = 443


class LiveProbe:
    """One scenario at one revision; whatever it opens is closed when its `async with` ends."""

    def __init__(
        self,
        connector: Connector,
        pool: SessionPool,
        transcript: Transcript,
        *,
        scenario: str,
        revision: Revision,
        survey: Survey,
        consent: Consent,
        may_call: Callable[[JsonObject], bool],
        seed: int,
        credentials: Credentials | None = None,
        plantation: Plantation | None = None,
        pins: Pins | None = None,
        fuzzing: FuzzSettings | None = None,
        loader: Loader | None = None,
    ) -> None:
        self.revision = revision
        self.survey = survey
        self.consent = consent
        self.pins = pins
        self.fuzzing = fuzzing or FuzzSettings()
        self._loader = loader
        self.rng = random.Random(f"{seed}/{scenario}/{revision}")  # noqa: S311 - repeatable, not secret
        self.transcript: Sequence[Exchange] = ()
        self._connector = connector
        self._pool = pool
        self._recorded = transcript
        self._scenario = scenario
        self._may_call = may_call
        self._credentials = credentials or Credentials()
        self._plantation = plantation
        self._stack = AsyncExitStack()
        self._opening = anyio.Lock()
        self._own: LiveSession | None = None
        self._roots: tuple[int, ...] = ()

    async def __aenter__(self) -> Self:
        self.transcript = self._recorded.at(self.revision)
        if isinstance(self._connector, HttpConnector):
            self._connector.learn_tools(self.offer.tools)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._own = None
        with anyio.CancelScope(shield=True):
            await self._stack.__aexit__(kind, error, trace)

    @property
    def transport(self) -> Transport:
        """See `probe.Probe.transport`."""
        return self._connector.transport

    @property
    def offer(self) -> Offer:
        """See `probe.Probe.offer`."""
        return self.survey.at(self.revision)

    @property
    def url(self) -> str:
        """See `probe.Probe.url`."""
        return self._connector.url

    @property
    def loading(self) -> LoadSettings:
        """See `probe.Probe.loading`."""
        return self._demand_loader().settings

    async def load(self, asks: Sequence[Ask], subscribe: Sequence[str] = ()) -> LoadRun:
        """See `probe.Probe.load`."""
        with _observable():
            return await self._demand_loader().run(asks, self.offer, self.process, subscribe)

    def _demand_loader(self) -> Loader:
        if self._loader is None:
            raise HarnessError("only a scenario that is declared with load=True produces load")
        return self._loader

    def callable_tools(self) -> tuple[JsonObject, ...]:
        """See `probe.Probe.callable_tools`."""
        return tuple(tool for tool in self.offer.tools if self._may_call(tool))

    def anonymous(self) -> Headers:
        """See `probe.Probe.anonymous`."""
        return self._credentials.anonymous()

    def identity(self, name: str) -> Headers | None:
        """See `probe.Probe.identity`."""
        return self._credentials.identity(name)

    def mint(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        stranger: bool = False,
    ) -> Headers:
        """See `probe.Probe.mint`."""
        if not self._credentials.issuer_key:
            raise Unobservable("no token can be signed; name a file with the key of a test issuer: --issuer-key FILE")
        token = self._credentials.mint().token(changes, header=header, stranger=stranger)
        return self._credentials.bearing(f"Bearer {token}")

    def issuer_keys(self) -> tuple[JsonObject, ...]:
        """See `probe.Probe.issuer_keys`."""
        return (self._credentials.mint().key.public_jwk(),) if self._credentials.issuer_key else ()

    def plant(self) -> Planted:
        """See `probe.Probe.plant`."""
        if self._plantation is None:
            raise Unobservable("no directory to plant files in; name one that the target may read with --plant-dir")
        return self._plantation.plant()

    @property
    def environment_canary(self) -> str:
        """See `probe.Probe.environment_canary`."""
        return environment.canary() if self.transport is Transport.STDIO else ""

    async def stderr(self) -> str:
        """See `probe.Probe.stderr`."""
        session = await self._session()
        return session.stderr if isinstance(session, LineSession) else ""

    @asynccontextmanager
    async def canary(self) -> AsyncIterator[Canary]:
        """See `probe.Probe.canary`."""
        here = self.transport is Transport.STDIO or self.survey.exposure is Exposure.LOCAL
        host = self.consent.canary_host or ("127.0.0.1" if here else "")
        if not host:
            raise Unobservable("the target may not reach a listener on this machine; say by which name: --canary-host")
        async with open_canary(host) as canary:
            yield canary

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
        """See `probe.Probe.request`."""
        session = await self._session()
        return await session.request(method, params, rpc_id=rpc_id, headers=headers, meta=meta, timeout=timeout)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None = None, *, headers: Headers | None = None
    ) -> Exchange:
        """See `probe.Probe.notify`."""
        return await (await self._session()).notify(method, params, headers=headers)

    async def send(
        self, message: Any, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Probe.send`."""
        return await (await self._session()).send(message, headers=headers, timeout=timeout, control=control)

    async def send_bytes(
        self, body: bytes, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """See `probe.Probe.send_bytes`."""
        return await (await self._session()).send_bytes(body, headers=headers, timeout=timeout, control=control)

    async def initialize(
        self,
        *,
        protocol_version: str | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Headers | None = None,
    ) -> Exchange:
        """See `probe.Probe.initialize`; `params` replaces the parameters as a whole."""
        chosen = initialize_params(protocol_version or str(self.revision)) if params is None else dict(params)
        async with self.unopened() as session:
            answer = await session.send(rpc("initialize", chosen, 1), headers=headers)
            session_id = answer.header("mcp-session-id")
            if session_id is not None:
                await session.http("DELETE", headers={**(headers or {}), "mcp-session-id": session_id})
        return answer

    @asynccontextmanager
    async def session(
        self,
        *,
        initialized: bool = True,
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
        headers: Headers | None = None,
        revision: Revision | None = None,
    ) -> AsyncIterator[Session]:
        """See `probe.Probe.session`."""
        opens: Callable[..., Awaitable[LiveSession]] = self._connector.open
        if headers is not None:
            if not isinstance(self._connector, HttpConnector):
                raise HarnessError("a session with headers of its own is for Streamable HTTP only")
            opens = partial(self._connector.open, headers=headers)
        with _observable():
            session = await opens(
                revision or self.revision,
                self._scenario,
                initialized=initialized,
                capabilities=capabilities,
                answers=answers,
            )
        async with _closing(session):
            yield session

    @asynccontextmanager
    async def unopened(self) -> AsyncIterator[Session]:
        """See `probe.Probe.unopened`."""
        with _observable():
            session = await self._connector.unopened(self.revision, self._scenario)
        async with _closing(session):
            yield session

    async def http(
        self,
        verb: str,
        *,
        headers: Headers | None = None,
        body: bytes | None = None,
        path: str | None = None,
        address: str | None = None,
        timeout: float | None = None,
    ) -> Exchange:
        """See `probe.Probe.http`."""
        return await self._connector.http(
            self.revision,
            self._scenario,
            verb,
            headers=headers,
            body=body,
            path=path,
            address=address,
            timeout=timeout,
        )

    async def tls(self) -> TlsPosture:
        """See `probe.Probe.tls`."""
        url = urlsplit(self.url)
        look = partial(tls_posture, url.hostname or "", url.port or _HTTPS)
        return await anyio.to_thread.run_sync(look, abandon_on_cancel=True)

    async def raw(self, data: bytes, *, timeout: float | None = None) -> Exchange:
        """See `probe.Probe.raw`."""
        return await self._connector.raw(self.revision, self._scenario, data, timeout=timeout)

    def http_request_bytes(self, message: Any, *, headers: Headers | None = None, http_version: str = "1.1") -> bytes:
        """See `probe.Probe.http_request_bytes`."""
        return self._connector.http_request_bytes(
            message, headers=headers, http_version=http_version, revision=self.revision
        )

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """See `probe.Probe.link`."""
        if not isinstance(self._connector, HttpAccess):
            raise HarnessError("connections of one's own are for HTTP only")
        async with self._connector.link(self.revision, self._scenario) as link:
            yield link

    def off_the_record(self) -> AbstractContextManager[None]:
        """See `probe.Probe.off_the_record`."""
        return self._recorded.off_the_record(self._scenario)

    async def process(self, session: Session | None = None) -> ProcessReading:
        """See `probe.Probe.process`."""
        with _observable():
            if self.transport is Transport.STDIO:
                return await anyio.to_thread.run_sync(reading, (self._pid(session or await self._session()),))
            if not self._roots:
                url = httpx2.URL(self.url)
                if not is_loopback(url.host):
                    raise Unobservable("the target's process is on another machine, or behind a public address")
                port = url.port or (443 if url.scheme == "https" else 80)
                self._roots = await anyio.to_thread.run_sync(listening, port)
            return await anyio.to_thread.run_sync(reading, self._roots)

    def _pid(self, session: Session) -> int:
        pid = session.pid if isinstance(session, LineSession) else None
        if pid is None:
            raise Unobservable("the target's process is not known")
        return pid

    async def _session(self) -> LiveSession:
        """Open the scenario's own session when it is first used."""
        async with self._opening:
            if self._own is None:
                with _observable():
                    session = await self._opened()
                if not session.usable:
                    raise _unusable(session)
                self._own = session
        return self._own

    async def _opened(self) -> LiveSession:
        if self.transport is Transport.STDIO:
            return await self._stack.enter_async_context(self._pool.acquire(self.revision, self._scenario))
        session = await self._connector.open(self.revision, self._scenario)
        self._stack.push_async_callback(session.close)
        return session


@contextmanager
def _observable() -> Iterator[None]:
    """Turn a target that cannot be reached at all into what a scenario may say of it."""
    try:
        yield
    except TargetError as error:
        raise Unobservable(str(error)) from error


@asynccontextmanager
async def _closing(session: LiveSession) -> AsyncIterator[None]:
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            await session.close()


def _unusable(session: LiveSession) -> Unobservable:
    opening = session.opening
    if opening is None:
        return Unobservable("no session can be opened: the target has ended")
    if opening.error is not None:
        why = f"the target refuses initialize (error {opening.error_code})"
    else:
        why = f"initialize is not answered ({opening.outcome}{': ' + opening.note if opening.note else ''})"
    return Unobservable(f"no session can be opened: {why}", opening)
