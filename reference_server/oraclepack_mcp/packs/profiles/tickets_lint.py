"""The lint of grouped ticket packs (TL-*): each step attaches the tickets that it finds, and no bundle."""

from typing import Final

from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.grouped_lint import Gathering, check_gathering, gathering_rules

_LINT: Final = Gathering("TL", "__tickets", "ticket_args")
RULES: Final[tuple[Rule, ...]] = gathering_rules(_LINT)
"""What the gathering of files is judged by."""


def check_tickets_lint(raw: bytes) -> list[Finding]:
    """What the lint would refuse, in its order."""
    return check_gathering(raw, _LINT)
