"""Facts of one kind in a run, whichever scenarios gave them."""

from collections.abc import Iterator
from typing import TypeVar

from ..catalogue import Catalogue
from ..errors import TargetError
from ..model import Exchange
from .saved import Record, Run, facts_of

_Facts = TypeVar("_Facts")


def of_kind(
    run: Run, catalogue: Catalogue, kind: type[_Facts], exchanges: dict[str, Exchange]
) -> Iterator[tuple[Record, _Facts]]:
    """Yield the records whose facts are of that kind, with the facts; those that cannot be read are left out."""
    scenarios = {check.scenario.name for check in catalogue.checks if check.scenario.facts is kind}
    for record in run.records:
        if record.scenario in scenarios and record.facts is not None:
            try:
                yield record, facts_of(record, kind, exchanges)
            except TargetError:  # each of its checks says so
                continue
