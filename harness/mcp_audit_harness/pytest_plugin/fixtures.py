"""Fixtures for the tests of people who write a server: the target, probes of it, audits of anything."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..model import Target
    from .audits import Audits
    from .probes import Probes


@pytest.fixture(scope="session")
def mcp_target(pytestconfig: pytest.Config) -> "Target":
    """The server that `--mcp-target` or `--mcp-stdio` names; a project can define the fixture anew for its own."""
    from .options import target_of, wanted  # noqa: PLC0415 - start-up time of every pytest run

    if not wanted(pytestconfig):
        pytest.fail(
            "no MCP server to test: give --mcp-target URL or --mcp-stdio COMMAND, or define the fixture mcp_target",
            pytrace=False,
        )
    return target_of(pytestconfig)


@pytest.fixture(scope="session")
def mcp_probe(mcp_target: "Target", pytestconfig: pytest.Config) -> "Probes":
    """Open a conversation with the server: `with mcp_probe() as probe:`, or `async with` in an async test.

    `mcp_probe("2025-06-18")` speaks that revision; without one, the newest that the server offers.
    """
    from .options import audit_options  # noqa: PLC0415
    from .probes import Probes  # noqa: PLC0415

    return Probes(mcp_target, audit_options(pytestconfig))


@pytest.fixture(scope="session")
def mcp_audit(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> "Audits":
    """Audit a server and return the report: `mcp_audit()`, `mcp_audit(app)`, `mcp_audit(url, call="all")`."""
    from .audits import Audits  # noqa: PLC0415

    return Audits(pytestconfig, lambda: request.getfixturevalue("mcp_target"))
