"""The summary of a job: one screen, the findings to act on first, nothing of the target marked up."""

from dataclasses import replace

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mcp_audit_harness.model import Report
from mcp_audit_reports.escape import block
from mcp_audit_reports.summary import render
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, FAILED, RICH, SAMPLES
from tests.unit.reports.source_samples import EVERY

ALL = {**SAMPLES, **EVERY}
MARKUP = {"html_block", "html_inline", "image", "link_open", "fence", "code_block", "blockquote_open", "hr"}


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for token in MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text):
        found += [token, *(token.children or [])]
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_sample_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    assert render(ALL[name]) == golden


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_fits_on_a_screen_and_marks_nothing_up(report: Report) -> None:
    text = render(report)
    found = tokens(text)
    assert not {token.type for token in found} & MARKUP
    assert sum(token.type == "heading_open" for token in found) == 1
    assert len(text.splitlines()) <= 30 + len(report.scores)
    assert block(text) == text


def test_of_many_findings_the_gravest_are_shown_and_the_rest_is_counted() -> None:
    many = tuple(replace(RICH.findings[0], subject=f"tool:t{place}") for place in range(25))
    text = render(replace(RICH, findings=many))
    assert text.count("tool:t") == 10
    assert "And 15 findings more in the report." in text


def test_a_target_that_could_not_be_audited_says_why() -> None:
    assert render(FAILED).startswith("## MCP audit: NOT AUDITED")


def test_stale_entries_of_the_baseline_are_named() -> None:
    assert "Stale entry of the baseline: tools/x has gone." in render(replace(CLEAN, stale=("tools/x has gone",)))
