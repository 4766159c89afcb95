"""The part of report.json that follows from the rest: features, gaps, summary, areas, the unobserved, special runs."""

from typing import TypedDict

from mcp_audit_harness import model
from mcp_audit_harness.model import Report
from msgspec import UNSET, UnsetType

from .. import gaps, urgency
from ..areas import Area
from ..assessment import Assessment, critical, good
from ..gaps import Gap
from . import shape
from .fuzz import fuzz_of
from .load import loads_of
from .load_shape import Load
from .source import source_of
from .source_shape import Source


class Analysis(TypedDict):
    """Members of `ReportV1`."""

    features: tuple[shape.Feature, ...]
    gaps: tuple[shape.FeatureGap, ...]
    summary: shape.Summary
    areas: tuple[shape.Area, ...]
    unobserved: tuple[shape.Unobserved, ...]
    official: shape.Official | UnsetType
    fuzz: shape.Fuzz | UnsetType
    load: Load | UnsetType
    loads: tuple[Load, ...] | UnsetType
    source: Source | UnsetType


def analysis_of(report: Report, assessment: Assessment) -> Analysis:
    """Return the members of `ReportV1` that follow from an assessment of the report."""
    loads = loads_of(report)
    return Analysis(
        features=tuple(_feature(seen) for seen in report.features),
        gaps=tuple(_gap(gap) for gap in assessment.gaps),
        summary=_summary(report, assessment),
        areas=tuple(_area(area) for area in assessment.areas),
        unobserved=tuple(
            shape.Unobserved(item.grant, item.reason, item.count, item.subjects) for item in assessment.unobserved
        ),
        official=official_of(report.official) if report.official else UNSET,
        fuzz=fuzz_of(report.fuzzing) if report.fuzzing else UNSET,
        load=loads[0] if loads else UNSET,
        loads=loads if len(loads) > 1 else UNSET,
        source=source_of(report.source, report.source_score) if report.source else UNSET,
    )


def _feature(seen: model.FeatureResult) -> shape.Feature:
    return shape.Feature(
        feature=seen.feature,
        title=seen.title,
        area=seen.area,
        since=seen.since,
        revision=seen.revision,
        presence=seen.presence,
        priority=seen.priority,
        effort=seen.effort,
        spec=seen.spec,
        remediation=seen.remediation,
        requirements=seen.requirements,
        note=seen.note,
        evidence=seen.evidence,
    )


def _gap(gap: Gap) -> shape.FeatureGap:
    return shape.FeatureGap(
        revision=gap.revision,
        feature=gap.feature,
        title=gap.title,
        spec=gap.spec,
        gap=gap.gap,
        priority=gap.priority,
        effort=gap.effort,
        presence=gap.presence,
        offered_revision=gap.looked_at,
    )


def _summary(report: Report, assessment: Assessment) -> shape.Summary:
    overall = report.overall
    return shape.Summary(
        verdict=f"{assessment.verdict.word}: {assessment.verdict.rest}",
        score=overall.score if overall else None,
        grade=overall.grade if overall else None,
        formula=overall.formula if overall else "",
        good=good(assessment),
        critical=critical(assessment),
        priority_rule=urgency.RULE,
        gap_rule=gaps.RULE,
    )


def _area(area: Area) -> shape.Area:
    return shape.Area(
        area=area.area,
        must_pass=area.must_pass,
        must_total=area.must_total,
        should_pass=area.should_pass,
        should_total=area.should_total,
        status=area.status,
        violated=area.violated,
        not_observed=area.not_observed,
    )


def official_of(official: model.Official) -> shape.Official:
    """Return the results of the official suite as they are written."""
    return shape.Official(
        checks=official.checks,
        mapped=official.mapped,
        compared=official.compared,
        disagreements=tuple(_disagreement(item) for item in official.disagreements),
        unmapped=tuple(shape.Unmapped(item.id, item.status, item.reason) for item in official.unmapped),
    )


def _disagreement(item: model.Disagreement) -> shape.Disagreement:
    return shape.Disagreement(
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
