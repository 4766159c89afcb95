"""uvicorn on a socket of its own, and how it stops.

To stop means: no new connections; streams that would never end are ended (`streams`); the app is told, by the
`on_draining` that its lifespan may have put into the state; requests in flight have `shutdown_grace_s` for their
answers; then whatever is left is cut off, and the lifespan ends.
"""

import asyncio
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

import anyio.to_thread
import uvicorn
from sse_starlette.sse import AppStatus
from starlette.types import ASGIApp

from oraclepack_mcp.http.accepting import accept_in_turn
from oraclepack_mcp.http.collecting import collect_seldom
from oraclepack_mcp.http.connection import BoundedConnection
from oraclepack_mcp.http.streams import EndingStreams
from oraclepack_mcp.protocol.callers import authority_name
from oraclepack_mcp.settings import Settings

ON_DRAINING: Final = "on_draining"
"""The key of the lifespan state that may hold a function to call, in a thread, when the server begins to stop."""
BACKLOG: Final = 1024
KEEP_ALIVE_SECONDS: Final = 5
"""Seconds that an idle connection is kept."""


@dataclass(frozen=True, slots=True)
class PrivateDoor:
    """A UNIX socket beside the public one, with an app of its own; only the owner of the process can connect."""

    path: Path
    app: ASGIApp


class ListeningServer(uvicorn.Server):
    """A uvicorn server on a socket of its own, which says when it listens; `run()` it in any thread.

    `listener` is a socket that listens already, in place of the address in the settings; other processes may
    accept from it, too.

    Raises:
        OSError: the address cannot be bound, or the certificate cannot be read.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        on_listening: Callable[[str], None] | None = None,
        *,
        listener: socket.socket | None = None,
        door: PrivateDoor | None = None,
    ) -> None:
        self._streams = EndingStreams(app)
        super().__init__(_configure(self._streams, settings))
        self._socket = listener or bind(settings)
        self._is_shared = listener is not None
        self._accepting: asyncio.Task[NoReturn] | None = None
        self.url = url_of(self._socket, settings)
        self._on_listening = on_listening
        self._door = door

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        # The SDK's event streams would otherwise be cut at the signal, answers to requests in flight included.
        AppStatus.enable_automatic_graceful_drain = False
        await super().startup([] if self._is_shared else sockets or [self._socket])
        if self.started:
            if self._is_shared:
                connection = self._connections_of(self.config)
                self._accepting = asyncio.create_task(accept_in_turn(self._socket, connection, self.config.ssl))
            if self._door:
                await self._open(self._door)
            if self._on_listening:
                self._on_listening(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as the module says."""
        self._streams.end()
        hook = self.lifespan.state.get(ON_DRAINING)
        told = asyncio.create_task(anyio.to_thread.run_sync(hook)) if hook else None
        if self._accepting:
            self._accepting.cancel()
            self._socket.close()
        await super().shutdown(sockets)
        if told:
            await told

    async def _open(self, door: PrivateDoor) -> None:
        config = _basic(door.app, lifespan="off")
        config.load()
        door.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(door.path))
        door.path.chmod(0o600)
        listener.setblocking(False)
        connection = self._connections_of(config)
        server = await asyncio.get_running_loop().create_unix_server(connection, sock=listener, backlog=BACKLOG)
        self.servers.append(server)

    def _connections_of(self, config: uvicorn.Config) -> Callable[[], asyncio.Protocol]:
        return partial(BoundedConnection, config, self.server_state, self.lifespan.state)


def serve_http(app: ASGIApp, settings: Settings, *, on_listening: Callable[[str], None] | None = None) -> None:
    """Serve an app until SIGINT or SIGTERM; `on_listening` is called with the URL once connections are accepted.

    Raises:
        OSError: the address cannot be bound.
    """
    from oraclepack_mcp.telemetry.logs import configure  # noqa: PLC0415 - structlog is slow to load

    configure(settings.telemetry)
    collect_seldom()
    ListeningServer(app, settings, on_listening).run()


def bind(settings: Settings) -> socket.socket:
    """The socket of the address in the settings, listening.

    Raises:
        OSError: the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)


def url_of(listener: socket.socket, settings: Settings) -> str:
    """The URL of the server on a socket."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if settings.tls else "http"
    return f"{scheme}://{authority_name(host)}:{port}{settings.path}"


def _configure(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    tls = settings.tls
    files = {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key} if tls else {}
    grace = math.ceil(settings.shutdown_grace_s)
    return _basic(app, lifespan="on", timeout_graceful_shutdown=grace, **files)


def _basic(app: ASGIApp, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=BoundedConnection,
        loop="uvloop",
        ws="none",
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        **options,
    )
