"""What changed from one report to the next."""

from dataclasses import replace

import pytest
from hypothesis import given
from mcp_audit_harness.engine.differences import differences
from mcp_audit_harness.model import Accepted, Finding, Report, Result, Revision, Severity, Status, Turn
from mcp_audit_reports import DIFF_FORMATS, RENDERERS, read_report, render_diff

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import NEW, OLD, RICH
from tests.unit.reports.source_samples import SOURCE_ALONE, SOURCED
from tests.unit.reports.test_markdown import tokens

FINDING = replace(RICH.findings[0], check="a/b", subject="tool:x", revisions=(NEW,), severity=Severity.HIGH, places=())


def report(*findings: Finding, status: Status = Status.FAIL, revision: Revision = NEW) -> Report:
    verdict: Result = replace(RICH.results[0], check="a/b", subject="", revision=revision, status=status, blame="")
    return replace(RICH, findings=findings, results=(verdict,))


def turns(before: Report, after: Report) -> list[Turn]:
    return [change.turn for change in differences(before, after).found]


def test_what_was_seen_to_hold_and_does_not_any_more_has_regressed() -> None:
    assert turns(report(status=Status.PASS), report(FINDING)) == [Turn.REGRESSED]


@pytest.mark.parametrize("status", [Status.NOT_OBSERVED, Status.ERROR])
def test_what_nobody_saw_before_is_new(status: Status) -> None:
    assert turns(report(status=status), report(FINDING)) == [Turn.NEW]


def test_a_revision_that_was_not_looked_at_before_makes_it_new() -> None:
    assert turns(report(status=Status.PASS, revision=OLD), report(FINDING)) == [Turn.NEW]


def test_what_was_looked_at_and_is_gone_is_fixed() -> None:
    assert turns(report(FINDING), report(status=Status.PASS)) == [Turn.FIXED]
    assert turns(report(FINDING), report(replace(FINDING, subject="tool:y"))) == [Turn.REGRESSED, Turn.FIXED]


def test_what_nobody_looked_at_again_is_not_fixed() -> None:
    assert turns(report(FINDING), report(status=Status.NOT_OBSERVED)) == [Turn.UNSEEN]


def test_severity_revisions_and_message_can_change() -> None:
    other = replace(FINDING, severity=Severity.LOW, revisions=(OLD, NEW), message="other")
    (change,) = differences(report(FINDING), report(other)).found
    assert change.turn is Turn.CHANGED
    assert change.details == ("severity high, now low", f"now also at {OLD}", f"was: {FINDING.message}")


def test_the_same_report_has_no_differences() -> None:
    found = differences(SOURCED, SOURCED)
    assert found.found == ()
    assert found.unchanged == len(SOURCED.findings)


def test_accepting_a_finding_fixes_nothing() -> None:
    accepted = replace(report(), accepted=(Accepted(FINDING, "known"),))
    assert turns(report(FINDING), accepted) == []


def test_only_what_is_new_or_has_regressed_breaks_a_build() -> None:
    assert differences(report(status=Status.PASS), report(FINDING)).breaks(Severity.HIGH)
    assert not differences(report(status=Status.PASS), report(FINDING)).breaks(Severity.CRITICAL)
    assert not differences(report(FINDING), report(status=Status.NOT_OBSERVED)).breaks(Severity.LOW)


@pytest.mark.parametrize("whole", [RICH, SOURCED, SOURCE_ALONE])
def test_reports_are_compared_as_they_are_written(whole: Report) -> None:
    read = read_report(RENDERERS["json"].render(whole, width=80, color=False))
    fresh = differences(replace(whole, findings=()), whole)
    assert [change.turn for change in differences(replace(read, findings=()), read).found] == [
        change.turn for change in fresh.found
    ]
    assert differences(read, read).found == ()


@pytest.mark.parametrize("form", DIFF_FORMATS)
@WHOLE_REPORTS
@given(before=REPORTS, after=REPORTS)
def test_no_target_drives_the_terminal_or_reorders_what_is_read(form: str, before: Report, after: Report) -> None:
    text = render_diff(before, after, differences(before, after), form, width=80, color=False)
    assert not any(character in text for character in "\x1b\x9b\u202e\u2066\u200b")


@WHOLE_REPORTS
@given(before=REPORTS, after=REPORTS)
def test_no_target_marks_up_a_comment(before: Report, after: Report) -> None:
    text = render_diff(before, after, differences(before, after), "markdown", width=80, color=False)
    types = {item.type for token in tokens(text) for item in (token, *(token.children or ()))}
    assert not types & {"html_inline", "html_block", "image", "link_open"}
