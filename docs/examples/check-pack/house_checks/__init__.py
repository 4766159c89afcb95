"""Rules of our own for MCP servers, as a check pack of mcp-audit."""

from mcp_audit_harness.catalogue import Catalogue

from . import names
from .rules import RULES


def catalogue() -> Catalogue:
    """Return every check of this package: what the entry point names."""
    return Catalogue.collect([names], RULES)
