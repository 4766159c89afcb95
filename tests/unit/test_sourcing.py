"""What a source scan adds to a report: findings, the joining of source and wire, the score, the exit code."""

from dataclasses import replace

import pytest
from mcp_audit_harness.engine.sourcing import score_of, with_source
from mcp_audit_harness.model import (
    Aspect,
    Category,
    Finding,
    Level,
    Place,
    Project,
    Quality,
    Report,
    Revision,
    Severity,
    SourceFinding,
    SourceRule,
    SourceScan,
    Step,
    ToolInfo,
    Unrun,
)
from mcp_audit_harness.policy import Exit, FailOn, exit_code
from mcp_audit_reports import RENDERERS
from mcp_audit_reports.json_v1 import parse

NEW = Revision("2026-07-28")
PATH = SourceRule(
    "source/path-from-argument",
    "A file is opened by a path that clients choose",
    Severity.HIGH,
    Aspect.SECURITY,
    "CWE-22",
    "Clients read what they like.",
    "Resolve the path, then compare it with the directory.",
    shown_by=("paths/*",),
)
HINTS = SourceRule(
    "source/tool-without-type-hints",
    "A tool takes arguments without types",
    Severity.LOW,
    Aspect.TYPES,
    "",
    "Clients see no schema.",
    "Annotate every parameter.",
)
PLACE = Place("server.py", 12, 5, 12, "return open(path).read()")
FOUND = SourceFinding(
    PATH.id,
    PLACE,
    Severity.HIGH,
    "open() takes the argument path",
    "tool:read_file",
    (Step(Place("server.py", 10), "a client chooses path"), Step(PLACE, "opened")),
    "f00d",
)
LIVE = Finding(
    id="F001",
    check="paths/climbs-by-dots",
    revisions=(NEW,),
    severity=Severity.CRITICAL,
    level=Level.ADVICE,
    category=Category.SECURITY,
    title="Reads outside of its directory",
    subject="tool:read_file",
    message="../ was followed",
    remediation="Resolve first.",
    explanation="",
    docs=(),
    evidence=("x1",),
    reproduce="",
    fingerprint="beef",
)


def scan(*findings: SourceFinding, rules: tuple[SourceRule, ...] = (PATH, HINTS)) -> SourceScan:
    return SourceScan("tree", Project(name="served", files=2, lines=30), Quality(), rules, findings)


def report(*findings: Finding) -> Report:
    return Report(
        ToolInfo("mcp-audit", "0"), None, "source", "tree", "2026-01-01T00:00:00Z", 1.0, True, 0, (), findings
    )


def test_a_finding_in_the_source_alone_is_a_finding_with_its_line_and_way() -> None:
    (finding,) = with_source(report(), scan(FOUND)).findings
    assert (finding.id, finding.check, finding.severity) == ("F001", PATH.id, Severity.HIGH)
    assert finding.places == (PLACE,)
    assert len(finding.trail) == 2
    assert finding.docs == ("https://cwe.mitre.org/data/definitions/22.html",)
    assert finding.fingerprint == "f00d"


def test_the_same_weakness_on_the_wire_and_in_the_source_is_one_finding_with_proof_and_line() -> None:
    (finding,) = with_source(report(LIVE), scan(FOUND)).findings
    assert finding.check == LIVE.check
    assert finding.evidence == ("x1",)
    assert finding.places == (PLACE,)
    assert finding.rules == (PATH.id,)


@pytest.mark.parametrize(
    "other",
    [replace(LIVE, subject="tool:write_file"), replace(LIVE, check="sessions/guessable"), replace(LIVE, subject="")],
)
def test_weaknesses_of_other_tools_or_other_kinds_stay_apart(other: Finding) -> None:
    assert len(with_source(report(other), scan(FOUND)).findings) == 2


def test_findings_are_numbered_anew_with_the_gravest_first() -> None:
    low = replace(FOUND, rule=HINTS.id, severity=Severity.LOW)
    found = with_source(report(replace(LIVE, severity=Severity.MEDIUM)), scan(low, replace(FOUND, subject="")))
    assert [(item.id, item.severity) for item in found.findings] == [
        ("F001", Severity.HIGH),
        ("F002", Severity.MEDIUM),
        ("F003", Severity.LOW),
    ]


def test_the_share_in_the_score_counts_rules_about_security_twice() -> None:
    assert score_of(scan()).percent == 100.0
    assert score_of(scan(FOUND)).percent == pytest.approx(33.3)
    assert score_of(scan(replace(FOUND, rule=HINTS.id, severity=Severity.LOW))).percent == pytest.approx(66.7)


def test_what_is_only_worth_knowing_breaks_no_rule() -> None:
    score = score_of(scan(replace(FOUND, severity=Severity.INFO)))
    assert score.percent == 100.0
    assert next((item.aspect, item.held, item.findings) for item in score.aspects) == (Aspect.SECURITY, 1, 1)


def test_the_exit_code_follows_the_findings_of_the_source() -> None:
    assert exit_code(with_source(report(), scan(FOUND)), FailOn.HIGH, strict=False) is Exit.FINDINGS
    assert exit_code(with_source(report(), scan(FOUND)), FailOn.CRITICAL, strict=False) is Exit.CLEAN
    assert exit_code(with_source(report(), scan()), FailOn.LOW, strict=True) is Exit.CLEAN


def test_a_tree_that_no_rule_looked_at_is_not_audited() -> None:
    assert exit_code(with_source(report(), scan(rules=())), FailOn.LOW, strict=False) is Exit.NOT_AUDITED
    unread = replace(scan(), unrun=(Unrun("bandit", "it took too long"),))
    assert exit_code(with_source(report(), unread), FailOn.LOW, strict=True) is Exit.NOT_AUDITED


def test_report_json_holds_the_scan_and_where_each_finding_is() -> None:
    document = parse(RENDERERS["json"].render(with_source(report(LIVE), scan(FOUND)), width=80, color=False))
    assert not isinstance(document.source, type(document.load))
    assert document.source.findings_by_rule == {PATH.id: 1}  # type: ignore[union-attr]
    (finding,) = document.findings
    assert finding.places[0].line == 12  # type: ignore[index]
    assert [row.status for row in document.source.matrix] == ["violated", "holds"]  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["console", "markdown"])
def test_people_read_the_line_and_the_state_of_every_aspect(form: str) -> None:
    text = RENDERERS[form].render(with_source(report(), scan(FOUND)), width=100, color=False)
    assert "server.py:12" in text
    assert "served" in text
    assert "NOT AUDITED" not in text
    assert "FAIL" in text
