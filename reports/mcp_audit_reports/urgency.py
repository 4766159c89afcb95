"""How soon a finding wants to be dealt with: one rule for every format."""

import enum
from collections import Counter
from collections.abc import Iterable

from mcp_audit_harness.model import Finding, Level, Severity

RULE = (
    "P0 (now): critical or high severity. P1 (soon): medium severity, or a MUST that is violated. "
    "P2 (optional): everything else."
)


class Urgency(enum.StrEnum):
    """The priority of a finding, as reviewers number it."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"

    @property
    def when(self) -> str:
        """When to act: now, soon or optional."""
        return {Urgency.P0: "now", Urgency.P1: "soon", Urgency.P2: "optional"}[self]


def urgency(finding: Finding) -> Urgency:
    """Return how urgent a finding is by `RULE`."""
    if finding.severity.rank <= Severity.HIGH.rank:
        return Urgency.P0
    if finding.severity is Severity.MEDIUM or finding.level in {Level.MUST, Level.MUST_NOT}:
        return Urgency.P1
    return Urgency.P2


def counted(findings: Iterable[Finding], wanted: Iterable[Urgency] = Urgency) -> list[str]:
    """Return how many findings there are of each urgency, and when to act on them: `2 P0 (now)`."""
    counts = Counter(map(urgency, findings))
    return [f"{counts[item]} {item} ({item.when})" for item in wanted if counts[item]]


def in_order(findings: tuple[Finding, ...]) -> list[Finding]:
    """Return the findings, the most urgent first, of these the gravest."""
    return sorted(findings, key=lambda finding: (urgency(finding), finding.severity.rank))
