"""Published advisories on MCP software, and the names by which servers give themselves away.

A table in pypi.toml, npm.toml or others.toml is one advisory, named by its CVE, or by its GHSA where there is none.
`affected` says which versions of which package; `attacks` which attacks would show it, `proven_by` which checks fail on
an affected version because of it and on no fixed one; `confirmation`, `confirmed` and `sources` where the row is from.
servers.toml holds names in serverInfo and texts in answers that tell what a server is made of.
"""

import functools
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

from mcp_audit_harness.declare import DeclarationError
from mcp_audit_harness.model import (
    Advisory,
    AdvisoryDatabase,
    Affected,
    KnownServer,
    Mark,
    Package,
    Severity,
)

_FILES: Final = ("pypi.toml", "npm.toml", "others.toml")
_NAMES: Final = "servers.toml"


@functools.cache
def load_advisories() -> AdvisoryDatabase:
    """Return every advisory, in the order of files and tables, and the names of servers.

    Raises:
        DeclarationError: for an unknown key, a severity that does not exist, or an id that occurs twice.
    """
    rows: dict[str, Advisory] = {}
    for name in _FILES:
        for advisory in _advisories(name):
            for alias in (advisory.id, *advisory.aliases):
                if alias in rows:
                    raise DeclarationError(f"{name}: the advisory {alias} exists twice")
                rows[alias] = advisory
    names = _table(_NAMES)
    return AdvisoryDatabase(
        advisories=tuple(dict.fromkeys(rows.values())),
        servers=tuple(
            KnownServer(row["name"], _package(row["package"]), _optional(row.get("version_of")))
            for row in names["server"]
        ),
        marks=tuple(Mark(_package(row["package"]), row["text"]) for row in names["mark"]),
    )


def _advisories(name: str) -> Iterator[Advisory]:
    for row, table in _table(name).items():
        try:
            yield _advisory(row, dict(table))
        except (KeyError, TypeError, ValueError) as error:
            raise DeclarationError(f"{name}: {row}: {error!r}") from error


def _advisory(row: str, table: dict[str, Any]) -> Advisory:
    affected = tuple(
        Affected(Package(item["ecosystem"], item["package"]), tuple(item["versions"]), item["fixed"])
        for item in table.pop("affected")
    )
    for key in ("aliases", "weaknesses", "attacks", "proven_by", "sources"):
        table[key] = tuple(table.get(key, ()))
    table["severity"], table["confirmed"] = Severity(table["severity"]), str(table["confirmed"])
    return Advisory(id=row, affected=affected, **table)


def _package(text: str) -> Package:
    """Read `npm:@modelcontextprotocol/sdk`."""
    ecosystem, _, name = text.partition(":")
    return Package(ecosystem, name)


def _optional(text: str | None) -> Package | None:
    return _package(text) if text else None


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
