"""The server over Streamable HTTP as an ASGI app."""

import contextlib
from collections.abc import AsyncIterator

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.protocol.callers import LOCAL_NAMES, CallerCheck, authority_name
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

    gate = HttpGate(StreamableHTTPASGIApp(manager), max_message_bytes=settings.max_message_bytes)
    checked = CallerCheck(gate, allowed_origins=settings.allowed_origins)
    app = Starlette(routes=[Route(settings.path, endpoint=checked)], lifespan=lifespan)
    app.router.redirect_slashes = False
    return app
