"""Findings that an operator accepts: a file that is reviewed like code, with a reason and a date for each.

An entry accepts what one check says of one subject, at the revisions that it names or at all. After its last day it
accepts nothing. An entry whose check looked, and that accepts nothing any more, is stale: it fails the run, so that
no baseline outlives what it was written for.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from .errors import AuditError
from .model import Accepted, Finding, Report, Revision, Status

VERSION: Final = 1
UNREVIEWED: Final = "not reviewed yet"
"""The reason of entries that `--write-baseline` makes."""
_DAYS: Final = 90
"""How long such entries hold."""
_LONGEST: Final = 4 * 1024 * 1024
_SOURCE: Final = "source"
"""Where a finding is that belongs to no revision."""
_CONTROLS: Final = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is accepted, and why."""

    check: str
    subject: str
    reason: str
    revisions: tuple[str, ...] = ()
    """Empty: whatever the revision, and in the source."""
    fingerprint: str = ""
    """Of a finding in the source: which of several in one file."""
    expires: date | None = None

    def hits(self, finding: Finding) -> set[str]:
        """Return the places of the finding that it is about: revisions, or the source."""
        named = (self.check, self.subject) == (finding.check, finding.subject)
        if not named or self.fingerprint not in {"", finding.fingerprint}:
            return set()
        return _places(finding).intersection(self.revisions or _places(finding))

    def __str__(self) -> str:
        at = f" at {', '.join(self.revisions)}" if self.revisions else ""
        return f"{self.check}{f' of {self.subject}' if self.subject else ''}{at}"


def read_baseline(text: str) -> tuple[Entry, ...]:
    """Return the entries of a baseline; raises AuditError, in one sentence, if it is none."""
    if len(text) > _LONGEST:
        raise AuditError("the baseline is too long")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise AuditError(f"the baseline is no TOML: {error}") from error
    if document.get("version") != VERSION:
        raise AuditError(f"the baseline has to say version = {VERSION}")
    listed = document.get("accepted", [])
    if not isinstance(listed, list):
        raise AuditError("the baseline lists what is accepted as [[accepted]]")
    return tuple(_entry(item, number) for number, item in enumerate(listed, start=1))


def _entry(item: Any, number: int) -> Entry:
    known = {"check", "subject", "reason", "revisions", "fingerprint", "expires", "severity", "message"}
    if not isinstance(item, dict) or not known.issuperset(item):
        raise AuditError(f"entry {number} of the baseline may hold {', '.join(sorted(known))}")
    words = {name: item.get(name, "") for name in ("check", "subject", "reason", "fingerprint")}
    revisions, expires = item.get("revisions", []), item.get("expires")
    if not all(isinstance(word, str) for word in words.values()) or not words["check"]:
        raise AuditError(f"entry {number} of the baseline needs a check, and texts for what it is about")
    if not words["reason"].strip():
        raise AuditError(f"entry {number} of the baseline ({words['check']}) gives no reason")
    if not isinstance(revisions, list) or not {str(found) for found in Revision}.issuperset(map(str, revisions)):
        raise AuditError(f"entry {number} of the baseline names revisions that there are not")
    if expires is not None and type(expires) is not date:
        raise AuditError(f"entry {number} of the baseline has to expire on a date, such as 2027-01-31")
    return Entry(**words, revisions=tuple(map(str, revisions)), expires=expires)


def with_baseline(report: Report, entries: Sequence[Entry], today: date) -> Report:
    """Return the report without the findings that the entries accept; these, and stale entries, stand beside them."""
    left: list[Finding] = []
    accepted: list[Accepted] = []
    used: set[Entry] = set()
    for finding in report.findings:
        rest = _places(finding)
        for entry in entries:
            hit = entry.hits(finding)
            if hit:
                used.add(entry)
            if hit & rest and not _expired(entry, today):
                until = entry.expires.isoformat() if entry.expires else ""
                accepted.append(Accepted(_at(finding, hit & rest), entry.reason, until))
                rest -= hit
        if rest:
            left.append(_at(finding, rest))
    stale = tuple(_stale(entries, used, report, today))
    return replace(report, findings=tuple(left), accepted=tuple(accepted), stale=stale)


def _places(finding: Finding) -> set[str]:
    """Return where a finding is: the revisions, or the source."""
    return {str(revision) for revision in finding.revisions} or {_SOURCE}


def _at(finding: Finding, places: set[str]) -> Finding:
    return replace(finding, revisions=tuple(sorted(Revision(place) for place in places - {_SOURCE})))


def _expired(entry: Entry, today: date) -> bool:
    return entry.expires is not None and entry.expires < today


def _stale(entries: Iterable[Entry], used: set[Entry], report: Report, today: date) -> Iterator[str]:
    looked = {(result.check, str(result.revision)) for result in report.results if _tells(result.status)}
    rules = {rule.id for rule in report.source.rules} if report.source else set()
    for entry in entries:
        if entry in used:
            if _expired(entry, today):
                yield f"{entry} was accepted until {entry.expires}: {entry.reason}"
            continue
        at = entry.revisions or tuple(str(revision) for revision in Revision)
        if entry.check in rules or any((entry.check, revision) in looked for revision in at):
            yield f"{entry} is accepted, and is not there any more: take it out of the baseline"


def _tells(status: Status) -> bool:
    return status in {Status.PASS, Status.FAIL, Status.NOT_APPLICABLE}


def written(report: Report, today: date) -> str:
    """Return a baseline that accepts every finding of the report; what one accepts already keeps its reason."""
    until = (today + timedelta(days=_DAYS)).isoformat()
    every = [Accepted(finding, UNREVIEWED, until) for finding in report.findings]
    lines = ["# What is accepted, and why. Review it like code: a reason and a last day for each entry."]
    lines += [f"version = {VERSION}", ""]
    for item in (*report.accepted, *every):
        lines += [*_lines(item), ""]
    return "\n".join(lines)


def _lines(item: Accepted) -> Iterator[str]:
    finding = item.finding
    yield "[[accepted]]"
    yield f"check = {_string(finding.check)}"
    yield f"subject = {_string(finding.subject)}"
    if finding.revisions:
        yield f"revisions = [{', '.join(_string(str(revision)) for revision in finding.revisions)}]"
    else:
        yield f"fingerprint = {_string(finding.fingerprint)}"
    yield f"severity = {_string(finding.severity)}"
    yield f"message = {_string(finding.message)}"
    yield f"reason = {_string(item.reason)}"
    if item.expires:
        yield f"expires = {item.expires}"


def _string(text: str) -> str:
    """Return a TOML basic string: JSON's, but that TOML knows no surrogates, and controls beyond ASCII are escaped."""
    quoted = json.dumps(text.encode("utf-8", "replace").decode("utf-8"), ensure_ascii=False)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
