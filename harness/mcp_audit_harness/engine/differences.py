"""What changed from one report to the next: fixed, new, regressed, changed, and what is merely not seen any more.

A finding is the same in both when check and subject are, in the source also its fingerprint. It is fixed only where
the later run looked and was satisfied; it regressed where the earlier run had looked and was satisfied.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from ..model import Change, Changes, Finding, Report, Revision, Status, Turn

_Key: TypeAlias = tuple[str, str, str]
_SATISFIED = frozenset({Status.PASS, Status.NOT_APPLICABLE})


def differences(before: Report, after: Report) -> Changes:
    """Return what changed between two reports on the same target."""
    old, new = _by_key(before), _by_key(after)
    found = [*_appeared(old, new, before), *_gone(old, new, after), *_altered(old, new)]
    order = list(Turn)
    return Changes(
        tuple(sorted(found, key=lambda item: (order.index(item.turn), item.finding.severity.rank, item.finding.check))),
        len(old.keys() & new.keys()) - sum(item.turn is Turn.CHANGED for item in found),
        before.overall.score if before.overall else None,
        after.overall.score if after.overall else None,
    )


def _by_key(report: Report) -> dict[_Key, Finding]:
    every = (*report.findings, *(accepted.finding for accepted in report.accepted))
    found: dict[_Key, Finding] = {}
    for finding in every:
        key = finding.check, finding.subject, "" if finding.revisions else finding.fingerprint
        known = found.get(key)  # a part of it, at other revisions, is accepted
        found[key] = finding if known is None else _united(known, finding)
    return found


def _united(one: Finding, other: Finding) -> Finding:
    return replace(one, revisions=tuple(sorted({*one.revisions, *other.revisions})))


def _appeared(old: dict[_Key, Finding], new: dict[_Key, Finding], before: Report) -> Iterator[Change]:
    for key in new.keys() - old.keys():
        turn = Turn.REGRESSED if _satisfied(before, new[key]) else Turn.NEW
        yield Change(turn, new[key])


def _gone(old: dict[_Key, Finding], new: dict[_Key, Finding], after: Report) -> Iterator[Change]:
    for key in old.keys() - new.keys():
        turn = Turn.FIXED if _satisfied(after, old[key]) else Turn.UNSEEN
        yield Change(turn, old[key])


def _satisfied(report: Report, finding: Finding) -> bool:
    """Whether the report looked for the finding where it is, and nothing of it was there."""
    if not finding.revisions:
        return report.source is not None and any(rule.id == finding.check for rule in report.source.rules)
    looked = {result.revision for result in report.results if _looked(result.check, result.status, finding)}
    return looked.issuperset(finding.revisions)


def _looked(check: str, status: Status, finding: Finding) -> bool:
    """Whether a verdict is on the finding's check, and says something: on another subject a FAIL says so, too."""
    return check == finding.check and (status in _SATISFIED or status is Status.FAIL)


def _altered(old: dict[_Key, Finding], new: dict[_Key, Finding]) -> Iterator[Change]:
    for key in old.keys() & new.keys():
        details = tuple(_details(old[key], new[key]))
        if details:
            yield Change(Turn.CHANGED, new[key], details)


def _details(old: Finding, new: Finding) -> Iterator[str]:
    if old.severity is not new.severity:
        yield f"severity {old.severity}, now {new.severity}"
    added, gone = set(new.revisions) - set(old.revisions), set(old.revisions) - set(new.revisions)
    if added:
        yield f"now also at {_listed(added)}"
    if gone:
        yield f"not any more at {_listed(gone)}"
    if old.message != new.message:
        yield f"was: {old.message}"


def _listed(revisions: set[Revision]) -> str:
    return ", ".join(str(revision) for revision in sorted(revisions))
