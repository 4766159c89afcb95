"""Judgement: a pure function from a saved run and a catalogue to a report."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..advisories import Identity, claimed, identity, introductions, marked, matching, named
from ..catalogue import Catalogue
from ..declare import Check, Feature
from ..errors import TargetError
from ..model import (
    Exchange,
    Exposure,
    FeatureResult,
    Finding,
    NamedAdvisory,
    Package,
    Presence,
    Report,
    Result,
    Revision,
    Severity,
    SeverityByExposure,
    Sighting,
    Status,
    Transport,
    Verdict,
    unseen,
)
from ..policy import Options, selects
from .fuzzing import fuzzing_of, only_generated, replayed_in
from .loading import loads_of
from .matrix import matrix_of
from .reproduce import load_again, replay, reproduction
from .saved import Record, Run, facts_of, with_facts
from .score import coverage_of, overall_of, scores_of
from .verdicts import verdicts_of


def judge(run: Run, catalogue: Catalogue, options: Options) -> Report:
    """Return the report on `run`. Needs no target; the same run gives the same report."""
    exposure = Exposure(options.exposure) if options.exposure else (run.survey.exposure if run.survey else None)
    exchanges = {exchange.id: exchange for exchange in run.exchanges}
    scenarios = (*(check.scenario for check in catalogue.checks), *(feature.scenario for feature in catalogue.features))
    run = with_facts(run, {scenario.name: scenario.facts for scenario in scenarios}, exchanges)
    results = tuple(_results(run, catalogue, options, exposure or Exposure.LOCAL, exchanges))
    findings = tuple(_findings(results, catalogue, run, exchanges))
    fuzzing = fuzzing_of(run, catalogue, options, exchanges, findings)
    features = tuple(_features(run, catalogue, options, exchanges))
    tried = not only_generated(run, catalogue)
    revisions = tuple(dict.fromkeys(result.revision for result in results)) if tried else ()
    matrix = matrix_of(results, features, catalogue, run.survey.revisions if run.survey else ()) if tried else ()
    scores = scores_of(matrix, revisions)
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
        features=features,
        exchanges=run.exchanges,
        matrix=matrix,
        scores=scores,
        overall=overall_of(scores, findings),
        coverage=coverage_of(catalogue, revisions),
        requirements=tuple(row for row in catalogue.requirements if row.of_servers) if matrix else (),
        failure=run.failure,
        notes=run.notes,
        fuzzing=fuzzing,
        loads=loads_of(run, catalogue, exchanges),
    )


def _results(
    run: Run, catalogue: Catalogue, options: Options, exposure: Exposure, exchanges: dict[str, Exchange]
) -> Iterator[Result]:
    by_id = {check.id: check for check in catalogue.checks}
    by_scenario: dict[str, list[Check]] = {}
    for check in catalogue.checks:
        if selects(options, check.id, check.category.value):
            by_scenario.setdefault(check.scenario.name, []).append(check)
    for record in run.records:
        for check in by_scenario.get(record.scenario, ()):
            if catalogue.applies(check, record.revision):
                for verdict in verdicts_of(check, record, exchanges):
                    yield _result(check, record.revision, verdict, catalogue, exposure, record.duration_ms)
    for skip in run.skips:
        if skip.check in by_id and selects(options, skip.check, by_id[skip.check].category.value):
            yield _result(by_id[skip.check], skip.revision, skip.verdict, catalogue, exposure, 0.0)


def _features(
    run: Run, catalogue: Catalogue, options: Options, exchanges: dict[str, Exchange]
) -> Iterator[FeatureResult]:
    """Yield what was seen of each feature at each revision at which its scenario ran."""
    by_scenario: dict[str, list[Feature]] = {}
    for feature in catalogue.features:
        if selects(options, feature.id, "feature"):
            by_scenario.setdefault(feature.scenario.name, []).append(feature)
    for record in run.records:
        for feature in by_scenario.get(record.scenario, ()):
            if record.revision in feature.spec:
                yield _featured(feature, record, _sighting(feature, record, exchanges))


def _sighting(feature: Feature, record: Record, exchanges: dict[str, Exchange]) -> Sighting:
    """Return what the feature's judge saw; one that raises is our bug, and says so."""
    if record.verdict is not None and record.verdict.status is Status.NOT_APPLICABLE:
        return Sighting(Presence.NOT_OFFERED, record.verdict.message)
    if record.verdict is not None:
        return unseen(record.verdict.message)
    try:
        return feature.sight(facts_of(record, feature.scenario.facts, exchanges))
    except TargetError as error:
        return unseen(str(error))
    except Exception as error:  # noqa: BLE001 - hostile facts must not end the judgement of the others
        return unseen(f"error of the harness: {type(error).__name__}: {error}")


def _featured(feature: Feature, record: Record, sighting: Sighting) -> FeatureResult:
    return FeatureResult(
        feature=feature.id,
        title=feature.title,
        explanation=feature.explanation,
        area=feature.area,
        since=feature.spec.first,
        revision=record.revision,
        presence=sighting.presence,
        priority=feature.priority,
        effort=feature.effort,
        spec=feature.url,
        remediation=feature.remediation,
        requirements=feature.requirements,
        note=sighting.note,
        evidence=sighting.evidence,
    )


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
        effort=check.effort,
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
    known, marks = _made_of(run, catalogue)
    failures, loads = replayed_in(run, catalogue, exchanges), dict(loads_of(run, catalogue, exchanges))
    ordered = sorted(groups.values(), key=lambda group: (group[0].severity.rank, group[0].check, group[0].subject))
    for number, group in enumerate(ordered, start=1):
        finding = _finding(f"F{number:03}", group, by_id[group[0].check], catalogue, run, exchanges)
        failure = next(filter(None, (failures.get((finding.check, name)) for name in finding.evidence)), None)
        steps = replay(failure, run) if failure is not None else finding.reproduce
        if by_id[finding.check].scenario.load:
            steps = load_again(loads[finding.revisions[-1]], finding.revisions[-1], run)
        yield replace(finding, reproduce=steps, advisories=_advisories(finding, known, marks, catalogue))


def _made_of(run: Run, catalogue: Catalogue) -> tuple[Identity, frozenset[Package]]:
    """Return what the target says that it is, and what its answers show."""
    database = catalogue.advisories
    transport = run.survey.transport if run.survey else Transport.HTTP
    return identity(introductions(run.exchanges), transport, database), marked(run.exchanges, database)


def _advisories(
    finding: Finding, known: Identity, marks: frozenset[Package], catalogue: Catalogue
) -> tuple[NamedAdvisory, ...]:
    """Return the advisories that the finding agrees with; one about a version is about the advisory in its subject."""
    for advisory, affected, version in matching(known, catalogue.advisories):
        if finding.subject == f"advisory:{advisory.id}":
            return (claimed(advisory, affected, version),)
    return named(finding.check, known, marks, catalogue.advisories)


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
        effort=check.effort,
        explanation=check.explanation,
        docs=(*(citation.url for citation in cited if citation), *check.references),
        evidence=newest.evidence,
        reproduce=reproduction(exhibit, run) if exhibit else "",
        fingerprint=hashlib.sha256(f"{check.id}\n{newest.subject}".encode("utf-8", "surrogatepass")).hexdigest()[:16],
    )
