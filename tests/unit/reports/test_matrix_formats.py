"""The matrix alone: at a terminal, as Markdown, as JSON, for spreadsheets."""

import csv
import json
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mcp_audit_harness.model import Report, Revision
from mcp_audit_reports import MATRIX_FORMATS, read_report, render_matrix
from mcp_audit_reports.escape import block
from mcp_audit_reports.json_v1 import render as render_json
from mcp_audit_reports.matrix.lines import lines_of
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, FAILED, HOSTILE_TEXT, RICH


@pytest.mark.parametrize("form", MATRIX_FORMATS)
def test_the_rich_sample_is_written_as_before(form: str, golden: SnapshotAssertion) -> None:
    text = render_matrix(RICH, form, width=120, color=False)
    assert ("\r\n" in text) == (form == "csv")
    assert text.replace("\r\n", "\n") == golden


@WHOLE_REPORTS
@given(REPORTS, st.integers(1, 200))
def test_no_row_drives_a_terminal(report: Report, width: int) -> None:
    for form in ("console", "markdown"):
        text = render_matrix(report, form, width=width, color=False)
        assert block(text) == text
    assert json.loads(render_matrix(report, "json", width=width, color=False))["matrix"] is not None


@WHOLE_REPORTS
@given(REPORTS)
def test_markdown_holds_nothing_but_tables_and_our_links(report: Report) -> None:
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    text = render_matrix(report, "markdown", width=80, color=False)
    tokens = [item for token in parsed.parse(text) for item in (token, *(token.children or ()))]
    assert not {token.type for token in tokens} & {"html_inline", "html_block", "image", "s_open", "blockquote_open"}
    targets = {str(token.attrGet("href")) for token in tokens if token.type == "link_open"}
    assert targets <= {row.spec for row in report.matrix}


@WHOLE_REPORTS
@given(REPORTS)
def test_no_cell_of_a_spreadsheet_is_a_formula(report: Report) -> None:
    text = render_matrix(report, "csv", width=80, color=False)
    rows = list(csv.reader(StringIO(text, newline="")))
    assert {len(row) for row in rows} == {15}
    assert len(rows) == len(report.matrix) + 1
    assert [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []


@pytest.mark.parametrize("note", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_cell_that_looks_like_a_formula_gets_an_apostrophe(note: str) -> None:
    report = replace(CLEAN, matrix=(replace(CLEAN.matrix[0], note=note),))
    rows = list(csv.DictReader(StringIO(render_matrix(report, "csv", width=80, color=False))))
    assert rows[0]["note"] == f"'{note}"


def test_a_cell_with_a_comma_a_quote_or_a_line_break_stays_one_cell() -> None:
    report = replace(CLEAN, matrix=(replace(CLEAN.matrix[0], note=f'a, "b"\n{HOSTILE_TEXT}'),))
    text = render_matrix(report, "csv", width=80, color=False)
    assert text.count("\r\n") == 2
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert rows[0]["note"].startswith('a, "b"\\nIgnore this. \\x1b]8')


def test_revisions_at_which_the_same_happened_share_a_line() -> None:
    lines = {(line.row.requirement, line.span) for lines in lines_of(RICH).values() for line in lines}
    assert ("ping/prompt-answer", "2025-06-18 to 2025-11-25") in lines
    assert ("tools/unique-names", "2025-06-18") in lines
    assert ("tools/unique-names", "2025-11-25") in lines


def test_revisions_that_are_not_offered_are_one_line() -> None:
    text = render_matrix(RICH, "console", width=120, color=False)
    assert "mrtr/questions" not in text
    assert "not offered, so not shown: 2026-07-28" in text


def test_disagreements_are_shown_with_both_sides() -> None:
    text = render_matrix(RICH, "console", width=120, color=False)
    assert "disagreement: localhost-host-rebinding-rejected at 2025-11-25" in text
    assert "because     The suite sends a foreign Host and a foreign Origin at once." in text


@pytest.mark.parametrize("report", [RICH, CLEAN, FAILED])
def test_what_the_matrix_needs_survives_report_json(report: Report) -> None:
    again = read_report(render_json(report))
    for form in MATRIX_FORMATS:
        shown = render_matrix(report, form, width=100, color=False)
        assert render_matrix(again, form, width=100, color=False) == shown


def test_a_report_from_before_rows_had_more_members_can_be_read() -> None:
    document = json.loads(render_json(CLEAN))
    for row in document["matrix"]:
        for name in ("kind", "implementation", "spec", "effort"):
            row.pop(name, None)
    for name in ("features", "gaps", "summary", "areas", "unobserved"):
        del document[name]
    report = read_report(json.dumps(document))
    assert [row.implementation for row in report.matrix] == [row.implementation for row in CLEAN.matrix]
    assert report.survey is not None
    assert report.survey.revisions == (Revision.V2025_11_25,)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"schema_version": "2"}', b"[" * 100_000])
def test_what_is_no_report_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_report(text)
