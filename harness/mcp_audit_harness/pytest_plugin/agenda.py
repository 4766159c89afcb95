"""What there is to see at a target: the items of an audit, made once and handed to every process that collects."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import msgspec

from ..api import load_catalogue, survey_and_plan
from ..declare import Check
from ..errors import TargetError
from ..model import Exposure, Severity, SeverityByExposure
from .options import AUDIT, Order


@dataclass(frozen=True, slots=True)
class Entry:
    """One check at one revision: one item."""

    check: str
    revision: str
    category: str
    severity: str

    @property
    def name(self) -> str:
        """The item's name."""
        return f"{self.check}[{self.revision}]"

    @property
    def id(self) -> str:
        """The item's node id."""
        return f"{AUDIT}::{self.name}"

    @property
    def area(self) -> str:
        """The first part of the check's id."""
        return self.check.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The items of an audit in their order, or why there are none."""

    label: str = ""
    entries: tuple[Entry, ...] = ()
    failure: str = ""
    whole: bool = True
    """Whether these are all items that there are; False where some were named on the command line."""

    def dump(self) -> str:
        """Return the agenda as text."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def load(cls, text: str) -> "Agenda":
        """Return the agenda that `dump` wrote."""
        return msgspec.json.decode(text, type=cls)


def agenda_of(order: Order) -> Agenda:
    """Look at the target and return what an audit of it would judge; nothing that the target does raises."""
    catalogue = load_catalogue()
    try:
        survey, planned = anyio.run(partial(survey_and_plan, order.target, catalogue, order.options))
    except TargetError as error:
        return Agenda(order.target.label, failure=str(error))
    by_id = {check.id: check for check in catalogue.checks}
    exposure = Exposure(order.options.exposure) if order.options.exposure else survey.exposure
    pairs = {(skip.revision, skip.check) for skip in planned.skips}
    pairs |= {(step.revision, check.id) for step in planned.steps for check in step.checks}
    entries = [_entry(by_id[check], str(revision), exposure) for revision, check in sorted(pairs)]
    known = {entry.id for entry in entries}
    unknown = [name for name in order.ids if name not in known]
    if unknown:
        return Agenda(order.target.label, failure=f"there is no item {unknown[0]} at this target")
    chosen = tuple(entry for entry in entries if not order.ids or entry.id in order.ids)
    return Agenda(order.target.label, chosen, whole=not order.ids)


def _entry(check: Check, revision: str, exposure: Exposure) -> Entry:
    severity: Any = check.severity
    if isinstance(severity, SeverityByExposure):
        severity = severity.local if exposure is Exposure.LOCAL else severity.remote
    return Entry(check.id, revision, check.category.value, Severity(severity).value)
