"""uvicorn on a socket of its own."""

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from oraclepack_mcp.protocol.callers import authority_name
from oraclepack_mcp.settings import Settings


class ListeningServer(uvicorn.Server):
    """A uvicorn server on a socket of its own, which says when it listens; `run()` it in any thread."""

    def __init__(self, app: ASGIApp, settings: Settings, on_listening: Callable[[str], None] | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                loop="uvloop",
                ws="none",
                proxy_headers=False,
                lifespan="on",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        self._socket = socket.create_server((settings.host, settings.port), family=family, backlog=1024)
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://{authority_name(host)}:{port}{settings.path}"
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, then say so."""
        await super().startup(sockets or [self._socket])
        if self.started and self._on_listening:
            self._on_listening(self.url)


def serve_http(app: ASGIApp, settings: Settings, *, on_listening: Callable[[str], None] | None = None) -> None:
    """Serve an app until SIGINT or SIGTERM; `on_listening` is called with the URL once connections are accepted.

    Raises:
        OSError: the address cannot be bound.
    """
    ListeningServer(app, settings, on_listening).run()
