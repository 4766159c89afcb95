"""Lists of findings: how many are worth keeping, and what they amount to."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from oraclepack_mcp.packs.model import Finding

MAX_FINDINGS: Final = 1000
"""Findings of one program about one file; a hostile file could be worth millions."""
MAX_TOKEN: Final = 200
"""Characters of a pack's text that a finding repeats."""


def capped(findings: Iterable[Finding]) -> list[Finding]:
    """The first findings, as many as are worth keeping."""
    return list(islice(findings, MAX_FINDINGS))


def has_error(findings: Iterable[Finding]) -> bool:
    """Whether any finding is an error, which is what refuses a pack."""
    return any(finding.severity == "error" for finding in findings)
