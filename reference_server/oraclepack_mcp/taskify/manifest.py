"""The manifest of grouped packs: its entries are whole, and no ticket is asked about twice (6.6)."""

from typing import Final

from oraclepack_mcp.taskify.fields import Fields

MAX_GROUPS: Final = 1000
"""Entries of a manifest that are looked at."""


def check_manifest(manifest: Fields) -> None:
    """Note what its entries lack, and the tickets that are in several of them."""
    entries = manifest.array("groups")
    if len(entries) > MAX_GROUPS:
        manifest.note("ACTIONS_TOO_MANY", "groups", f"only the first {MAX_GROUPS} groups are looked at")
    seen: set[str] = set()
    for index, entry in enumerate(entries[:MAX_GROUPS]):
        group = Fields.of(entry, f"groups[{index}]", manifest.problems)
        for ticket in _tickets(group) if group is not None else []:
            if ticket in seen:
                manifest.note("TICKETS_IN_SEVERAL_GROUPS", f"groups[{index}]", f"{ticket[:200]!r} is in a group before")
            seen.add(ticket)


def _tickets(group: Fields) -> list[str]:
    """The tickets of an entry whose other fields are looked at as well."""
    for name in ("group", "slug", "pack_path", "out_dir"):
        group.text(name)
    group.integer("part", 1)
    group.texts("attached_paths")
    return group.texts("original_tickets")
