"""The server over Streamable HTTP as an ASGI app."""

from dataclasses import replace
from typing import Any

from mcp.server.lowlevel import Server
from starlette.types import ASGIApp

from oraclepack_mcp.composition import compose
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.http.health import disk_has_room, roots_readable
from oraclepack_mcp.http.serving import Surroundings, serve_over_http
from oraclepack_mcp.http.two_endpoints import legacy_routes
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.server.callers import required_scopes
from oraclepack_mcp.server.tools import TOOLS
from oraclepack_mcp.settings import Settings
from oraclepack_mcp.telemetry.metrics import Metrics


def build_http_app(
    settings: Settings, *, domain: Domain | None = None, surroundings: Surroundings | None = None
) -> ASGIApp:
    """Make the ASGI app, which serves one lifespan; `domain` replaces that of the settings.

    Raises:
        OSError: a configured root is absent or no directory.
        ValueError: the secret for introspection is not in the environment, or the package for Redis is not installed.
    """
    domain = domain or compose(settings)
    if settings.execution.policy != "off":
        domain.runs.recover()
    server = build_server(settings, domain=domain)
    surroundings = surroundings or own_surroundings(settings, domain)
    if settings.profile == "diagnostics":
        surroundings = with_diagnostics(surroundings, server, settings)
    return serve_over_http(server, settings, surroundings)


def with_diagnostics(surroundings: Surroundings, server: Server[Any], settings: Settings) -> Surroundings:
    """Add what tests of transports need: streams that can be resumed, and the transport of 2024-11-05.

    That transport knows no tokens, and one process alone can serve it.
    """
    plain = settings.auth is None and settings.workers == 1
    routes = legacy_routes(server, settings.max_message_bytes) if plain else ()
    return replace(surroundings, resumable=True, routes=(*surroundings.routes, *routes))


def own_surroundings(settings: Settings, domain: Domain) -> Surroundings:
    """What the HTTP side is told about this server: tools that reach out have time limits of their own."""
    metrics = Metrics([tool.name for tool in TOOLS])
    domain.runs.on_end(metrics.run_ended)
    disks = [root.real_path for root in domain.roots.roots]
    return Surroundings(
        required_scopes=required_scopes,
        may_last=frozenset(tool.name for tool in TOOLS if tool.hints.open_world),
        metrics=metrics,
        checks={
            "roots": lambda: roots_readable(domain.roots),
            "runs": domain.runs.check,
            "disk": lambda: disk_has_room(disks, settings.telemetry.min_free_bytes),
        },
        on_draining=lambda: domain.runs.shutdown(settings.shutdown_grace_s),
    )
