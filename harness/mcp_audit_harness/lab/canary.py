"""A listener on loopback that notes every request: proof that a target fetched an address that it was handed.

The path of each address is random, so that only who was handed it can ask for it; what is added to the path is noted,
too. Requests for no such path are noted under the empty address: only who was handed some address knows the port. What
is served is at most a short text or a redirect to another address of the same listener; 200 requests are noted, later
ones are refused.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream

from ..errors import HarnessError
from ..model.planted import Visit

_MOST_VISITS = 200
_HEAD, _BODY = 16_384, 4_096
_PATIENCE_S = 2.0
_PEERS = 16
_TLS = b"\x16\x03"
"""How a TLS handshake begins."""


@dataclass(frozen=True, slots=True)
class _Page:
    url: str
    status: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(slots=True)
class Canary:
    """The listener; `open_canary` starts and ends it."""

    host: str
    """The name by which the target reaches it."""
    port: int
    _pages: dict[str, _Page] = field(default_factory=dict)
    _visits: list[Visit] = field(default_factory=list)
    _news: anyio.Event = field(default_factory=anyio.Event)

    def url(
        self, *, to: str = "", body: str = "", content_type: str = "text/plain", suffix: str = "", host: str = ""
    ) -> str:
        """Return a fresh address that serves `body`, or redirects to `to`; `suffix` ends its path (`/data.xml`).

        `host` spells the same machine differently (`127.1`, `localhost`).
        """
        path = f"/{secrets.token_hex(12)}{suffix}"
        url = f"http://{host or self.host}:{self.port}{path}"
        headers = (("location", to),) if to else (("content-type", content_type),)
        self._pages[path] = _Page(url, "302 Found" if to else "200 OK", headers, "" if to else body or "ok")
        return url

    def visits(self, url: str) -> tuple[Visit, ...]:
        """Return the requests that came by this address; those by none that was handed out under an empty one."""
        return tuple(visit for visit in self._visits if visit.url == url)

    async def wait(self, url: str, *, timeout: float = 1.0) -> tuple[Visit, ...]:
        """Return the requests by this address, as soon as there is one, at the latest after `timeout` seconds."""
        with anyio.move_on_after(timeout):
            while not self.visits(url):
                news = self._news
                await news.wait()
        return self.visits(url)

    async def serve(self, stream: ByteStream) -> None:
        """Answer one request and hang up."""
        async with stream:
            with anyio.move_on_after(_PATIENCE_S):
                try:
                    await self._answer(stream)
                except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
                    return  # whoever called hung up: what was complete until then is noted

    async def _answer(self, stream: ByteStream) -> None:
        data = b""
        while b"\r\n\r\n" not in data and len(data) < _HEAD:
            data += await stream.receive()
            if data.startswith(_TLS):
                self._note(Visit("", "TLS", "", ()))
                return
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        target = rest.partition(" ")[0]
        pairs = (line.partition(":") for line in lines[1:])
        headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
        length = next((value for name, value in headers if name == "content-length"), "0")
        wanted = min(int(length), _BODY) if length.isdecimal() and len(length) < 9 else 0
        while len(body) < wanted:
            body += await stream.receive()
        page = self._page(target)
        text = body[:_BODY].decode("utf-8", "replace")
        room = self._note(Visit(page.url if page else "", method, target, headers, text))
        if page is None or not room:
            await stream.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            return
        fields = (*page.headers, ("content-length", str(len(page.body.encode()))), ("connection", "close"))
        told = "".join(f"{name}: {value}\r\n" for name, value in fields)
        await stream.send(f"HTTP/1.1 {page.status}\r\n{told}\r\n{page.body}".encode())

    def _note(self, visit: Visit) -> bool:
        """Note a visit; tell whether there was room for it."""
        room = len(self._visits) < _MOST_VISITS
        if room:
            self._visits.append(visit)
            self._news, news = anyio.Event(), self._news
            news.set()
        return room

    def _page(self, target: str) -> _Page | None:
        """Return what a request target asks for, by the whole path or by its first part."""
        path = self._path(target)
        return self._pages.get(path) or self._pages.get("/" + path.lstrip("/").partition("/")[0])

    @staticmethod
    def _path(target: str) -> str:
        """Return the path of a request target, which may be a whole URL, without its query."""
        if "://" in target:
            target = "/" + target.partition("://")[2].partition("/")[2]
        return target.partition("?")[0].partition("#")[0]


@asynccontextmanager
async def open_canary(host: str) -> AsyncIterator[Canary]:
    """Listen on a free port of 127.0.0.1 until the block ends; `host` is how the target calls this machine."""
    try:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    except OSError as error:
        raise HarnessError(f"cannot listen on loopback: {error.strerror}") from error
    async with listener, AsyncExitStack() as stack, anyio.create_task_group() as tasks:
        canary = Canary(host, listener.extra(SocketAttribute.local_port))  # noqa: S610 - anyio's, not a database's
        room = anyio.CapacityLimiter(_PEERS)

        async def greet(stream: SocketStream) -> None:
            async with room:
                await canary.serve(stream)

        tasks.start_soon(listener.serve, greet)
        with suppress(OSError):  # no IPv6 here, or the port is taken there
            six = await anyio.create_tcp_listener(local_host="::1", local_port=canary.port)
            await stack.enter_async_context(six)
            tasks.start_soon(six.serve, greet)
        yield canary
        tasks.cancel_scope.cancel()
