"""What a source scan comes to, in words and rows, for every format that people read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mcp_audit_harness.model import (
    Aspect,
    Finding,
    Place,
    Project,
    Quality,
    Sdk,
    Severity,
    SourceFinding,
    SourceRule,
    SourceScan,
    SourceScore,
)

from .digest import breakdown, plural

_SDKS = 4
_ENTRIES = 4


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A row of the source part of the compliance matrix: what became of one rule."""

    aspect: Aspect
    rule: SourceRule
    findings: int
    worst: Severity | None

    @property
    def status(self) -> Literal["holds", "noted", "violated"]:
        """Violated, holds, or noted: what is only worth knowing violates nothing."""
        if self.worst is None:
            return "holds"
        return "noted" if self.worst is Severity.INFO else "violated"

    @property
    def gap(self) -> str:
        """How grave it is: none, low, medium, high or critical."""
        return "none" if self.worst in {None, Severity.INFO} else str(self.worst)


def rule_rows(scan: SourceScan) -> tuple[RuleRow, ...]:
    """Return a row for each rule that looked at the tree, by aspect, those that are violated first."""
    found = by_rule(scan)
    rows = [_row(rule, found.get(rule.id, [])) for rule in scan.rules]
    order = list(Aspect)
    return tuple(sorted(rows, key=lambda row: (order.index(row.aspect), _rank(row.worst), row.rule.id)))


def by_rule(scan: SourceScan) -> dict[str, list[SourceFinding]]:
    """Return the findings in the tree under the ids of their rules."""
    found: dict[str, list[SourceFinding]] = {}
    for finding in scan.findings:
        found.setdefault(finding.rule, []).append(finding)
    return found


def _row(rule: SourceRule, found: list[SourceFinding]) -> RuleRow:
    severities = (finding.severity for finding in found)
    return RuleRow(rule.aspect, rule, len(found), min(severities, key=lambda severity: severity.rank, default=None))


def _rank(worst: Severity | None) -> int:
    return len(Severity) if worst is None else worst.rank


def facts(scan: SourceScan, score: SourceScore | None) -> dict[str, str]:
    """Return what the tree is and how it is kept: a name and a sentence for each thing that is known."""
    project, quality = scan.project, scan.quality
    known = {
        "tree": _tree(project),
        "built on": ", ".join(_sdk(sdk) for sdk in project.sdks[:_SDKS]),
        "transports": ", ".join(project.transports),
        "starts by": "; ".join(project.entry_points[:_ENTRIES]),
        "types": "; ".join(_types(quality)),
        "tests": _tests(project, quality),
        "rules": _rules(scan, score),
    }
    return {name: text for name, text in known.items() if text}


def _tree(project: Project) -> str:
    name = " ".join(filter(None, (project.name, project.version)))
    languages = ", ".join(project.languages)
    sizes = f"{plural(project.files, 'source file')}, {plural(project.lines, 'line')}"
    return "; ".join(filter(None, (name, languages, sizes)))


def _sdk(sdk: Sdk) -> str:
    asked = (
        f"{sdk.name}{sdk.requirement}" if sdk.requirement[:1] in "<>=!~" else f"{sdk.name} {sdk.requirement}".strip()
    )
    return f"{asked} ({sdk.ecosystem}{f', locked at {sdk.resolved}' if sdk.resolved else ''})"


def _types(quality: Quality) -> Iterator[str]:
    if quality.type_completeness is not None:
        typed = f"{quality.typed_functions} of {plural(quality.functions, 'function')} in full"
        yield f"{quality.type_completeness:.0f} % of parameters and results have a type ({typed})"
    if quality.mypy_errors is not None:
        yield plural(quality.mypy_errors, "mypy error")
    if quality.any_count:
        yield f"Any is written {plural(quality.any_count, 'time')}"


def _tests(project: Project, quality: Quality) -> str:
    said = plural(project.tests, "file") if project.tests else "none"
    kinds = f" ({', '.join(quality.test_kinds)})" if quality.test_kinds else ""
    covered = (
        "" if quality.coverage_percent is None else f", {quality.coverage_percent:.0f} % covered by their own count"
    )
    return f"{said}{kinds}{covered}"


def _rules(scan: SourceScan, score: SourceScore | None) -> str:
    if score is None:
        return ""
    held = sum(aspect.held for aspect in score.aspects)
    found = breakdown((finding.severity for finding in scan.findings), Severity)
    return f"{held} of {plural(len(scan.rules), 'rule')} hold ({score.percent:.0f} %); found: {found or 'nothing'}"


def unrun(scan: SourceScan) -> Iterator[str]:
    """Yield what was to look at the tree and did not, each with the reason."""
    for item in scan.unrun:
        yield f"{item.what}: {item.why}"


def where(finding: Finding) -> tuple[str, ...]:
    """Return the places of a finding, each with its line of source."""
    return tuple(placed(place) for place in finding.places)


def placed(place: Place) -> str:
    """Return a place with the text that is there."""
    return f"{place}  {place.text}" if place.text else str(place)


def way(finding: Finding) -> tuple[str, ...]:
    """Return the stops on the way of a client's value, if there is more than the place itself."""
    return tuple(f"{step.place}  {step.note}" for step in finding.trail) if len(finding.trail) > 1 else ()
