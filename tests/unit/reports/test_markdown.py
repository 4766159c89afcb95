"""The compliance matrix, and what a hostile server cannot do to it."""

from dataclasses import replace

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mcp_audit_harness.model import Report
from mcp_audit_reports.escape import block
from mcp_audit_reports.markdown import render
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, FAILED, FINDINGS, HOSTILE_TEXT, RICH, SAMPLES

_GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_SECTIONS = {
    "Executive summary",
    "Detailed comparison",
    "Gap analysis by revision",
    "Conformance by area",
    "Official conformance suite",
    "Compliance matrix",
    "Findings",
    "Baseline",
    "Fuzzing",
    "Load",
    "Source",
    "Errors",
    "Not observed",
    "Appendix",
}


def tokens(text: str) -> list[Token]:
    return [item for token in _GITHUB.parse(text) for item in (token, *(token.children or ()))]


def headings(text: str, tag: str) -> list[str]:
    found = _GITHUB.parse(text)
    return [
        found[place + 1].content
        for place, token in enumerate(found)
        if token.type == "heading_open" and token.tag == tag
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    assert render(SAMPLES[name]) == golden


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_has_our_sections_and_no_others(report: Report) -> None:
    text = render(report)
    assert block(text) == text
    assert len(headings(text, "h1")) == 1
    assert set(headings(text, "h2")) <= _SECTIONS
    types = {token.type for token in tokens(text)}
    assert not types & {
        "html_inline",
        "html_block",
        "image",
        "code_block",
        "hr",
        "s_open",
        "lheading_open",
        "blockquote_open",
    }


@WHOLE_REPORTS
@given(REPORTS)
def test_links_lead_to_addresses_of_the_report_only(report: Report) -> None:
    ours = {doc for finding in report.findings for doc in finding.docs}
    ours |= {row.spec for row in report.matrix}
    targets = [str(token.attrGet("href")) for token in tokens(render(report)) if token.type == "link_open"]
    assert set(targets) <= {*ours, "#not-observed"}


def test_the_first_screen_has_the_verdict_the_score_and_what_is_critical() -> None:
    screen = "\n".join(render(RICH).split("\n")[:30])
    assert "**FAIL**: 2 findings (1 high, 1 low), 1 error" in screen
    assert "**34 of 100, grade F**" in screen
    assert "- **High:** F001 Server answers requests from foreign web pages (`http/origin-validation`).\n" in screen
    assert "- **Also:** 1 P2 (optional) findings.\n" in screen
    assert "- **Good:** all observed MUST duties hold in ping (1).\n" in screen
    assert "- **Missing from 2025-06-18:** 1 feature; of high priority Structured output of tools.\n" in screen
    assert "- **Not offered:** 3 revisions (2024-11-05, 2025-03-26, 2026-07-28)" in screen


def test_the_comparison_shows_features_and_violations_one_by_one_and_counts_the_rest() -> None:
    text = render(RICH)
    assert "| Area | Feature | Spec level | Implementation | Gap |" in text
    assert "| ping | 1 duty | 1 MUST | implemented | none |" in text
    assert "| MUST | **violated** at 2025-06-18, 2025-11-25: a request with Origin" in text
    assert "| optional since 2025-06-18 | missing: no tool of read" in text
    assert "| optional since 2025-11-25 | implemented | none |" in text


def test_gaps_stand_under_the_revision_that_brought_the_feature() -> None:
    text = render(RICH)
    assert headings(text, "h3")[:3] == ["Missing from 2024-11-05", "Missing from 2025-06-18", "Missing from 2026-07-28"]
    assert "The server does not offer revision 2026-07-28." in text
    section = "https://modelcontextprotocol.io/specification/2025-06-18/server/tools#structured-output"
    assert f"| [server/tools\\#structured-output]({section}) | no tool of read" in text


def test_findings_stand_under_their_priority() -> None:
    assert [found for found in headings(render(RICH), "h3") if found.startswith("P")] == ["P0: now", "P2: optional"]


def test_findings_of_one_check_share_a_section() -> None:
    twin = replace(FINDINGS[1], id="F003", subject="tool:other", message="two tools are called other")
    text = render(replace(RICH, findings=(*FINDINGS, twin)))
    assert "#### F002, F003 LOW: Two tools have the same name" in text
    assert "- F003: two tools are called other (`tool:other`)" in text


def test_a_disagreement_with_the_official_suite_shows_both_sides_and_the_explanation() -> None:
    text = render(RICH)
    assert "3 verdicts of the suite were imported; 2 of them belong to rows of the matrix" in text
    assert "violated: a request with Origin" in text
    assert "The suite sends a foreign Host and a foreign Origin at once." in text


def test_a_fence_is_longer_than_the_backticks_inside() -> None:
    finding = replace(FINDINGS[0], reproduce="echo '`````'")
    assert "``````sh\necho '`````'\n``````" in render(replace(RICH, findings=(finding,)))


def test_hostile_notes_are_read_and_not_obeyed() -> None:
    text = render(replace(CLEAN, notes=(HOSTILE_TEXT,)))
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "`@`admin" in text


def test_a_failed_audit_is_one_sentence() -> None:
    text = render(FAILED)
    assert "**NOT AUDITED**: nothing listens on 127.0.0.1:9: connection refused." in text
    assert "## " not in text
