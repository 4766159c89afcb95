"""What every HTTP connector can do without a session: bare requests, raw bytes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ..model import Exchange, HttpTarget, Revision, Transport
from ..probe import Headers
from .bounds import Bounds
from .http_exchange import HttpCaller, Where
from .http_link import HttpLink
from .transcript import Transcript


class HttpAccess:
    """Sessionless access to a target by HTTP."""

    def __init__(self, target: HttpTarget, transcript: Transcript, bounds: Bounds, transport: Transport) -> None:
        self.transport = transport
        self._caller = HttpCaller(target, transcript, bounds, transport)

    @property
    def url(self) -> str:
        """The address that the operator gave, without credentials."""
        return self._caller.url

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
        """See `probe.Probe.http`; a redirect is recorded, not followed.

        A stream is read until its deadline, the response to a sent message, or the `endpoint` event of HTTP+SSE.
        """
        where = Where(revision, scenario)
        return await self._caller.bare(
            where, verb, headers=headers, body=body, path=path, address=address, timeout=timeout
        )

    async def raw(self, revision: Revision, scenario: str, data: bytes, *, timeout: float | None = None) -> Exchange:
        """See `probe.Probe.raw`."""
        return await self._caller.raw(Where(revision, scenario), data, timeout=timeout)

    @asynccontextmanager
    async def link(self, revision: Revision, scenario: str) -> AsyncIterator[HttpLink]:
        """See `probe.Probe.link`."""
        async with self._caller.link() as raw:
            yield HttpLink(self._caller, Where(revision, scenario), raw)

    def http_request_bytes(
        self,
        message: Any,
        *,
        headers: Headers | None = None,
        http_version: str = "1.1",
        revision: Revision | None = None,
    ) -> bytes:
        """See `probe.Probe.http_request_bytes`; with `revision`, its headers for the message are among them."""
        return self._caller.request_bytes(message, headers=headers, http_version=http_version, revision=revision)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._caller.aclose()
