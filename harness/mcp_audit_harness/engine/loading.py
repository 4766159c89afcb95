"""What a report says of load: the facts of the scenarios that produced it."""

from ..catalogue import Catalogue
from ..model import Exchange, Revision
from ..model.loading import LoadRun
from .facts import of_kind
from .saved import Run


def loads_of(run: Run, catalogue: Catalogue, exchanges: dict[str, Exchange]) -> tuple[tuple[Revision, LoadRun], ...]:
    """Return what the target did under load at each revision, the newest last."""
    found = ((record.revision, facts) for record, facts in of_kind(run, catalogue, LoadRun, exchanges))
    return tuple(sorted(found, key=lambda item: item[0]))
