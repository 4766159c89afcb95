"""SARIF: rules, results, lines, ways of values; and no target writes anything but text."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from mcp_audit_harness.model import Report
from mcp_audit_reports.sarif import render
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import CLEAN, FAILED, RICH, SAMPLES
from tests.unit.reports.source_samples import EVERY, SOURCED

ALL = {**SAMPLES, **EVERY}


def run(report: Report) -> Any:
    document = json.loads(render(report))
    assert document["version"] == "2.1.0"
    (found,) = document["runs"]
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_sample_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    assert render(ALL[name]) == golden


@WHOLE_REPORTS
@given(REPORTS)
def test_any_report_has_a_rule_for_each_result_and_positions_that_exist(report: Report) -> None:
    found = run(report)
    rules = found["tool"]["driver"]["rules"]
    assert len(found["results"]) == len(report.findings) + len(report.accepted)
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            region = location["physicalLocation"]["region"]
            assert region["startLine"] >= 1
            assert location["physicalLocation"]["artifactLocation"]["uri"].isascii()


def test_a_finding_in_the_source_has_its_line_and_the_way_of_the_value() -> None:
    (result,) = [item for item in run(SOURCED)["results"] if item["ruleId"] == "source/path-from-argument"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["region"]["startLine"], place["region"]["endLine"]) == (12, 13)
    assert place["artifactLocation"]["uriBaseId"] == "SRCROOT"
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [10, 12]


def test_a_finding_of_the_running_server_has_the_request_the_answer_and_what_of_the_server_it_is_about() -> None:
    results = run(RICH)["results"]
    assert any("webRequest" in result and "webResponse" in result for result in results)
    assert all(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results)
    assert all(result["partialFingerprints"]["mcpAudit/v1"] for result in results)


def test_weaknesses_are_tags_and_severities_are_scores() -> None:
    rules = {rule["id"]: rule for rule in run(SOURCED)["tool"]["driver"]["rules"]}
    assert "external/cwe/cwe-22" in rules["source/path-from-argument"]["properties"]["tags"]
    assert rules["source/path-from-argument"]["properties"]["security-severity"] == "8.0"


def test_a_run_that_did_not_reach_its_target_says_so() -> None:
    (told,) = run(FAILED)["invocations"]
    assert told["executionSuccessful"] is False
    assert told["toolExecutionNotifications"][0]["message"]["text"] == FAILED.failure
    assert run(CLEAN)["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("label", "root", "address"),
    [
        ("http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/", "mcp"),
        ("https://mcp.example/a/b?c=d:e", "https://mcp.example/", "a/b?c=d:e"),
        ("http://[::1]:80/", "http://[::1]:80/", "."),
        ("python server.py --port 1:2", None, "python%20server.py%20--port%201%3A2"),
        ("http://[", None, "http%3A%2F%2F%5B"),
    ],
)
def test_no_address_is_absolute_or_code_scanning_would_refuse_the_file(
    label: str, root: str | None, address: str
) -> None:
    found = run(replace(RICH, target_label=label))
    (location,) = found["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": address, "uriBaseId": "TARGET"}
    assert found["originalUriBaseIds"]["TARGET"].get("uri") == root
