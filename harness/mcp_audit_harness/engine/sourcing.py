"""A source scan as part of a report: its findings beside those of the running server, joined where they are one.

A check that fails on a running server and a rule over its source can speak of the same weakness: the rule says which
checks show it. Then there is one finding, with the proof from the wire and the line from the source.
"""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from ..model import (
    Aspect,
    AspectScore,
    Category,
    Finding,
    Level,
    Report,
    Severity,
    SourceFinding,
    SourceRule,
    SourceScan,
    SourceScore,
)
from .score import overall_of

_CATEGORY: Final = {
    Aspect.SECURITY: Category.SECURITY,
    Aspect.DEPENDENCIES: Category.SECURITY,
    Aspect.ERRORS: Category.ROBUSTNESS,
    Aspect.RESILIENCE: Category.ROBUSTNESS,
    Aspect.TYPES: Category.QUALITY,
    Aspect.OPERATIONS: Category.QUALITY,
}


def with_source(report: Report, scan: SourceScan) -> Report:
    """Return the report with what a scan of the source found, gravest findings first, and the score of both."""
    rules = {rule.id: rule for rule in scan.rules}
    live, left = list(report.findings), []
    for found in scan.findings:
        twin = next((at for at, finding in enumerate(live) if _same(finding, found, rules[found.rule])), None)
        if twin is None:
            left.append(_finding(found, rules[found.rule]))
        else:
            live[twin] = _joined(live[twin], found)
    every = sorted((*live, *left), key=lambda finding: finding.severity.rank)
    findings = tuple(replace(finding, id=f"F{number:03}") for number, finding in enumerate(every, start=1))
    score = score_of(scan)
    return replace(
        report,
        findings=findings,
        source=scan,
        source_score=score,
        overall=overall_of(report.scores, findings, score),
    )


def score_of(scan: SourceScan) -> SourceScore:
    """Return what the rules that looked at a tree come to, for each aspect and in all."""
    aspects = tuple(_aspect(aspect, scan) for aspect in Aspect)
    weights = {aspect: 2 if aspect is Aspect.SECURITY else 1 for aspect in Aspect}
    total = sum(weights[score.aspect] * score.rules for score in aspects)
    held = sum(weights[score.aspect] * score.held for score in aspects)
    return SourceScore(round(100 * held / total, 1) if total else 0.0, tuple(score for score in aspects if score.rules))


def _aspect(aspect: Aspect, scan: SourceScan) -> AspectScore:
    rules = {rule.id for rule in scan.rules if rule.aspect is aspect}
    found = [finding for finding in scan.findings if finding.rule in rules]
    broken = {finding.rule for finding in found if finding.severity is not Severity.INFO}
    worst = min((finding.severity for finding in found), key=lambda severity: severity.rank, default=None)
    return AspectScore(aspect, len(rules - broken), len(rules), len(found), worst)


def _same(finding: Finding, found: SourceFinding, rule: SourceRule) -> bool:
    """Whether a finding of a check and one of a rule are the same weakness of the same thing."""
    if not any(fnmatchcase(finding.check, glob) for glob in rule.shown_by):
        return False
    about_tools = finding.subject.startswith("tool:"), found.subject.startswith("tool:")
    return finding.subject.split("#")[0] == found.subject if all(about_tools) else not any(about_tools)


def _joined(finding: Finding, found: SourceFinding) -> Finding:
    return replace(
        finding,
        places=(*finding.places, found.place),
        trail=finding.trail or found.trail,
        rules=tuple(dict.fromkeys((*finding.rules, found.rule))),
    )


def _finding(found: SourceFinding, rule: SourceRule) -> Finding:
    weakness = _cwe(rule.weakness)
    return Finding(
        id="",
        check=found.rule,
        revisions=(),
        severity=found.severity,
        level=Level.ADVICE,
        category=_CATEGORY[rule.aspect],
        title=rule.title,
        subject=found.subject or f"file:{found.place.path}",
        message=found.message,
        remediation=rule.remediation,
        explanation=rule.why,
        docs=tuple(dict.fromkeys((*weakness, *rule.references))),
        evidence=(),
        reproduce="",
        fingerprint=found.fingerprint,
        places=(found.place,),
        trail=found.trail,
    )


def _cwe(weakness: str) -> Iterator[str]:
    if weakness:
        yield f"https://cwe.mitre.org/data/definitions/{weakness.removeprefix('CWE-')}.html"
