"""JUnit XML: failures are failures, errors are errors, and no target breaks the document."""

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from mcp_audit_harness.model import Report, Severity, Status
from mcp_audit_reports.junit import render
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import FAILED, RICH, SAMPLES
from tests.unit.reports.source_samples import EVERY

ALL = {**SAMPLES, **EVERY}


def read(report: Report) -> Element:
    return fromstring(render(report).encode())  # noqa: S314 - our own document


@pytest.mark.parametrize("name", ALL)
def test_a_sample_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    assert render(ALL[name]) == golden


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_is_well_formed_with_elements_of_ours_only(report: Report) -> None:
    names = {element.tag for element in read(report).iter()}
    cases = {"testcase", "failure", "error", "skipped", "system-out"}
    assert names <= {"testsuites", "testsuite", "properties", "property", *cases}


@WHOLE_REPORTS
@given(REPORTS)
def test_suites_count_their_cases(report: Report) -> None:
    root = read(report)
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == sum(case.find("failure") is not None for case in cases)
    assert int(root.attrib["tests"]) == sum(int(suite.attrib["tests"]) for suite in root.iter("testsuite"))


def test_every_verdict_is_a_case_by_its_status() -> None:
    root = read(RICH)
    counts = {status: sum(result.status is status for result in RICH.results) for status in Status}
    grave = sum(result.status is Status.FAIL and result.severity is not Severity.INFO for result in RICH.results)
    assert len(list(root.iter("testcase"))) == len(RICH.results)
    assert len(list(root.iter("failure"))) == grave
    assert len(list(root.iter("error"))) == counts[Status.ERROR]
    assert len(list(root.iter("skipped"))) == counts[Status.NOT_OBSERVED] + counts[Status.NOT_APPLICABLE]


def test_a_failure_says_how_to_fix_it_and_how_to_see_it_again() -> None:
    texts = [failure.text or "" for failure in read(RICH).iter("failure")]
    assert any("fix: " in text and "reproduce:" in text and "evidence: " in text for text in texts)


def test_a_target_that_could_not_be_audited_is_an_error() -> None:
    root = read(FAILED)
    assert root.attrib["errors"] == "1"
    assert root.attrib["failures"] == "0"


def test_rules_over_sources_are_cases_and_what_is_only_worth_knowing_fails_none() -> None:
    (suite,) = [suite for suite in read(EVERY["source_alone"]).iter("testsuite") if suite.get("name") == "source"]
    outcome = {case.attrib["name"]: [child.tag for child in case] for case in suite.iter("testcase")}
    assert outcome == {
        "source/path-from-argument": ["failure"],
        "source/tool-without-type-hints": [],
        "bandit/B102": ["system-out"],
    }
