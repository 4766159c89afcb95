"""A known way to attack an MCP server, and what tries it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attack:
    """One row of the table of attacks: checks that prove it, or the reason why nothing tries it."""

    id: str
    checks: tuple[str, ...] = ()
    excluded: str = ""
