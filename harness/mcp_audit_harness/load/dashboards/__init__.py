"""Prometheus and Grafana beside a load run: `write_dashboards` writes what `docker compose up` needs.

Both listen on 127.0.0.1 only. They share the host's network, because what they ask listens on the host's loopback, too.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

from ..grafana import dashboard_json

METRICS_PORT: Final = 9646
"""Where Prometheus looks for the run's own metrics, unless it is told otherwise."""
SERVER: Final = "127.0.0.1:8000"
"""Where it looks for the server's."""
_COPIED: Final = {
    "compose.yaml": "compose.yaml",
    "datasource.yaml": "provisioning/datasources/prometheus.yaml",
    "provider.yaml": "provisioning/dashboards/load.yaml",
}
_DASHBOARD: Final = "dashboards/mcp-load.json"
_PROMETHEUS: Final = "prometheus.yml"


def write_dashboards(directory: Path, *, metrics_port: int = METRICS_PORT, server: str = SERVER) -> tuple[Path, ...]:
    """Write the dashboard, its provisioning and a compose file; return the files in the order of writing.

    Args:
        directory: is made if it is not there; files of the same names are replaced.
        metrics_port: of the run, on this machine (`--metrics-port`).
        server: HOST:PORT of the server's own `/metrics`.

    Raises:
        ValueError: if `server` is not HOST:PORT, or a port is none.
        OSError: if the files cannot be written.
    """
    host, _, port = server.rpartition(":")
    if not _is_host(host) or not _is_port(port) or not _is_port(str(metrics_port)):
        raise ValueError(f"not HOST:PORT with a port between 1 and 65535: {server!r}, {metrics_port}")
    template = files(__name__).joinpath(_PROMETHEUS).read_text(encoding="utf-8")
    texts = {
        _PROMETHEUS: template.replace(str(METRICS_PORT), str(metrics_port)).replace(SERVER, server),
        _DASHBOARD: dashboard_json(),
    }
    texts |= {to: files(__name__).joinpath(name).read_text(encoding="utf-8") for name, to in _COPIED.items()}
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(directory / name for name in texts)


def _is_host(text: str) -> bool:
    return bool(text) and all(character.isalnum() or character in "-._[]:" for character in text)


def _is_port(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) < 65536
