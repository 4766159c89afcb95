"""What a report says of load: the facts of the scenarios that produced it."""

from collections.abc import Iterator

from ..catalogue import Catalogue
from ..errors import TargetError
from ..model import Exchange, Revision
from ..model.loading import LoadRun
from .saved import Run, facts_of


def loads_of(run: Run, catalogue: Catalogue, exchanges: dict[str, Exchange]) -> tuple[tuple[Revision, LoadRun], ...]:
    """Return what the target did under load at each revision, the newest last."""
    return tuple(sorted(_loads(run, catalogue, exchanges), key=lambda item: item[0]))


def _loads(run: Run, catalogue: Catalogue, exchanges: dict[str, Exchange]) -> Iterator[tuple[Revision, LoadRun]]:
    loading = {check.scenario.name for check in catalogue.checks if check.scenario.facts is LoadRun}
    for record in run.records:
        if record.scenario in loading and record.facts is not None:
            try:
                yield record.revision, facts_of(record, LoadRun, exchanges)
            except TargetError:  # each of its checks says so
                continue
