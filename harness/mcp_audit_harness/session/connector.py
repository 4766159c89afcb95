"""What the layers above need of a way to a target, whatever the transport."""

from typing import Any, Protocol

from ..model import Exchange, JsonObject, Revision, Transport
from ..probe import Answers, Headers, Session


class LiveSession(Session, Protocol):
    """A session that can be handed from one scenario to the next."""

    scenario: str
    """Under which exchanges are recorded from now on."""
    revision: Revision


class Connector(Protocol):
    """Opens conversations with one target; nothing that the target does raises, but for the first connection."""

    transport: Transport

    @property
    def url(self) -> str:
        """The endpoint, without credentials; raises HarnessError on transports without HTTP."""
        ...

    async def open(
        self,
        revision: Revision,
        scenario: str,
        *,
        initialized: bool = True,
        capabilities: JsonObject | None = None,
        protocol_version: str | None = None,
        answers: Answers | None = None,
    ) -> LiveSession:
        """Open a conversation: initialize (and initialized) in the handshake era, no exchange in the stateless era.

        A refusal gives a session that is not `usable`, whose `opening` says why.

        Raises:
            TargetError: if the target is a command that cannot be started.
        """
        ...

    async def unopened(self, revision: Revision, scenario: str) -> LiveSession:
        """Connect without a handshake; raises TargetError if the target is a command that cannot be started."""
        ...

    async def http(
        self,
        revision: Revision,
        scenario: str,
        verb: str,
        *,
        headers: Headers | None = None,
        body: bytes | None = None,
        path: str | None = None,
        address: str | None = None,
        timeout: float | None = None,
    ) -> Exchange:
        """As `Probe.http`; raises HarnessError on transports without HTTP."""
        ...

    async def raw(self, revision: Revision, scenario: str, data: bytes, *, timeout: float | None = None) -> Exchange:
        """As `Probe.raw`; raises HarnessError on transports without HTTP."""
        ...

    def http_request_bytes(
        self,
        message: Any,
        *,
        headers: Headers | None = None,
        http_version: str = "1.1",
        revision: Revision | None = None,
    ) -> bytes:
        """As `Probe.http_request_bytes`; raises HarnessError on transports without HTTP."""
        ...

    async def aclose(self) -> None:
        """Close every connection, and end every process."""
        ...
