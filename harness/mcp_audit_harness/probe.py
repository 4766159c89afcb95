"""What a scenario may do to a target: the only thing that scenarios see of the transports.

A `Probe` is bound to one target, one revision and one scenario. Everything it does is recorded; nothing that the
target does raises: a hang, a reset or a broken answer is the `outcome` of the exchange.

The standard headers and the `_meta` of the revision are always right unless the caller changes them, so that a probe
can change one dimension and leave the rest alone. In `headers`, a value of None removes a header.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from .fuzz.settings import FuzzSettings
from .load.plan import Ask
from .load.settings import LoadSettings
from .model import (
    Consent,
    Exchange,
    JsonObject,
    Offer,
    Planted,
    ProcessReading,
    Revision,
    Survey,
    TlsPosture,
    Transport,
    Visit,
)
from .model.loading import LoadRun
from .pins import Pins

Headers = Mapping[str, str | None]

Answers: TypeAlias = Callable[[JsonObject], JsonObject | None]
"""Plays the client that a server asks something: from its request to the result, or `{"error": {…}}`, or None: silence.

It has to answer at once, and must not raise.
"""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How a stdio server ended when its standard input was closed."""

    exchange: Exchange
    """What it wrote between the end of input and its own end."""
    exited: bool
    """Whether it exited by itself within the grace period, before any signal."""
    exit_code: int | None
    signal: str = ""
    """The signal that was needed: SIGTERM, SIGKILL, or empty."""
    elapsed_s: float = 0.0


class Stream(Protocol):
    """A stream of messages that the target opened: the GET stream, or the answer to a listen request."""

    @property
    def opening(self) -> Exchange:
        """Status, headers and what has arrived so far."""
        ...

    async def collect(self, *, until: str | None = None, timeout: float = 1.0) -> Exchange:
        """Wait until a message with the method `until` arrives, at most `timeout` seconds; return all that came."""
        ...


class Session(Protocol):
    """A conversation: an HTTP session, a stdio process, or, in the stateless era, just the revision's context."""

    @property
    def opening(self) -> Exchange | None:
        """The initialize exchange; None in the stateless era."""
        ...

    @property
    def session_id(self) -> str | None:
        """The `Mcp-Session-Id` that the target assigned."""
        ...

    @property
    def usable(self) -> bool:
        """Whether the conversation was opened and has not ended."""
        ...

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
        """Send a request and wait for its response; `meta` adds to (None removes from) `params._meta`."""
        ...

    async def notify(
        self, method: str, params: Mapping[str, Any] | None = None, *, headers: Headers | None = None
    ) -> Exchange:
        """Send a notification; on stdio, all that arrives before the answer to a following control request."""
        ...

    async def send(
        self, message: Any, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """Send any JSON value as it is, with the session's headers.

        On stdio a message without a usable id is followed by a control request (ping, or server/discover); whatever
        arrives before the control's answer belongs to the exchange. `control=False` waits for the deadline instead.
        """
        ...

    async def send_bytes(
        self, body: bytes, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """Send bytes as the body of a POST, or as one line on stdio, as `send` does."""
        ...

    async def http(
        self, verb: str, *, headers: Headers | None = None, body: bytes | None = None, timeout: float | None = None
    ) -> Exchange:
        """Send any HTTP request with the session's headers to the endpoint (HTTP only)."""
        ...

    def stream(self, *, last_event_id: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Open the GET stream (HTTP only, handshake era)."""
        ...

    def listen(self, params: Mapping[str, Any]) -> AbstractAsyncContextManager[Stream]:
        """Send `subscriptions/listen` and keep its answer open (stateless era)."""
        ...

    async def close(self) -> Exchange | None:
        """End the conversation: DELETE over HTTP (None if there is no session id), end of input on stdio."""
        ...

    async def shutdown(self, *, grace: float = 5.0) -> Shutdown:
        """Close the server's standard input and watch it end (stdio only)."""
        ...


class Canary(Protocol):
    """A listener on the auditor's loopback, which notes who asks for the addresses that it hands out."""

    host: str
    port: int

    def url(
        self, *, to: str = "", body: str = "", content_type: str = "text/plain", suffix: str = "", host: str = ""
    ) -> str:
        """Return a fresh address that serves `body`, or redirects to `to`; `suffix` ends its path.

        `host` spells the same machine differently (`127.1`, `localhost`).
        """
        ...

    def visits(self, url: str) -> tuple[Visit, ...]:
        """Return the requests that came by this address."""
        ...

    async def wait(self, url: str, *, timeout: float = 1.0) -> tuple[Visit, ...]:
        """Return the requests by this address, as soon as there is one, at the latest after `timeout` seconds."""
        ...


class Link(Protocol):
    """One connection to the target that is written and read piece by piece."""

    @property
    def sent_bytes(self) -> int:
        """How much the target's side has taken so far."""
        ...

    @property
    def open(self) -> bool:
        """Whether nothing has shown yet that the connection is broken."""
        ...

    async def send(self, data: bytes, *, timeout: float = 5.0) -> bool:
        """Send bytes; return whether the target took them all in time."""
        ...

    async def answer(self, message: Mapping[str, Any] | None = None, *, timeout: float | None = None) -> Exchange:
        """Read until one HTTP answer is whole; `message` is what it answers, if that is JSON-RPC."""
        ...

    async def half_close(self) -> None:
        """Say that nothing more will be sent, and go on reading."""
        ...

    async def reset(self) -> None:
        """Break off as a client does that crashes."""
        ...


class Probe(Protocol):
    """A scenario's access to the target at one revision."""

    @property
    def revision(self) -> Revision: ...  # noqa: D102

    @property
    def transport(self) -> Transport: ...  # noqa: D102

    @property
    def survey(self) -> Survey: ...  # noqa: D102

    @property
    def offer(self) -> Offer:
        """What the target offers at this revision."""
        ...

    @property
    def consent(self) -> Consent: ...  # noqa: D102

    @property
    def rng(self) -> random.Random:
        """Seeded by run, scenario and revision: the same run gives the same probes."""
        ...

    @property
    def url(self) -> str:
        """The endpoint (HTTP only)."""
        ...

    @property
    def pins(self) -> Pins | None:
        """The definitions that the operator has reviewed (`--pins`); None if there are none to compare with."""
        ...

    @property
    def fuzzing(self) -> FuzzSettings:
        """How much a scenario that generates its requests plays, from which seed, and whom it tells."""
        ...

    @property
    def loading(self) -> LoadSettings:
        """Which load a scenario produces that is declared with `load=True`; raises HarnessError in any other."""
        ...

    async def load(self, asks: Sequence[Ask], subscribe: Sequence[str] = ()) -> LoadRun:
        """Send the asks as the operator's profile says; `subscribe` names resources for clients that hold streams.

        The facts that only the caller knows (`samples`, `left_out`) are left empty.

        Raises:
            Unobservable: if the target is not on this machine, and the operator did not name its host.
        """
        ...

    @property
    def transcript(self) -> Sequence[Exchange]:
        """All that was recorded at this revision before this scenario: what passive scenarios judge."""
        ...

    def callable_tools(self) -> tuple[JsonObject, ...]:
        """Return the listed tools that the operator consents to call, in listed order."""
        ...

    def anonymous(self) -> Headers:
        """Return the headers by which a request shows no credentials: all that the operator gave are taken away."""
        ...

    def identity(self, name: str) -> Headers | None:
        """Return the headers by which a request speaks for somebody else; None if the operator gave no such token.

        `name` is one of `model.target.IDENTITIES`, or `own`: what the operator's requests show anyway.
        """
        ...

    def mint(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        stranger: bool = False,
    ) -> Headers:
        """Return the headers by which a request shows a token like the operator's own, with some things changed.

        None in `changes` (claims) or `header` (of the token) leaves something out; `exp`, `nbf` and `iat` are seconds
        from now. `stranger` signs with another key of the same kind, which the issuer does not have.

        Raises:
            Unobservable: if the operator handed over no key of the issuer.
        """
        ...

    def issuer_keys(self) -> tuple[JsonObject, ...]:
        """Return the public keys of the test issuer whose key the operator handed over; none if there is none."""
        ...

    def plant(self) -> Planted:
        """Return the files that are planted in and around the operator's `--plant-dir`; the same for the whole run.

        Raises:
            Unobservable: if the operator named no directory.
        """
        ...

    @property
    def environment_canary(self) -> str:
        """The random value of an environment variable of the target; empty unless the target is our child (stdio)."""
        ...

    async def stderr(self) -> str:
        """Return the last of what the target of the scenario's session wrote to its standard error; empty over HTTP."""
        ...

    async def process(self, session: Session | None = None) -> ProcessReading:
        """Return what the target's process and its children hold now: of `session` on stdio, of the listener over HTTP.

        Raises:
            Unobservable: if the process is not on this machine, or may not be looked into.
        """
        ...

    def off_the_record(self) -> AbstractContextManager[None]:
        """Keep no exchange of this scenario meanwhile: for load, of which nothing is cited as evidence."""
        ...

    def link(self) -> AbstractAsyncContextManager[Link]:
        """Open a connection of its own to write piece by piece (HTTP only)."""
        ...

    def canary(self) -> AbstractAsyncContextManager[Canary]:
        """Listen on loopback for visits of the target.

        Raises:
            Unobservable: if the target may not reach this machine's loopback, and the operator said no name for it.
        """
        ...

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
        """Send a request in the scenario's own session, which is opened when first used and closed afterwards.

        On stdio the session is the worker's process for the revision: scenarios share it, one at a time.

        Raises:
            Unobservable: if no session can be opened.
        """
        ...

    async def notify(
        self, method: str, params: Mapping[str, Any] | None = None, *, headers: Headers | None = None
    ) -> Exchange:
        """As `Session.notify`, in the scenario's session."""
        ...

    async def send(
        self, message: Any, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """As `Session.send`, in the scenario's session."""
        ...

    async def send_bytes(
        self, body: bytes, *, headers: Headers | None = None, timeout: float | None = None, control: bool = True
    ) -> Exchange:
        """As `Session.send_bytes`, in the scenario's session."""
        ...

    async def initialize(
        self,
        *,
        protocol_version: str | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Headers | None = None,
    ) -> Exchange:
        """Send one initialize on a fresh connection and drop it (DELETE, or end of input) after the answer."""
        ...

    def session(
        self,
        *,
        initialized: bool = True,
        capabilities: JsonObject | None = None,
        answers: Answers | None = None,
        headers: Headers | None = None,
        revision: Revision | None = None,
    ) -> AbstractAsyncContextManager[Session]:
        """Open a conversation of its own, closed on exit.

        `revision` is another one that the target offers, where a scenario compares two; it is recorded under that.

        `headers` go with every request of it: those of an `identity`, say (Streamable HTTP only).

        `capabilities` is what the client declares (by default every feature of the revision), `answers` what it says
        when the server asks (by default canned replies that change nothing; elicitations are declined).

        `initialized=False` leaves out `notifications/initialized`. A server that refuses gives a session that is not
        `usable`, whose `opening` says why.
        """
        ...

    def unopened(self) -> AbstractAsyncContextManager[Session]:
        """Connect without any handshake: a new process on stdio, no session over HTTP."""
        ...

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
        """Send an HTTP request without any standard header but the operator's own (HTTP only).

        `path` replaces the endpoint's path on the same origin. `address` is another loopback address of this machine,
        to be asked under the endpoint's name; only where the target is on loopback itself. An answer that streams is
        read until its deadline, or until the response to the sent message has arrived.
        """
        ...

    async def tls(self) -> TlsPosture:
        """Return what handshakes show of the server's TLS; nothing but handshakes is sent (https only)."""
        ...

    async def raw(self, data: bytes, *, timeout: float | None = None) -> Exchange:
        """Send bytes on a new TCP or TLS connection and read what comes back (HTTP only)."""
        ...

    def http_request_bytes(self, message: Any, *, headers: Headers | None = None, http_version: str = "1.1") -> bytes:
        """Return the bytes of a correct POST of `message` (HTTP only), for scenarios that spoil them."""
        ...
