"""The official suite's word is shown beside ours, and contradicts it only where it says the opposite of the same."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from mcp_audit_harness.cli.official import read_checks
from mcp_audit_harness.cli.usage import UsageError
from mcp_audit_harness.engine.official import with_official
from mcp_audit_harness.model import (
    Implementation,
    OfficialAliases,
    OfficialCheck,
    OfficialVerdict,
    Report,
    Revision,
    Status,
)

from tests.unit.reports.samples import NAMES, NEW, ORIGIN, PING, RICH

ALIASES = OfficialAliases(
    same=(("ping", (PING.id,)), ("rebinding", (ORIGIN.id,)), ("names", (NAMES.id, PING.id)), ("old", ("gone/gone",))),
    explained=(("rebinding", "It sends two defects at once."),),
    different=(("tasks-*", "about an extension"), ("tasks-odd", "about itself")),
)


def compared(*checks: tuple[str, str], report: Report = RICH) -> Report:
    said = [OfficialCheck(name, status, NEW, f"{name} said so") for name, status in checks]
    return with_official(report, said, ALIASES)


def test_what_the_suite_says_stands_in_the_row_and_changes_no_verdict() -> None:
    report = compared(("ping", "SUCCESS"), ("rebinding", "FAILURE"))
    for row, own in zip(report.matrix, RICH.matrix, strict=True):
        assert replace(row, official=()) == replace(own, official=())
    ping = next(row for row in report.matrix if row.requirement == PING.id and row.revision is NEW)
    assert ping.official == (OfficialVerdict("ping", "SUCCESS"),)
    assert report.official is not None
    assert (report.official.checks, report.official.mapped, report.official.compared) == (2, 2, 2)
    assert report.official.disagreements == ()


def test_a_success_never_turns_what_was_not_observed_into_a_pass() -> None:
    unseen = tuple(
        replace(row, status=Status.NOT_OBSERVED, implementation=Implementation.NOT_OBSERVED) for row in RICH.matrix
    )
    report = compared(("ping", "SUCCESS"), report=replace(RICH, matrix=unseen))
    assert {row.status for row in report.matrix} == {Status.NOT_OBSERVED}
    assert report.official is not None
    assert (report.official.compared, report.official.disagreements) == (0, ())


def test_a_success_against_a_violation_is_a_disagreement_with_both_evidences_and_the_explanation() -> None:
    report = compared(("rebinding", "SUCCESS"))
    assert report.official is not None
    (found,) = report.official.disagreements
    assert (found.requirement, found.implementation) == (ORIGIN.id, Implementation.VIOLATED)
    assert found.official_message == "rebinding said so"
    assert found.evidence == ("x0002",)
    assert found.explanation == "It sends two defects at once."


@pytest.mark.parametrize("status", ["FAILURE", "WARNING"])
def test_a_failure_disagrees_where_everything_that_it_may_be_about_holds(status: str) -> None:
    report = compared(("names", status))
    assert report.official is not None
    assert [found.requirement for found in report.official.disagreements] == [NAMES.id, PING.id]
    broken = replace(
        RICH,
        matrix=tuple(
            replace(row, implementation=Implementation.VIOLATED) if row.requirement == NAMES.id else row
            for row in RICH.matrix
        ),
    )
    report = compared(("names", status), report=broken)
    assert report.official is not None
    assert report.official.disagreements == ()


def test_a_check_counts_once_for_a_revision_with_the_gravest_that_it_says() -> None:
    report = compared(("ping", "SUCCESS"), ("ping", "FAILURE"), ("ping", "INFO"))
    assert report.official is not None
    assert report.official.checks == 1
    assert [found.official_status for found in report.official.disagreements] == ["FAILURE"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tasks-any", "about an extension"),
        ("tasks-odd", "about itself"),
        ("novel", "not known here"),
        ("old", "what it is about is no duty or feature of 2025-11-25"),
    ],
)
def test_what_has_no_row_is_listed_with_the_reason(name: str, reason: str) -> None:
    report = compared((name, "FAILURE"))
    assert report.official is not None
    assert [(item.id, item.reason) for item in report.official.unmapped] == [(name, reason)]


def written(directory: Path, *checks: Mapping[str, object]) -> Path:
    """Write what the suite would write about a scenario."""
    home = directory / "server-tools-list-2026-11-21T12-00-42-175Z"
    home.mkdir(parents=True)
    (home / "checks.json").write_text(json.dumps(checks), encoding="utf-8")
    return directory


PASSED = {"id": "ping", "status": "SUCCESS", "description": "Server answers", "name": "Ping", "details": {"n": 1}}
FAILED = {"id": "tools-list", "status": "FAILURE", "errorMessage": "no tools", "timestamp": "now"}


def judged_by(name: str) -> dict[str, object]:
    url = f"https://github.com/modelcontextprotocol/modelcontextprotocol/blob/main/schema/{name}/schema.json"
    return {"id": "wire-schema-valid", "status": "SUCCESS", "specReferences": [{"id": "MCP-Schema", "url": url}]}


def test_the_directory_says_at_which_revision_the_suite_ran(tmp_path: Path) -> None:
    written(tmp_path / "2025-11-25", PASSED)
    written(tmp_path / "2026-07-28", FAILED)
    assert read_checks(tmp_path) == [
        OfficialCheck("ping", "SUCCESS", Revision.V2025_11_25, "Server answers"),
        OfficialCheck("tools-list", "FAILURE", Revision.V2026_07_28, "no tools"),
    ]
    assert read_checks(tmp_path / "2026-07-28") == [
        OfficialCheck("tools-list", "FAILURE", Revision.V2026_07_28, "no tools")
    ]


@pytest.mark.parametrize(("name", "revision"), [("2025-11-25", "2025-11-25"), ("draft", "2026-07-28")])
def test_elsewhere_the_schema_by_which_it_judged_says_so(tmp_path: Path, name: str, revision: str) -> None:
    written(tmp_path / "out", PASSED, judged_by(name))
    assert {check.revision for check in read_checks(tmp_path / "out")} == {Revision(revision)}


def test_results_of_an_unknown_revision_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot tell at which revision"):
        read_checks(written(tmp_path / "out", PASSED))


def test_a_directory_without_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checks.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no results"):
        read_checks(tmp_path)
    with pytest.raises(UsageError, match="holds no results"):
        read_checks(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["", "{}", '[{"id": 1}]', '[{"id": "a"}]', "[" * 10_000])
def test_what_is_no_result_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    written(tmp_path / "2025-11-25", PASSED)
    next(tmp_path.rglob("checks.json")).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is no result of the official suite"):
        read_checks(tmp_path)
