"""Every duty of the specification: one row each, in a TOML file per area; those of clients are out of scope.

A row is a table named by its id. `levels` maps each revision that knows the duty to `LEVEL page#anchor`, so that one
row follows a duty through the revisions; a duty without a key word of its own is `DERIVED`, with its source as page.
`excluded` says why no check looks at it, `excluded_at` why none does at some revision where others are looked at.
"""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from mcp_audit_harness.declare import DeclarationError
from mcp_audit_harness.model import Citation, Level, Requirement, Revision, Role

_KEYS = frozenset({"text", "role", "observable", "needs", "applies_if", "excluded", "levels", "excluded_at"})


def load_requirements() -> tuple[Requirement, ...]:
    """Return every row, in the order of files and rows.

    Raises:
        DeclarationError: for an unknown key, an unknown level, or an id that occurs twice.
    """
    rows: dict[str, Requirement] = {}
    for path in sorted(files(__package__).iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            for row in _rows(path):
                if row.id in rows:
                    raise DeclarationError(f"{path.name}: the requirement {row.id} exists twice")
                rows[row.id] = row
    return tuple(rows.values())


def _rows(path: Traversable) -> Iterator[Requirement]:
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        unknown = set(table) - _KEYS
        if unknown:
            raise DeclarationError(f"{path.name}: {name} has unknown keys: {', '.join(sorted(unknown))}")
        yield Requirement(
            id=name,
            text=table["text"],
            citations=tuple(sorted(_citations(name, table), key=lambda citation: citation.revision.position)),
            role=Role(table.get("role", "server")),
            observable=table.get("observable", "both"),
            needs=table.get("needs", ""),
            applies_if=table.get("applies_if", ""),
            excluded=table.get("excluded", ""),
        )


def _citations(name: str, table: dict[str, Any]) -> Iterator[Citation]:
    for revision, words in table["levels"].items():
        level = next((level for level in sorted(Level, key=len, reverse=True) if words.startswith(f"{level} ")), None)
        if level is None:
            raise DeclarationError(f"requirement {name}: {words!r} does not start with a level")
        page, _, anchor = words.removeprefix(f"{level} ").partition("#")
        yield Citation(Revision(revision), level, page, anchor, table.get("excluded_at", {}).get(revision, ""))
