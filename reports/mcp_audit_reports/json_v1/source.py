"""The part of report.json about a source tree."""

from mcp_audit_harness import model
from mcp_audit_harness.model import SourceScan, SourceScore

from .. import sourced
from . import source_shape as shape


def source_of(scan: SourceScan, score: SourceScore | None) -> shape.Source:
    """Return a scan as it is written."""
    project, quality = scan.project, scan.quality
    return shape.Source(
        root=scan.root,
        name=project.name,
        version=project.version,
        languages=project.languages,
        files=project.files,
        lines=project.lines,
        test_files=project.tests,
        test_kinds=quality.test_kinds,
        sdks=tuple(shape.Sdk(sdk.name, sdk.ecosystem, sdk.requirement, sdk.resolved) for sdk in project.sdks),
        transports=project.transports,
        entry_points=project.entry_points,
        functions=quality.functions,
        typed_functions=quality.typed_functions,
        type_completeness=quality.type_completeness,
        any_count=quality.any_count,
        mypy_errors=quality.mypy_errors,
        coverage_percent=quality.coverage_percent,
        findings_by_rule={rule: len(found) for rule, found in sorted(sourced.by_rule(scan).items())},
        findings=tuple(_finding(finding) for finding in scan.findings),
        matrix=tuple(_rule(row) for row in sourced.rule_rows(scan)),
        aspects=tuple(
            shape.AspectScore(item.aspect, item.held, item.rules, item.findings)
            for item in (score.aspects if score else ())
        ),
        percent=score.percent if score else 0.0,
        unrun=tuple(shape.Unrun(item.what, item.why) for item in scan.unrun),
        duration_s=scan.duration_s,
    )


def place_of(place: model.Place) -> shape.Place:
    """Return a place as it is written."""
    return shape.Place(place.path, place.line, place.column, place.end_line, place.text)


def trail_of(trail: tuple[model.Step, ...]) -> tuple[shape.Step, ...]:
    """Return the way of a value as it is written."""
    return tuple(shape.Step(place_of(step.place), step.note) for step in trail)


def _finding(finding: model.SourceFinding) -> shape.SourceFinding:
    return shape.SourceFinding(
        rule=finding.rule,
        severity=finding.severity,
        place=place_of(finding.place),
        message=finding.message,
        subject=finding.subject,
        trail=trail_of(finding.trail),
        fingerprint=finding.fingerprint,
    )


def _rule(row: sourced.RuleRow) -> shape.RuleResult:
    return shape.RuleResult(
        rule=row.rule.id,
        title=row.rule.title,
        aspect=row.aspect,
        engine=row.rule.engine,
        weakness=row.rule.weakness,
        status=row.status,
        gap=row.gap,
        findings=row.findings,
        why=row.rule.why,
        remediation=row.rule.remediation,
    )
