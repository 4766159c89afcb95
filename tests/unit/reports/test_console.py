"""What a person sees at a terminal."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.model import Report
from mcp_audit_reports.console import render
from mcp_audit_reports.escape import block
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, CLEAN_RESULTS, FAILED, FINDINGS, INTERRUPTED, RICH, RICH_RESULTS, SAMPLES

_COLOR = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize("width", [40, 80, 140])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_shown_as_before(name: str, width: int, golden: SnapshotAssertion) -> None:
    assert render(SAMPLES[name], width=width, color=False) == golden


@WHOLE_REPORTS
@given(REPORTS, st.integers(1, 200), st.booleans())
def test_any_report_is_shown_without_driving_the_terminal(report: Report, width: int, color: bool) -> None:
    text = render(report, width=width, color=color)
    assert block(text) == text or color
    plain = _COLOR.sub("", text)
    assert block(plain) == plain


def test_the_verdict_comes_first() -> None:
    assert render(RICH, width=80, color=False).startswith("FAIL  2 findings (1 high, 1 low), 1 error\n")
    assert render(CLEAN, width=80, color=False).startswith("PASS  no findings\n")
    assert render(INTERRUPTED, width=80, color=False).startswith("INCOMPLETE  no findings, the run did not finish\n")
    assert render(FAILED, width=80, color=False).startswith("NOT AUDITED  nothing listens on 127.0.0.1:9")


def test_the_verdict_comes_last_too_where_it_has_scrolled_away() -> None:
    long = render(RICH, width=80, color=False).splitlines()
    assert long[-1] == "FAIL  2 findings (1 high, 1 low), 1 error; 34 of 100, grade F"
    assert not render(CLEAN, width=80, color=False).splitlines()[-1].startswith("PASS")


def test_a_narrow_terminal_gets_lines_in_the_place_of_a_table() -> None:
    text = render(RICH, width=40, color=False)
    assert "…" not in text.split("HIGH")[0]
    assert re.search(r"^  2025-06-18\n    MUST 1/2, SHOULD", text, re.MULTILINE)


def test_nothing_judged_is_no_pass() -> None:
    unseen = tuple(result for result in RICH_RESULTS if result.status.value == "not_observed")
    text = render(replace(CLEAN, results=unseen), width=80, color=False)
    assert text.startswith("NOT AUDITED  no check could be judged\n")


def test_nothing_judged_for_one_reason_names_it() -> None:
    unseen = [result for result in RICH_RESULTS if result.status.value == "not_observed"]
    alike = tuple(replace(result, message="concerns stdio only") for result in unseen)
    text = render(replace(CLEAN, results=alike), width=80, color=False)
    assert text.startswith("NOT AUDITED  no check could be judged: concerns stdio only\n")


def test_an_error_of_the_harness_is_no_pass() -> None:
    erred = next(result for result in RICH_RESULTS if result.blame)
    text = render(replace(CLEAN, results=(*CLEAN_RESULTS, erred)), width=80, color=False)
    assert text.startswith("INCOMPLETE  no findings, 1 error\n")


def test_the_gravest_finding_comes_first() -> None:
    text = render(replace(RICH, findings=FINDINGS[::-1]), width=80, color=False)
    assert text.index("HIGH  F001") < text.index("LOW  F002")


def test_each_finding_says_how_urgent_it_is() -> None:
    text = render(RICH, width=80, color=False)
    assert "urgency     1 P0 (now), 1 P2 (optional)" in text
    assert "HIGH  F001  P0  Server answers requests from foreign web pages" in text


def test_the_areas_with_violated_duties_are_named_with_how_many() -> None:
    assert "violated    http (1 MUST), tools (1 SHOULD)" in render(RICH, width=80, color=False)


def test_missing_features_are_counted_by_revision_and_the_ones_that_matter_named() -> None:
    text = render(RICH, width=100, color=False)
    assert "Missing features (3)\n" in text
    assert "  2025-06-18  1  1 high: Structured output of tools\n" in text
    assert "  2026-07-28  1  the revision is not offered; 1 high: Questions in the middle of a request\n" in text


def test_what_could_not_be_observed_comes_with_what_to_grant() -> None:
    assert "may change state or load the target; allow it with --intrusive" in render(RICH, width=100, color=False)


def test_reasons_beyond_a_dozen_are_counted() -> None:
    unseen = next(result for result in RICH_RESULTS if result.status.value == "not_observed")
    results = tuple(replace(unseen, message=f"reason {number:02}") for number in range(20))
    text = render(replace(CLEAN, results=results, matrix=()), width=80, color=False)
    assert "reason 11\n" in text
    assert "reason 12" not in text
    assert "  8  for 8 other reasons: see the Markdown report\n" in text


def test_a_command_can_be_copied_whole() -> None:
    text = render(RICH, width=40, color=True)
    command = FINDINGS[0].reproduce
    assert "".join(f"    {line}\n" for line in command.split("\n")) in text


def test_a_command_whose_quotes_hold_a_line_break_gets_no_margin() -> None:
    command = "curl -d 'one\ntwo' \\\n  http://127.0.0.1/"
    text = render(replace(RICH, findings=(replace(FINDINGS[0], reproduce=command),)), width=80, color=False)
    assert f"\n{command}\n" in text


def test_a_command_that_is_too_long_is_left_to_the_json_report() -> None:
    finding = replace(FINDINGS[0], reproduce="curl -d " + "x" * 5000)
    text = render(replace(RICH, findings=(finding,)), width=80, color=False)
    assert "the command has 5008 characters: see F001 in the JSON report" in text


def test_lines_fit_the_terminal_but_for_what_is_copied() -> None:
    lines = render(RICH, width=80, color=False).splitlines()
    wide = [line.split()[0] for line in lines if cell_len(line) > 80]
    assert wide == ["spec", "spec", "(printf"]


def test_a_clean_report_is_short() -> None:
    assert len(render(CLEAN, width=80, color=False).splitlines()) <= 12


def test_color_changes_nothing_but_the_color() -> None:
    assert "\x1b[" not in render(RICH, width=80, color=False)
    colored = render(RICH, width=80, color=True)
    assert colored.startswith("\x1b[1;31mFAIL")
    assert _COLOR.sub("", colored).split() == render(RICH, width=80, color=False).split()


def test_the_environment_does_not_change_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {color: render(RICH, width=80, color=color) for color in (True, False)}
    for name, value in {"NO_COLOR": "1", "FORCE_COLOR": "1", "COLUMNS": "20", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert {color: render(RICH, width=80, color=color) for color in (True, False)} == expected


def test_a_target_cannot_write_a_line_of_its_own() -> None:
    lines = render(RICH, width=80, color=False).splitlines()
    assert [line for line in lines if line.startswith("PASS")] == []
