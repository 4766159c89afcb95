"""From the findings in a report.json back to the model, as far as comparing two reports needs them."""

from mcp_audit_harness import model
from mcp_audit_harness.model import Effort, Severity, SourceRule, SourceScan
from msgspec import UNSET

from . import shape
from .source_shape import Place


def finding_of(item: shape.Finding) -> model.Finding:
    """Return one finding; its advisories are left out."""
    places = () if item.places is UNSET else tuple(_place(place) for place in item.places)
    trail = () if item.trail is UNSET else tuple(model.Step(_place(step.place), step.note) for step in item.trail)
    return model.Finding(
        id=item.id,
        check=item.check,
        revisions=item.revisions,
        severity=item.severity,
        level=item.level,
        category=item.category,
        title=item.title,
        subject=item.subject,
        message=item.message,
        remediation=item.remediation,
        explanation=item.explanation,
        docs=item.docs,
        evidence=item.evidence,
        reproduce=item.reproduce,
        fingerprint=item.fingerprint,
        effort=Effort.SMALL if item.effort is UNSET else item.effort,
        places=places,
        trail=trail,
        rules=() if item.rules is UNSET else item.rules,
    )


def scan_of(document: shape.ReportV1) -> SourceScan | None:
    """Return which rules looked at a source tree; the findings stand among those of the report."""
    source = document.source
    if source is UNSET:
        return None
    rules = tuple(
        SourceRule(row.rule, row.title, Severity.INFO, row.aspect, row.weakness, row.why, row.remediation, row.engine)
        for row in source.matrix
    )
    project = model.Project(source.name, source.version, source.languages, files=source.files, lines=source.lines)
    return SourceScan(source.root, project, model.Quality(), rules, ())


def _place(place: Place) -> model.Place:
    return model.Place(place.path, place.line, place.column, place.end_line, place.text)
