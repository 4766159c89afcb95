"""Badges: the score in the colour of the worst finding, as text only."""

import json
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from mcp_audit_harness.model import OverallScore, Report, Severity
from mcp_audit_reports.badge import badge_of, render_json, render_svg
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, FAILED, INTERRUPTED, RICH, SAMPLES
from tests.unit.reports.source_samples import EVERY

ALL = {**SAMPLES, **EVERY}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ALL)
def test_a_sample_is_drawn_as_before(name: str, golden: SnapshotAssertion) -> None:
    assert render_svg(ALL[name]) + render_json(ALL[name]) == golden


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_gives_a_picture_of_our_own_elements(report: Report) -> None:
    root = fromstring(render_svg(report))  # noqa: S314 - our own document
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        *("svg", "title", "clipPath", "rect", "g", "text")
    }


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_gives_what_shields_reads(report: Report) -> None:
    badge = json.loads(render_json(report))
    assert set(badge) == {"schemaVersion", "label", "message", "color"}
    assert badge["schemaVersion"] == 1
    assert badge["message"]


@pytest.mark.parametrize(
    ("severity", "colour"),
    [
        (Severity.CRITICAL, "red"),
        (Severity.HIGH, "red"),
        (Severity.MEDIUM, "orange"),
        (Severity.LOW, "yellow"),
        (Severity.INFO, "brightgreen"),
    ],
)
def test_the_worst_finding_gives_the_colour(severity: Severity, colour: str) -> None:
    report = replace(CLEAN, findings=(replace(RICH.findings[0], severity=severity),))
    assert badge_of(report).name == colour


def test_the_score_is_the_message_and_green_needs_a_verdict() -> None:
    scored = replace(CLEAN, overall=OverallScore(97, "A", ""))
    assert (badge_of(scored).message, badge_of(scored).name) == ("A 97/100", "brightgreen")
    for report in (FAILED, INTERRUPTED):
        assert badge_of(replace(report, findings=())).name != "brightgreen"


def test_a_stale_baseline_is_no_green() -> None:
    assert badge_of(replace(CLEAN, stale=("an entry",))).name == "yellow"
