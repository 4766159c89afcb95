"""SARIF and JUnit are what their schemas say, for every kind of report: made by hand, by chance, and of a real run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from mcp_audit_harness.calibration.reference import http_reference
from mcp_audit_harness.model import Report
from mcp_audit_reports import RENDERERS

from tests.e2e.program import run
from tests.e2e.schemas import junit_schema, sarif_schema
from tests.unit.reports.hostile import REPORTS, WHOLE_REPORTS
from tests.unit.reports.samples import RICH, SAMPLES
from tests.unit.reports.source_samples import EVERY

pytestmark = pytest.mark.e2e

ALL = {**SAMPLES, **EVERY}
Errors = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def sarif_errors(request: pytest.FixtureRequest) -> Errors:
    validator = jsonschema_rs.Draft4Validator(sarif_schema(request.config), validate_formats=True)
    return lambda text: [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(json.loads(text))]


@pytest.fixture(scope="session")
def junit_errors(request: pytest.FixtureRequest) -> Errors:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema is not installed: the group `test` has it")
    schema = xmlschema.XMLSchema(str(junit_schema(request.config)))
    return lambda text: [f"{error.path}: {error.reason}" for error in schema.iter_errors(text)]


def rendered(name: str, report: Report) -> str:
    return RENDERERS[name].render(report, width=100, color=False)


@pytest.mark.parametrize("name", ALL)
def test_every_sample_is_sarif(name: str, sarif_errors: Errors) -> None:
    assert sarif_errors(rendered("sarif", ALL[name])) == []


@pytest.mark.parametrize("name", ALL)
def test_every_sample_is_junit(name: str, junit_errors: Errors) -> None:
    assert junit_errors(rendered("junit", ALL[name])) == []


@WHOLE_REPORTS
@given(report=REPORTS)
def test_a_report_of_anything_is_sarif(report: Report, sarif_errors: Errors) -> None:
    ours = replace(report, started_at=RICH.started_at)
    assert sarif_errors(rendered("sarif", ours)) == []


@WHOLE_REPORTS
@given(report=REPORTS)
def test_a_report_of_anything_is_junit(report: Report, junit_errors: Errors) -> None:
    assert junit_errors(rendered("junit", report)) == []


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory with the reports on a server that takes requests of any origin."""
    out = tmp_path_factory.mktemp("faulty")
    forms = ["--out", str(out), "--quiet", "--format", "sarif,junit"]
    with http_reference(["rebinding/accepts-foreign-origin"]) as target:
        done = run(target.url, "--only", "rebinding/*", *forms, cwd=out)
    assert done.returncode == 1, done.stderr
    return out


def test_a_real_run_is_sarif_and_names_the_fault(faulty: Path, sarif_errors: Errors) -> None:
    text = (faulty / "report.sarif").read_text(encoding="utf-8")
    assert sarif_errors(text) == []
    (run,) = json.loads(text)["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["rebinding/accepts-foreign-origin"]


def test_a_real_run_is_junit_and_names_the_fault(faulty: Path, junit_errors: Errors) -> None:
    text = (faulty / "junit.xml").read_text(encoding="utf-8")
    assert junit_errors(text) == []
    assert 'failure type="high"' in text
