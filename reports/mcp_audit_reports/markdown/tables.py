"""Tables of GitHub's Markdown."""

from collections.abc import Iterable, Sequence

from mcp_audit_harness.model import RevisionScore

from ..digest import listed
from ..escape import code

SCORED = ("Revision", "MUST", "SHOULD", "Compliance")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already, and hold no line break and no bare pipe."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def named(ids: Sequence[str], limit: int) -> str:
    """Return ids as code, at most `limit` of them, and how many more there are."""
    return listed([code(item) for item in ids], limit)


def scored(score: RevisionScore) -> list[str]:
    """Return the cells of `SCORED`."""
    return [
        str(score.revision),
        f"{score.must_pass} of {score.must_total}",
        f"{score.should_pass} of {score.should_total}",
        f"{score.compliance_percent:.1f} %",
    ]
