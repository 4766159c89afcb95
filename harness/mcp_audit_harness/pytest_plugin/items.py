"""The audit in pytest's tree: one collector, and an item for each check at each revision."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .agenda import Agenda, Entry
from .options import AUDIT

if TYPE_CHECKING:
    from .outcomes import Outcome
    from .session import AuditSession


class FoundError(Exception):
    """The target fails the check."""


class AuditCollector(pytest.Collector):
    """The whole audit."""

    audit: "AuditSession"

    @classmethod
    def of(cls, session: pytest.Session, audit: "AuditSession") -> "AuditCollector":
        """Return the collector below `session`."""
        collector: AuditCollector = cls.from_parent(session, name=AUDIT, nodeid=AUDIT)
        collector.audit = audit
        return collector

    def collect(self) -> Iterator["AuditItem"]:
        """Yield the items; an audit that cannot be held is an error of collection."""
        agenda: Agenda = self.audit.agenda
        if agenda.failure:
            raise self.CollectError(f"mcp-audit: {agenda.failure}")
        for entry in agenda.entries:
            yield AuditItem.of(self, entry)


class AuditItem(pytest.Item):
    """One check at one revision."""

    entry: Entry
    audit: "AuditSession"

    @classmethod
    def of(cls, parent: AuditCollector, entry: Entry) -> "AuditItem":
        """Return the item of `entry`, with its markers."""
        item: AuditItem = cls.from_parent(parent, name=entry.name)
        item.entry = entry
        item.audit = parent.audit
        words = {"check": entry.check, "area": entry.area, "category": entry.category, "severity": entry.severity}
        item.add_marker(pytest.mark.mcp(**words, revision=entry.revision))
        for name in dict.fromkeys((entry.category, entry.area)):
            item.add_marker(getattr(pytest.mark, marker_of(name)))
        item.user_properties.extend((f"mcp_{key}", value) for key, value in words.items())
        return item

    def setup(self) -> None:
        """Raise where the audit gave no verdict: that is an error, no failure."""
        outcome = self._outcome()
        if outcome.kind == "error":
            pytest.fail(outcome.text, pytrace=False)

    def runtest(self) -> None:
        """Say what the audit found."""
        outcome = self._outcome()
        if outcome.kind == "skipped":
            pytest.skip(outcome.text)
        if outcome.kind == "xfailed":
            pytest.xfail(outcome.text)
        if outcome.kind == "failed":
            raise FoundError(outcome.text)

    def _outcome(self) -> "Outcome":
        return self.audit.outcome(self.nodeid)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the evidence alone: a traceback through the plugin says nothing about the target."""
        if isinstance(excinfo.value, FoundError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return what pytest shows as the item's place."""
        return self.config.rootpath / AUDIT, None, self.name


def marker_of(area: str) -> str:
    """Return the name of the marker of an area or a category."""
    return f"mcp_{area.replace('-', '_')}"
