"""Judgement: a pure function from a saved run and a catalogue to a report."""

import hashlib
import traceback
from collections.abc import Iterator, Sequence

from ..declare import Catalogue, Check
from ..errors import TargetError
from ..model import (
    Blame,
    Exchange,
    Exposure,
    Finding,
    Report,
    Requirement,
    Result,
    Revision,
    Severity,
    SeverityByExposure,
    Status,
    Verdict,
    errored,
)
from ..policy import Options, selects
from .reproduce import reproduction
from .saved import Record, Run, facts_of
from .score import coverage_of, matrix_of, overall_of, scores_of


def judge(run: Run, catalogue: Catalogue, options: Options) -> Report:
    """Return the report on `run`. Needs no target; the same run gives the same report."""
    exposure = Exposure(options.exposure) if options.exposure else (run.survey.exposure if run.survey else None)
    exchanges = {exchange.id: exchange for exchange in run.exchanges}
    results = tuple(_results(run, catalogue, options, exposure or Exposure.LOCAL, exchanges))
    findings = tuple(_findings(results, catalogue, run, exchanges))
    scores = scores_of(results, catalogue)
    revisions = tuple(dict.fromkeys(result.revision for result in results))
    return Report(
        tool=run.tool,
        survey=run.survey,
        target_kind=run.target_kind,
        target_label=run.target_label,
        started_at=run.started_at,
        duration_s=run.duration_s,
        complete=run.complete,
        seed=run.seed,
        results=results,
        findings=findings,
        exchanges=run.exchanges,
        matrix=matrix_of(results, catalogue),
        scores=scores,
        overall=overall_of(scores, findings) if scores else None,
        coverage=coverage_of(catalogue, revisions),
        requirements=_named(results, catalogue),
        failure=run.failure,
        notes=run.notes,
    )


def _results(
    run: Run, catalogue: Catalogue, options: Options, exposure: Exposure, exchanges: dict[str, Exchange]
) -> Iterator[Result]:
    by_id = {check.id: check for check in catalogue.checks}
    for record in run.records:
        for check in catalogue.checks:
            if check.scenario.name != record.scenario or not catalogue.applies(check, record.revision):
                continue
            if selects(options, check.id, check.category.value):
                for verdict in _verdicts(check, record, exchanges):
                    yield _result(check, record.revision, verdict, catalogue, exposure, record.duration_ms)
    for skip in run.skips:
        if skip.check in by_id and selects(options, skip.check, by_id[skip.check].category.value):
            yield _result(by_id[skip.check], skip.revision, skip.verdict, catalogue, exposure, 0.0)


def _verdicts(check: Check, record: Record, exchanges: dict[str, Exchange]) -> Sequence[Verdict]:
    """Return the check's verdicts on the record; a judge that raises is our bug, and says so."""
    if record.verdict is not None:
        return [record.verdict]
    try:
        found = check.judge(facts_of(record, check.scenario.facts, exchanges))
    except TargetError as error:
        return [errored(Blame.HARNESS, str(error))]
    except Exception as error:  # noqa: BLE001 - hostile facts must not end the judgement of the others
        where = traceback.extract_tb(error.__traceback__)[-1]
        return [errored(Blame.HARNESS, f"{type(error).__name__}: {error} ({where.name}:{where.lineno})")]
    verdicts = [found] if isinstance(found, Verdict) else list(found)
    return verdicts or [errored(Blame.HARNESS, "the check returned no verdict")]


def _result(
    check: Check, revision: Revision, verdict: Verdict, catalogue: Catalogue, exposure: Exposure, duration_ms: float
) -> Result:
    return Result(
        check=check.id,
        title=check.title,
        revision=revision,
        status=verdict.status,
        severity=_severity(check, exposure),
        level=catalogue.level(check, revision),
        category=check.category,
        area=check.area,
        requirements=check.requirements,
        subject=verdict.subject,
        message=verdict.message,
        blame=verdict.blame.value if verdict.blame else "",
        evidence=verdict.evidence,
        duration_ms=duration_ms,
    )


def _severity(check: Check, exposure: Exposure) -> Severity:
    if isinstance(check.severity, SeverityByExposure):
        return check.severity.local if exposure is Exposure.LOCAL else check.severity.remote
    return check.severity


def _findings(
    results: Sequence[Result], catalogue: Catalogue, run: Run, exchanges: dict[str, Exchange]
) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if result.status is Status.FAIL:
            groups.setdefault((result.check, result.subject), []).append(result)
    by_id = {check.id: check for check in catalogue.checks}
    ordered = sorted(groups.values(), key=lambda group: (group[0].severity.rank, group[0].check, group[0].subject))
    for number, group in enumerate(ordered, start=1):
        yield _finding(f"F{number:03}", group, by_id[group[0].check], catalogue, run, exchanges)


def _finding(
    number: str, group: list[Result], check: Check, catalogue: Catalogue, run: Run, exchanges: dict[str, Exchange]
) -> Finding:
    newest = max(group, key=lambda result: result.revision)
    cited = [catalogue.requirement(row).at(newest.revision) for row in check.requirements]
    exhibit = next((exchanges[name] for name in newest.evidence if name in exchanges), None)
    return Finding(
        id=number,
        check=check.id,
        revisions=tuple(sorted({result.revision for result in group})),
        severity=newest.severity,
        level=min((result.level for result in group), key=lambda level: level.rank),
        category=check.category,
        title=check.title,
        subject=newest.subject,
        message=newest.message,
        remediation=check.remediation,
        explanation=check.explanation,
        docs=(*(citation.url for citation in cited if citation), *check.references),
        evidence=newest.evidence,
        reproduce=reproduction(exhibit, run) if exhibit else "",
        fingerprint=hashlib.sha256(f"{check.id}\n{newest.subject}".encode()).hexdigest()[:16],
    )


def _named(results: Sequence[Result], catalogue: Catalogue) -> tuple[Requirement, ...]:
    names = dict.fromkeys(row for result in results for row in result.requirements)
    return tuple(catalogue.requirement(row) for row in names)
