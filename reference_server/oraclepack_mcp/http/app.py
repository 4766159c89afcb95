"""The server over Streamable HTTP as an ASGI app."""

from starlette.types import ASGIApp

from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.http.serving import Surroundings, serve_over_http
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings


def build_http_app(
    settings: Settings, *, domain: Catalogue | None = None, surroundings: Surroundings | None = None
) -> ASGIApp:
    """Make the ASGI app, which serves one lifespan; `domain` replaces the catalogue over the configured roots.

    Raises:
        OSError: a configured root is absent or no directory.
        ValueError: the secret for introspection is not in the environment, or the package for Redis is not installed.
    """
    return serve_over_http(build_server(settings, domain=domain), settings, surroundings or Surroundings())
