"""The official suite's results beside a report: their word is shown, and changes no verdict of ours."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from ..model import (
    Disagreement,
    Implementation,
    MatrixRow,
    Official,
    OfficialAliases,
    OfficialCheck,
    OfficialVerdict,
    Report,
    Result,
    Revision,
    UnmappedCheck,
)

_GRAVEST_FIRST = ("FAILURE", "WARNING", "SUCCESS", "INFO", "SKIPPED")
_SAYING = _GRAVEST_FIRST[:3]
_GOOD = frozenset({Implementation.IMPLEMENTED, Implementation.PARTIAL})
_BAD = frozenset({Implementation.VIOLATED, Implementation.MISSING})
Key: TypeAlias = tuple[str, Revision]


def with_official(report: Report, checks: Iterable[OfficialCheck], aliases: OfficialAliases) -> Report:
    """Return the report with the suite's results in the rows of its matrix, and every disagreement listed.

    A success of the suite disagrees with a row that is violated or missing. A failure, which does not say which of
    several rows it is about, disagrees where all of them hold.
    """
    found = _collapsed(checks)
    rows = {(row.requirement, row.revision): row for row in report.matrix}
    said: dict[Key, list[OfficialVerdict]] = {}
    mapped, compared = 0, 0
    disagreements: list[Disagreement] = []
    unmapped: list[UnmappedCheck] = []
    for check in found:
        own = [rows[key] for name in aliases.rows(check.id) if (key := (name, check.revision)) in rows]
        for row in own:
            verdict = OfficialVerdict(check.id, check.status)
            said.setdefault((row.requirement, row.revision), []).append(verdict)
        mapped += bool(own)
        compared += sum(row.implementation in _GOOD | _BAD for row in own) if check.status in _SAYING else 0
        disagreements.extend(_disagreements(check, own, aliases, report.results))
        if not own:
            unmapped.append(UnmappedCheck(check.id, check.status, _reason(check, aliases)))
    return replace(
        report,
        matrix=tuple(_marked(row, said) for row in report.matrix),
        official=Official(len(found), mapped, compared, tuple(disagreements), tuple(dict.fromkeys(unmapped))),
    )


def _collapsed(checks: Iterable[OfficialCheck]) -> list[OfficialCheck]:
    """Return each check once for each revision, with the gravest of what it says, in the order of revisions and ids."""
    gravest: dict[Key, OfficialCheck] = {}
    for check in checks:
        known = gravest.get((check.id, check.revision))
        if known is None or _gravity(check) < _gravity(known):
            gravest[check.id, check.revision] = check
    return sorted(gravest.values(), key=lambda check: (check.revision, check.id))


def _gravity(check: OfficialCheck) -> int:
    return _GRAVEST_FIRST.index(check.status) if check.status in _GRAVEST_FIRST else len(_GRAVEST_FIRST)


def _reason(check: OfficialCheck, aliases: OfficialAliases) -> str:
    if aliases.rows(check.id):
        return f"what it is about is no duty or feature of {check.revision}"
    return aliases.reason(check.id)


def _disagreements(
    check: OfficialCheck, rows: Collection[MatrixRow], aliases: OfficialAliases, results: Sequence[Result]
) -> Iterator[Disagreement]:
    if check.status == "SUCCESS":
        against = [row for row in rows if row.implementation in _BAD]
    elif check.status in {"FAILURE", "WARNING"} and all(row.implementation in _GOOD for row in rows):
        against = list(rows)
    else:
        against = []
    for row in against:
        yield Disagreement(
            revision=row.revision,
            official=check.id,
            official_status=check.status,
            official_message=check.message,
            requirement=row.requirement,
            implementation=row.implementation,
            note=row.note,
            evidence=_evidence(row, results),
            explanation=aliases.explanation(check.id),
        )


def _evidence(row: MatrixRow, results: Sequence[Result]) -> tuple[str, ...]:
    own = [result for result in results if result.revision is row.revision and row.requirement in result.requirements]
    decisive = [result for result in own if result.status is row.status]
    return tuple(dict.fromkeys(name for result in decisive for name in result.evidence))


def _marked(row: MatrixRow, said: Mapping[Key, Sequence[OfficialVerdict]]) -> MatrixRow:
    verdicts = said.get((row.requirement, row.revision))
    return replace(row, official=tuple(verdicts)) if verdicts else row
