"""The audit as a pytest plugin: every check at every revision as an item, and fixtures for an author's own tests.

It is installed with the package and does nothing until `--mcp-target` or `--mcp-stdio` is given or a fixture of it is
asked for. Whatever costs time to import is imported then.
"""

from typing import TYPE_CHECKING

import pytest

from .fixtures import mcp_audit, mcp_probe, mcp_target
from .options import add_options, named_items, wanted

if TYPE_CHECKING:
    from .session import AuditSession

__all__ = [
    "mcp_audit",
    "mcp_probe",
    "mcp_target",
    "pytest_addoption",
    "pytest_configure",
]

_MARKERS = (
    "mcp(check, area, category, severity, revision): an item of the MCP audit, by what it looks at",
    "mcp_conformance: items of the MCP audit that hold the server to the specification",
    "mcp_security: items of the MCP audit that attack the server",
    "mcp_robustness: items of the MCP audit that ask whether the server survives odd input",
    "mcp_performance: items of the MCP audit about time and memory",
    "mcp_quality: items of the MCP audit about good practice",
    "mcp_<area>: items of one area of the MCP audit, such as mcp_tools or mcp_lifecycle",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the audit."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and, where a target is named, the audit itself."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    if wanted(config):
        named_items(config)
        config.pluginmanager.register(_audit_session(config), "mcp-audit-session")


def _audit_session(config: pytest.Config) -> "AuditSession":
    from .session import AuditSession  # noqa: PLC0415 - every pytest run of every user would pay for it

    return AuditSession.of(config)
