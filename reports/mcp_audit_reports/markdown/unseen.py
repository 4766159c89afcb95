"""(f) What could not be observed, and what to grant or to offer to observe it."""

from collections.abc import Iterator

from ..assessment import Assessment
from ..escape import code, prose, shortened
from .tables import named, table

_NAMED = 3
_REASON = 300


def unseen(assessment: Assessment) -> Iterator[str]:
    """Yield the section; nothing where all was seen."""
    if not assessment.unobserved:
        return
    yield "## Not observed"
    yield (
        "What nothing can be said of, and why. Where options of `mcp-audit` would allow it they are named; the rest "
        "depends on what the server offers and does."
    )
    rows = [
        [
            ", ".join(code(option) for option in item.options),
            prose(shortened(item.reason, _REASON)),
            str(item.count),
            named(item.subjects, _NAMED),
        ]
        for item in assessment.unobserved
    ]
    yield table(("Grant", "Reason", "Count", "Checks, duties and features"), rows)
