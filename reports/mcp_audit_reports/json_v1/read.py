"""From report.json back to the model, as far as the compliance matrix needs it."""

import msgspec
from mcp_audit_harness import model
from mcp_audit_harness.model import Implementation, Report, RowKind, Status
from msgspec import UNSET, UnsetType

from . import shape
from .read_findings import finding_of, scan_of

_IMPLEMENTATION = {
    Status.PASS: Implementation.IMPLEMENTED,
    Status.FAIL: Implementation.VIOLATED,
    Status.NOT_APPLICABLE: Implementation.NOT_APPLICABLE,
}
"""What reports say that were written before rows had the member."""


def read(text: str | bytes) -> Report:
    """Return the report in `text` with results, findings, matrix and the revisions offered; the rest is left out.

    Raises:
        ValueError: in one sentence, if it is no report of version 1.
    """
    try:
        document = msgspec.json.decode(text, type=shape.ReportV1)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return Report(
        tool=model.ToolInfo(document.tool.name, document.tool.version),
        survey=_survey(document),
        target_kind=document.target.kind,
        target_label=document.target.label,
        started_at=document.started_at,
        duration_s=document.duration_s,
        complete=document.complete,
        seed=document.seed,
        results=tuple(_result(result) for result in document.results),
        matrix=tuple(_row(row) for row in document.matrix),
        findings=tuple(finding_of(item) for item in document.findings),
        accepted=tuple(
            model.Accepted(finding_of(item.finding), item.reason, item.expires)
            for item in (() if document.accepted is UNSET else document.accepted)
        ),
        overall=_overall(document.scores),
        source=scan_of(document),
        failure=document.failure,
        official=_official(document.official) if document.official else None,
    )


def _overall(scores: shape.Scores) -> model.OverallScore | None:
    overall = scores.overall
    return None if overall is None else model.OverallScore(overall.score, overall.grade, overall.formula)


def _survey(document: shape.ReportV1) -> model.Survey | None:
    survey, target = document.survey, document.target
    if survey is None or target.transport is None or target.exposure is None:
        return None
    offers = tuple(model.Offer(revision, {}, {}) for revision in survey.revisions_offered)
    return model.Survey(target.transport, target.label, target.exposure, offers)


def _result(result: shape.Result) -> model.Result:
    return model.Result(
        check=result.check,
        title=result.title,
        revision=result.revision,
        status=result.status,
        severity=result.severity,
        level=result.level,
        category=result.category,
        area=result.area,
        requirements=result.requirements,
        subject=result.subject,
        message=result.message or result.reason,
        blame=result.blame,
        evidence=result.evidence,
        duration_ms=result.duration_ms,
    )


def _row(row: shape.MatrixRow) -> model.MatrixRow:
    guessed = _IMPLEMENTATION.get(row.status, Implementation.NOT_OBSERVED)
    said = () if row.official is UNSET else row.official
    return model.MatrixRow(
        area=row.area,
        feature=row.feature,
        requirement=row.requirement,
        level=row.level,
        revision=row.revision,
        status=row.status,
        gap=row.gap,
        note=row.note,
        kind=RowKind.DUTY if row.kind is UNSET else row.kind,
        implementation=guessed if row.implementation is UNSET else row.implementation,
        spec=_or_empty(row.spec),
        needs=_or_empty(row.needs),
        effort=_or_empty(row.effort),
        since=_or_empty(row.since),
        official=tuple(model.OfficialVerdict(verdict.id, verdict.status) for verdict in said),
    )


def _or_empty(value: str | UnsetType) -> str:
    return "" if value is UNSET else value


def _official(official: shape.Official) -> model.Official:
    return model.Official(
        checks=official.checks,
        mapped=official.mapped,
        compared=official.compared,
        disagreements=tuple(
            model.Disagreement(
                revision=item.revision,
                official=item.official,
                official_status=item.official_status,
                official_message=item.official_message,
                requirement=item.requirement,
                implementation=item.implementation,
                note=item.note,
                evidence=item.evidence,
                explanation=item.explanation,
            )
            for item in official.disagreements
        ),
        unmapped=tuple(model.UnmappedCheck(item.id, item.status, item.reason) for item in official.unmapped),
    )
