"""One pytest session with an audit: looked at once, audited once, whatever the number of processes.

Without xdist all happens in one process: the target is looked at when tests are collected, and audited before the first
test runs. With xdist the controller does both, and its workers only report: the items go to them before they start, so
that all collect the same; the audit is held when the first of them says what is left after `-k` and `-m`, and before
any test is handed out. Nobody waits for a lock, and a worker that dies takes nothing with it.
"""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .agenda import Agenda, agenda_of
from .items import AuditCollector, AuditItem, marker_of
from .options import Order, order_of
from .outcomes import Outcome, Outcomes

if TYPE_CHECKING:
    from ..engine.saved import Run

_AGENDA, _SCRATCH = "mcp_audit_agenda", "mcp_audit_scratch"
_FILE = "outcomes.json"


@dataclass(eq=False)
class AuditSession:
    """The plugin that is registered where a target is named."""

    config: pytest.Config
    order: Order
    handed: dict[str, Any] | None
    """What the controller gave to this worker; None if this process is no worker."""
    _agenda: Agenda | None = None
    _outcomes: Outcomes | None = None
    _scratch: Path | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> "AuditSession":
        """Return the plugin for the options; raises pytest.UsageError where they do not fit together."""
        return cls(config, order_of(config), getattr(config, "workerinput", None))

    @property
    def agenda(self) -> Agenda:
        """What there is to see; the controller or the only process looks at the target for it, once."""
        if self._agenda is None:
            handed = self.handed
            self._agenda = agenda_of(self.order) if handed is None else Agenda.load(handed[_AGENDA])
        return self._agenda

    def outcome(self, nodeid: str) -> Outcome:
        """Return what the audit said about an item."""
        if self._outcomes is None and self.handed is not None:
            file = Path(self.handed[_SCRATCH]) / _FILE
            self._outcomes = Outcomes.load(file.read_bytes()) if file.exists() else None
        return (self._outcomes or Outcomes()).of(nodeid)

    def pytest_report_header(self) -> str:
        """Say what is audited."""
        return f"mcp-audit: {self.order.target.label}, seed {self.order.options.seed}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Add the audit's items to those of the user's tests, before anybody selects among them."""
        for name in sorted({entry.area for entry in self.agenda.entries}):
            config.addinivalue_line("markers", f"{marker_of(name)}: items of the area {name} of the MCP audit")
        items.extend(session.genitems(AuditCollector.of(session, self)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Audit before the first test, where this process is the only one."""
        broken = session.testsfailed and not session.config.option.continue_on_collection_errors
        alone = self.handed is None and self._scratch is None
        if alone and not session.config.option.collectonly and not broken:
            self._audit(item.nodeid for item in session.items if isinstance(item, AuditItem))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the items to a worker of xdist, and the place where it will find the verdicts."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="mcp-audit-"))
        node.workerinput[_AGENDA] = self.agenda.dump()
        node.workerinput[_SCRATCH] = str(self._scratch)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Audit when the first worker of xdist has collected: the others wait for the controller anyway."""
        if self._outcomes is None and self._scratch is not None:
            known = {entry.id for entry in self.agenda.entries}
            outcomes = self._audit(name for name in ids if name in known)
            (self._scratch / _FILE).write_bytes(outcomes.dump())

    def pytest_unconfigure(self) -> None:
        """Remove what was written for the workers."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what a reader has to know of the audit as a whole."""
        if self._outcomes is not None and self._outcomes.summary:
            terminalreporter.write_sep("-", "mcp-audit")
            for line in self._outcomes.summary:
                terminalreporter.write_line(line)

    def _audit(self, ids: Iterable[str]) -> Outcomes:
        """Hold the audit that the items ask for."""
        chosen = frozenset(ids)
        if not chosen:
            self._outcomes = Outcomes()
            return self._outcomes
        from .auditing import audited  # noqa: PLC0415 - only the process that audits needs it

        entries = tuple(entry for entry in self.agenda.entries if entry.id in chosen)
        whole = self.agenda.whole and len(entries) == len(self.agenda.entries)
        self._outcomes, run = audited(self.order, entries, whole=whole)
        self._save(run)
        return self._outcomes

    def _save(self, run: "Run") -> None:
        if self.order.save:
            from ..engine.saved import dump  # noqa: PLC0415

            Path(self.order.save).write_bytes(dump(run))
