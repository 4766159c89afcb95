"""The server over Streamable HTTP: an ASGI app, and uvicorn to serve it on a loopback address."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import uvicorn
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.protocol.callers import LOCAL_NAMES, authority_name
from oraclepack_mcp.protocol.http_gate import HttpGate
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings


def build_http_app(settings: Settings, *, domain: Catalogue | None = None) -> ASGIApp:
    """Make the ASGI app, which serves one lifespan; `domain` replaces the catalogue over the configured roots.

    Raises:
        OSError: a configured root is absent or no directory.
    """
    names = [*LOCAL_NAMES, authority_name(settings.host)]
    manager = StreamableHTTPSessionManager(
        app=build_server(settings, domain=domain),
        security_settings=TransportSecuritySettings(
            allowed_hosts=[f"{name}:*" for name in names] + names,
            allowed_origins=[f"http://{name}:*" for name in names] + list(settings.allowed_origins),
        ),
        max_request_body_size=settings.max_message_bytes,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    gate = HttpGate(StreamableHTTPASGIApp(manager), settings)
    app = Starlette(routes=[Route(settings.path, endpoint=gate)], lifespan=lifespan)
    app.router.redirect_slashes = False
    return app


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
