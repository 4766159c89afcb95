"""The charts of an audit: compliance, verdicts and coverage of every revision; fuzzing; aspects of the source."""

from collections.abc import Iterator

from mcp_audit_harness.model import Report, Status

from .. import digest
from ..digest import plural
from .bars import Bar, Part, bars

_VERDICTS = (
    (Status.PASS, Part("good", "pass")),
    (Status.FAIL, Part("bad", "fail")),
    (Status.ERROR, Part("third", "error")),
    (Status.NOT_OBSERVED, Part("second", "not observed")),
    (Status.NOT_APPLICABLE, Part("faint", "not applicable")),
)
_SUBJECTS = 20


def charts(report: Report) -> Iterator[str]:
    """Yield the charts for which there are figures, newest revision first, as one part."""
    yield _side_by_side(_compliance(report), _verdicts(report), _coverage(report))


def _side_by_side(*figures: str) -> str:
    drawn = "".join(figures)
    return f'<div class="charts">{drawn}</div>' if drawn else ""


def _compliance(report: Report) -> str:
    parts = (Part("good", "compliance in percent, MUST counted twice"),)
    rows = [
        Bar(str(score.revision), (score.compliance_percent,), f"{score.compliance_percent:.1f} %")
        for score in reversed(report.scores)
    ]
    return bars("compliance", "Compliance per revision", parts, rows, whole=100.0)


def _verdicts(report: Report) -> str:
    rows = []
    for revision in sorted({result.revision for result in report.results}, reverse=True):
        counts = digest.tally(report.results, revision)
        values = tuple(float(counts[status]) for status, _ in _VERDICTS)
        rows.append(Bar(str(revision), values, plural(counts.total(), "verdict")))
    return bars("verdicts", "Verdicts per revision", tuple(part for _, part in _VERDICTS), rows)


def _coverage(report: Report) -> str:
    parts = (Part("good", "checked"), Part("second", "not observable"), Part("faint", "excluded, with a reason"))
    rows = [
        Bar(
            str(item.revision),
            (float(item.checked), float(item.not_observable), float(item.excluded)),
            f"of {item.requirements}",
        )
        for item in reversed(report.coverage)
    ]
    return bars("coverage", "Duties of servers that the catalogue looks at", parts, rows)


def fuzz_charts(report: Report) -> str:
    """Return the cases of each subject, and how much of its schema they met."""
    if report.fuzzing is None:
        return ""
    played = [item for item in report.fuzzing.schemas if item.cases][:_SUBJECTS]
    several = len({item.revision for item in played}) > 1
    label = {id(item): f"{item.subject} {item.revision}" if several else item.subject for item in played}
    cases = [
        Bar(
            label[id(item)],
            (float(item.valid), float(item.invalid), float(max(0, item.cases - item.valid - item.invalid))),
            plural(item.cases, "case"),
        )
        for item in played
    ]
    kinds = (Part("first", "fit the schema"), Part("second", "violate it"), Part("faint", "have none"))
    met = [
        Bar(
            label[id(item)],
            (100.0 * min(1.0, item.covered / item.coverable),),
            f"{item.covered} of {item.coverable}",
        )
        for item in played
        if item.coverable
    ]
    return _side_by_side(
        bars("fuzz-cases", "Cases by subject", kinds, cases),
        bars("fuzz-met", "Places of the schemas met", (Part("first", "percent met"),), met, whole=100.0),
    )


def source_chart(report: Report) -> str:
    """Return the rules that hold in each aspect of the source."""
    if report.source_score is None:
        return ""
    rows = [
        Bar(str(item.aspect), (float(item.held), float(max(0, item.rules - item.held))), f"{item.held} of {item.rules}")
        for item in report.source_score.aspects
    ]
    parts = (Part("good", "hold"), Part("bad", "are broken"))
    return _side_by_side(bars("source-aspects", "Rules by aspect", parts, rows))
