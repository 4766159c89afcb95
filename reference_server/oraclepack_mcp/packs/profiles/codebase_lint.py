"""The lint of grouped codebase packs (CL-*): each step attaches the source files that it finds, and no bundle."""

from typing import Final

from oraclepack_mcp.packs.model import Finding, Rule
from oraclepack_mcp.packs.profiles.grouped_lint import Gathering, check_gathering, gathering_rules

_LINT: Final = Gathering("CL", "__code_files", "code_args")
RULES: Final[tuple[Rule, ...]] = gathering_rules(_LINT)
"""What the gathering of files is judged by."""


def check_codebase_lint(raw: bytes) -> list[Finding]:
    """What the lint would refuse, in its order."""
    return check_gathering(raw, _LINT)
