"""The server over Streamable HTTP as an ASGI app."""

from starlette.types import ASGIApp

from oraclepack_mcp.composition import compose
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.http.health import disk_has_room, roots_readable
from oraclepack_mcp.http.serving import Surroundings, serve_over_http
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
    return serve_over_http(
        build_server(settings, domain=domain), settings, surroundings or own_surroundings(settings, domain)
    )


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
