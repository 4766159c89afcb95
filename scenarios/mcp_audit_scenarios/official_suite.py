"""How the checks of the official conformance suite are called, and which duties and features of ours they are about."""

import tomllib
from importlib.resources import files

from mcp_audit_harness.model import OfficialAliases


def load_official_suite() -> OfficialAliases:
    """Return the table of official_suite.toml."""
    table = tomllib.loads(files(__package__).joinpath("official_suite.toml").read_text(encoding="utf-8"))
    return OfficialAliases(
        same=tuple((name, tuple(rows)) for name, rows in table["same"].items()),
        explained=tuple(table["explained"].items()),
        different=tuple(table["different"].items()),
    )
