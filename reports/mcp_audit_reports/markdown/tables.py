"""Tables of GitHub's Markdown."""

from collections.abc import Iterable, Sequence

from ..escape import code


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already, and hold no line break and no bare pipe."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def named(ids: Sequence[str], limit: int) -> str:
    """Return ids as code, at most `limit` of them, and how many more there are."""
    names = ", ".join(code(item) for item in ids[:limit])
    return f"{names} and {len(ids) - limit} more" if len(ids) > limit else names
