"""HTTP/1.1 requests to one target, on one pool of connections: no redirects, no cookies, no proxy, no compression.

A request goes out with exactly the headers that its `HttpRequest` names. Whatever the target does ends up in the
`HttpAnswer`; only a request that HTTP/1.1 cannot express raises.
"""

import functools
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Self

import anyio
import httpx2

from ..errors import HarnessError
from ..model import Outcome
from .faults import FAULTS, explain, one_line
from .http_stream import HttpStream
from .reading import LINGER_S, Headers, HttpAnswer, HttpLimits, OnEvent, Reading
from .tls import client_context

_KEPT_CONNECTIONS = 16
_KEPT_FOR_S = 1.0
"""Below the 2 s or more after which common servers drop an idle connection, so that no request meets a dying one."""
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it goes on the wire."""

    verb: str
    url: str
    headers: Headers
    body: bytes = b""

    @classmethod
    def of(cls, verb: str, url: str, headers: dict[str, str | None], body: bytes | None, *, agent: str) -> Self:
        """Complete `headers` (lower-case names) by those that every request has, unless they are set or None."""
        verb = verb.upper()
        length = str(len(body or b"")) if body is not None or verb in _WITH_LENGTH else None
        own: dict[str, str | None] = {"host": authority(url), "user-agent": agent, "accept-encoding": "identity"}
        if "transfer-encoding" not in headers:
            own["content-length"] = length
        merged = own | headers
        return cls(verb, url, tuple((key, value) for key, value in merged.items() if value is not None), body or b"")


def authority(url: str) -> str:
    """Return the Host header of a URL: without its default port, without credentials."""
    return parsed(url).netloc.decode("ascii")


@functools.lru_cache(maxsize=64)
def parsed(url: str) -> httpx2.URL:
    """Return the parts of a URL.

    Raises:
        HarnessError: if it is not an absolute http or https URL.
    """
    try:
        found = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise HarnessError(f"not a URL: {one_line(str(error))}") from error
    if found.port is not None and found.port > 65535:
        raise HarnessError("the URL has a port above 65535")
    if found.scheme not in {"http", "https"} or not found.host:
        raise HarnessError("the URL has to start with http:// or https:// and name a host")
    return found


class HttpClient:
    """The connections to one target."""

    def __init__(self, scheme: str, *, verify_tls: bool = True, limits: HttpLimits | None = None) -> None:
        self._limits = limits or HttpLimits()
        self._pool = httpx2.AsyncHTTPTransport(
            verify=client_context(scheme, verify=verify_tls),
            trust_env=False,
            limits=httpx2.Limits(
                max_connections=None, max_keepalive_connections=_KEPT_CONNECTIONS, keepalive_expiry=_KEPT_FOR_S
            ),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def fetch(
        self, request: HttpRequest, *, timeout: float, on_event: OnEvent | None = None, awaiting: bool = False
    ) -> HttpAnswer:
        """Send a request and read its answer, for at most `timeout` seconds.

        An event stream is read until `on_event` returns True (and then at most `LINGER_S` longer, for its end), or
        until it ends; `awaiting` says that an end without that is no answer.
        """
        reading = Reading(self._limits, on_event, awaiting=awaiting)
        started = time.perf_counter()
        answered: float | None = None
        end: tuple[Outcome, str] | None = None
        with anyio.move_on_after(timeout) as scope:
            try:
                async with self._sent(request) as response:
                    reading.begin(response.status_code, _headers(response))
                    async with aclosing(response.aiter_raw()) as chunks:
                        async for chunk in chunks:
                            reading.take(chunk)
                            if reading.fault is not None:
                                break
                            if reading.done and answered is None:
                                answered = time.perf_counter()
                                scope.deadline = min(scope.deadline, anyio.current_time() + LINGER_S)
                end = reading.broke(reading.fault) if reading.fault is not None else reading.ended()
            except FAULTS as error:
                end = reading.broke(explain(error))
        elapsed = (answered or time.perf_counter()) - started
        return reading.answer(end or reading.timed_out(timeout), elapsed)

    @asynccontextmanager
    async def _sent(self, request: HttpRequest) -> AsyncIterator[httpx2.Response]:
        message = httpx2.Request(
            request.verb,
            parsed(request.url),
            headers=[(_octets(key), _octets(value)) for key, value in request.headers],
            stream=httpx2.ByteStream(request.body),
            extensions={"timeout": {"connect": self._limits.connect_timeout_s}},
        )
        response = await self._pool.handle_async_request(message)
        try:
            yield response
        finally:
            await response.aclose()

    async def open_stream(self, request: HttpRequest, *, timeout: float, on_event: OnEvent | None = None) -> HttpStream:
        """Send a request whose answer is kept open; the stream has to be closed.

        Returns when the header of an event stream, or the whole of another answer, has arrived, or `timeout` is over.
        """
        stream = HttpStream(Reading(self._limits, on_event))
        await stream.start(self._pump(request, stream), timeout)
        return stream

    async def _pump(self, request: HttpRequest, stream: HttpStream) -> None:
        reading = stream.reading
        try:
            async with self._sent(request) as response:
                reading.begin(response.status_code, _headers(response))
                if reading.streams:
                    stream.opened()
                async with aclosing(response.aiter_raw()) as chunks:
                    async for chunk in chunks:
                        reading.take(chunk)
                        stream.arrived()
                        if reading.fault is not None:
                            break
            stream.ended(reading.fault or reading.ended())
        except FAULTS as error:
            stream.ended(explain(error))


def _headers(response: httpx2.Response) -> Headers:
    return tuple((key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in response.headers.raw)


def _octets(text: str) -> bytes:
    """Encode a header as it was decoded; what Latin-1 lacks goes out as UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
