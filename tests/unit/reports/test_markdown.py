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
    "Conformance by revision",
    "Compliance matrix",
    "Findings",
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
    ours |= {citation.url for row in report.requirements for citation in row.citations}
    targets = [str(token.attrGet("href")) for token in tokens(render(report)) if token.type == "link_open"]
    assert set(targets) <= {*ours, "#not-observed"}


def test_the_matrix_has_a_column_for_every_revision_and_words_for_every_verdict() -> None:
    text = render(RICH)
    assert (
        text.count("| Requirement | Level | 2024-11-05 | 2025-03-26 | 2025-06-18 | 2025-11-25 | 2026-07-28 | Gap |")
        == 4
    )
    assert "| MUST | - | - | **FAIL** | **FAIL** | - | high |" in text
    assert "| MUST | - | - | - | not seen | - | none |" in text
    assert "| SHOULD | - | - | n/a | error | - | none |" in text


def test_the_summary_says_what_is_good_and_what_is_critical() -> None:
    text = render(RICH)
    assert "- **Good:** no duty fails in ping.\n" in text
    assert "- **High:** F001 Server answers requests from foreign web pages (`http/origin-validation`).\n" in text
    assert "- **Also:** 1 finding of lower severity.\n" in text


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
