"""The executive summary: what a report comes to, for readers of one page and for other programs."""

from dataclasses import dataclass

from mcp_audit_harness.model import Finding, MatrixRow, Report

from . import digest
from .areas import Area, areas_of
from .gaps import Gap, Looked, gaps_of, present_features
from .unobserved import Unobserved, unobserved_of
from .urgency import Urgency, urgency


@dataclass(frozen=True, slots=True)
class Assessment:
    """What follows from a report, computed once for all sections of a format."""

    verdict: digest.Headline
    areas: tuple[Area, ...]
    gaps: tuple[Gap, ...]
    present: tuple[MatrixRow, ...]
    """One row for each feature that is there."""
    unobserved: tuple[Unobserved, ...]
    critical: tuple[Finding, ...]
    """The findings to deal with now."""

    @property
    def unseen(self) -> int:
        """How many verdicts, duties and features nothing can be said of."""
        return sum(item.count for item in self.unobserved)

    @property
    def sound_areas(self) -> tuple[Area, ...]:
        """The areas whose observed duties at the level of MUST all hold, those with most of them first."""
        return tuple(sorted((area for area in self.areas if area.sound), key=lambda area: -area.must_total))


def assess(report: Report) -> Assessment:
    """Return what follows from `report`."""
    looked = Looked.of(report)
    return Assessment(
        verdict=digest.headline(report),
        areas=areas_of(report.matrix, looked),
        gaps=gaps_of(report.matrix, looked),
        present=present_features(report.matrix, looked),
        unobserved=unobserved_of(report),
        critical=tuple(finding for finding in report.findings if urgency(finding) is Urgency.P0),
    )


def good(assessment: Assessment) -> tuple[str, ...]:
    """Return what is good, a sentence each."""
    areas = [
        f"{area.area}: {digest.plural(area.must_total, 'observed MUST duty', 'observed MUST duties')}, all hold"
        for area in assessment.sound_areas
    ]
    return (*areas, *(f"{row.requirement}: {row.feature} is implemented" for row in assessment.present))


def critical(assessment: Assessment) -> tuple[str, ...]:
    """Return what is critical, a sentence each."""
    return tuple(f"{finding.id} {finding.check}: {finding.title}" for finding in assessment.critical)
