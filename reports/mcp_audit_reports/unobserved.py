"""What could not be observed, grouped by what an operator can grant, or the server offer, to observe it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.model import Implementation, Report, RowKind, Status

from .gaps import Looked, unseen_features

_OPTION = re.compile(r"--[a-z][a-z-]*(?: (?:none|readonly|all|local|remote|standard|deep|[A-Z]{2,}))?")
_TOKENS = re.compile(r"\b(identit|token|principal|credential)")
_TOOLS = re.compile(r"\b(tool|operation|elicit|sampl|requestState|stateful)")


@dataclass(frozen=True, slots=True)
class Unobserved:
    """Some duties or features of which nothing can be said for one reason."""

    grant: str
    """The options to give, as they are written; empty where it is not for the operator to grant."""
    reason: str
    count: int
    """Verdicts of checks; of duties that no check could look at, and of features, each once for each revision."""
    subjects: tuple[str, ...]
    """Ids of checks, duties or features, each once."""

    @property
    def options(self) -> tuple[str, ...]:
        """What to grant, one option each."""
        return tuple(option for option in self.grant.split(", ") if option)


def unobserved_of(report: Report) -> tuple[Unobserved, ...]:
    """Return what could not be observed: what can be granted first, of it that which most hangs on."""
    groups: dict[tuple[str, str], list[str]] = {}
    for grant, reason, subject in (*_verdicts(report), *_duties(report), *_features(report)):
        groups.setdefault((grant, reason), []).append(subject)
    found = [
        Unobserved(grant, reason, len(subjects), tuple(dict.fromkeys(subjects)))
        for (grant, reason), subjects in groups.items()
    ]
    return tuple(sorted(found, key=lambda item: (not item.grant, -item.count, item.reason)))


def grants(reason: str) -> str:
    """Return the options of the command line that a reason names."""
    return ", ".join(dict.fromkeys(_OPTION.findall(reason)))


def _verdicts(report: Report) -> Iterator[tuple[str, str, str]]:
    for result in report.results:
        if result.status is Status.NOT_OBSERVED:
            reason = result.message or "no reason given"
            yield grants(reason), reason, result.check


def _duties(report: Report) -> Iterator[tuple[str, str, str]]:
    """Yield the duties that are not observed although no check says why."""
    told = {(row, result.revision) for result in report.results for row in result.requirements}
    audited = Looked.of(report).audited
    unseen = (row for row in report.matrix if row.implementation is Implementation.NOT_OBSERVED and row.level.binds)
    for row in unseen:
        if row.kind is RowKind.DUTY and row.revision in audited and (row.requirement, row.revision) not in told:
            needs = f"needs {row.needs}" if row.needs else row.note or "no reason given"
            yield _granted(row.needs), needs, row.requirement


def _features(report: Report) -> Iterator[tuple[str, str, str]]:
    for row in unseen_features(report.matrix, Looked.of(report)):
        reason = row.note or "no reason given"
        yield grants(reason), reason, row.requirement


def _granted(needs: str) -> str:
    """Return the options that give what a duty needs, as far as options can give it."""
    options = ["--bearer-env", "--second-bearer-env"] if _TOKENS.search(needs) else []
    options += ["--call all"] if _TOOLS.search(needs) else []
    return ", ".join(options)
