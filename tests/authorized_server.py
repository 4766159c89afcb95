"""The reference server behind tokens of a test issuer, in this process: for audits that have to show one."""

import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mcp_audit_harness.model import HttpTarget
from oraclepack_faults.serve import running
from oraclepack_mcp.http.dev_token import development_auth, mint
from oraclepack_mcp.http.settings import LimitSettings, Rate
from oraclepack_mcp.security.scopes import SCOPES
from oraclepack_mcp.settings import Settings

UNLIMITED = LimitSettings(authenticated=Rate(requests=120_000, calls_of_a_tool=120_000), failed_logins=120_000)


@contextmanager
def authorized(faults: Sequence[str] = ()) -> Iterator[HttpTarget]:
    """Serve it; gives the target with a token for the auditor, and one for each other identity."""
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        port = _free_port()
        url = f"http://127.0.0.1:{port}/mcp"
        settings = Settings(
            transport="streamable-http",
            port=port,
            profile="diagnostics",
            auth=development_auth(state, url),
            limits=UNLIMITED,
        )
        tokens = {
            "own": mint(state, url, scopes=SCOPES, subject="alice"),
            "second": mint(state, url, scopes=SCOPES, subject="bob"),
            "low-scope": mint(state, url, scopes=("urls:read",), subject="alice"),
            "foreign-audience": mint(state, f"http://127.0.0.1:{port}/elsewhere", subject="alice"),
        }
        values = {name: f"Bearer {made.token}" for name, made in tokens.items()}
        with running(settings, faults) as served:
            own = ("authorization", values.pop("own"))
            yield HttpTarget(
                served, (own,), identities=tuple(values.items()), issuer_key=str(next(state.glob("*.pem")))
            )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
