"""`mcp-audit matrix`: what it prints, and how it refuses what is no report."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from mcp_audit_harness.cli.app import execute
from mcp_audit_reports.json_v1 import render

from tests.unit.reports.samples import CLEAN, FAILED, RICH


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.json"
    path.write_text(render(RICH), encoding="utf-8")
    return str(path)


def test_the_matrix_is_shown_by_area(
    report: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    assert execute(["matrix", report]) == 0
    assert "tools/structured-output" in capfd.readouterr().out


def test_one_revision_and_one_area_can_be_asked_for(report: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["matrix", report, "--revision", "2025-06-18", "--area", "tools", "--format", "json"]) == 0
    rows = json.loads(capfd.readouterr().out)["matrix"]
    assert [(row["requirement"], row["revision"]) for row in rows] == [("tools/unique-names", "2025-06-18")]


def test_an_id_matches_like_an_area(report: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["matrix", report, "--area", "http/origin-*", "--csv"]) == 0
    rows = list(csv.DictReader(StringIO(capfd.readouterr().out)))
    assert {row["requirement"] for row in rows} == {"http/origin-validation", "http/origin-403"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--format", "xml"], "no format 'xml' of the matrix; there are console, markdown, json, csv"),
        (["--area", "nothing"], "no row in nothing; areas are http, mrtr, ping"),
        (["--revision", "2020-01-01"], "not a revision"),
        (["--import-checks", "/no/such/directory"], "holds no results of the official suite"),
    ],
)
def test_what_cannot_be_followed_is_one_line(
    report: str, words: list[str], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(["matrix", report, *words]) == 2
    said = capfd.readouterr().err
    assert says in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": "2"}', '{"saved_run": 1}'])
def test_what_is_no_report_of_version_1_is_one_line(
    tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    assert execute(["matrix", str(path)]) == 2
    said = capfd.readouterr().err
    assert "is no report.json of version 1" in said
    assert said.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["matrix", str(tmp_path / "none.json")]) == 2
    assert "cannot read" in capfd.readouterr().err


def test_a_target_that_was_not_audited_has_no_matrix(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    path.write_text(render(FAILED), encoding="utf-8")
    assert execute(["matrix", str(path)]) == 3
    assert "the target was not audited: nothing listens on" in capfd.readouterr().err


def test_results_of_the_official_suite_are_shown_beside_ours(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "2025-11-25" / "server-ping-2026-11-21T12-00-42-175Z"
    home.mkdir(parents=True)
    checks = [{"id": "tasks-lifecycle", "status": "FAILURE", "description": "a task", "errorMessage": "no task"}]
    (home / "checks.json").write_text(json.dumps(checks), encoding="utf-8")
    path = tmp_path / "report.json"
    path.write_text(render(CLEAN), encoding="utf-8")
    assert execute(["matrix", str(path), "--import-checks", str(tmp_path), "--format", "json"]) == 0
    official = json.loads(capfd.readouterr().out)["official"]
    assert (official["checks"], official["mapped"]) == (1, 0)
    assert official["unmapped"][0]["reason"].startswith("about the extension")


def test_an_audit_refuses_results_that_are_none_before_it_starts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "http://127.0.0.1:9/mcp", "--out", str(tmp_path / "out"), "--import-checks", str(tmp_path)]
    assert execute(words) == 2
    assert "holds no results of the official suite" in capfd.readouterr().err
