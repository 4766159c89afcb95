"""Nobody is loaded who did not ask for it: load stays out of ordinary audits, and out of their figures."""

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.engine.matrix import matrix_of
from mcp_audit_harness.engine.select import plan
from mcp_audit_harness.load.settings import LoadSettings
from mcp_audit_harness.model import (
    Consent,
    Exposure,
    Level,
    Offer,
    Result,
    Revision,
    Severity,
    Status,
    Survey,
    Transport,
)
from mcp_audit_harness.model.loading import LoadRun
from mcp_audit_harness.policy import Options, Profile

CATALOGUE = load_catalogue()
CHECKS = {check.id: check for check in CATALOGUE.checks if check.area == "load"}
SURVEY = Survey(
    Transport.HTTP, "http://127.0.0.1:1/mcp", Exposure.LOCAL, tuple(Offer(revision, {}, {}) for revision in Revision)
)
INTRUSIVE = Consent(intrusive=True)


def test_every_check_of_load_judges_the_one_scenario_of_load() -> None:
    assert {check.scenario.name for check in CHECKS.values()} == {"under_load.under_load"}
    assert all(check.scenario.load and check.scenario.facts is LoadRun for check in CHECKS.values())
    assert [check.id for check in CATALOGUE.checks if check.scenario.load] == list(CHECKS)


@pytest.mark.parametrize("profile", Profile)
def test_an_ordinary_audit_produces_no_load_and_says_how_to(profile: Profile) -> None:
    chosen = plan(CATALOGUE, SURVEY, Options(profile=profile, consent=INTRUSIVE))
    assert not any(step.scenario.load for step in chosen.steps)
    said = {skip.verdict.message for skip in chosen.skips if skip.check in CHECKS}
    assert said == {"produces load; see it with mcp-audit load"}
    assert {skip.check for skip in chosen.skips} >= set(CHECKS)


def test_a_load_run_holds_one_scenario_at_the_newest_revision() -> None:
    assert CATALOGUE.load_profile is not None
    settings = LoadSettings(CATALOGUE.load_profile("smoke"))
    chosen = plan(CATALOGUE, SURVEY, Options(consent=INTRUSIVE, only=("load/*",), load=settings))
    (step,) = chosen.steps
    assert step.revision is Revision.V2026_07_28
    assert {check.id for check in step.checks} == set(CHECKS)


def test_what_load_would_show_is_no_gap_of_an_ordinary_audit() -> None:
    chosen = plan(CATALOGUE, SURVEY, Options())
    results = [
        _skipped(skip.check, skip.revision, skip.verdict.message) for skip in chosen.skips if skip.check in CHECKS
    ]
    rows = [row for row in matrix_of(results, (), CATALOGUE, SURVEY.revisions) if row.area == "load"]
    assert rows
    assert {(row.level, row.status, row.gap) for row in rows} == {(Level.ADVICE, Status.NOT_OBSERVED, "none")}


def _skipped(check: str, revision: Revision, why: str) -> Result:
    found = CHECKS[check]
    assert isinstance(found.severity, Severity)
    return Result(
        check=check,
        title=found.title,
        revision=revision,
        status=Status.NOT_OBSERVED,
        severity=found.severity,
        level=CATALOGUE.level(found, revision),
        category=found.category,
        area=found.area,
        requirements=found.requirements,
        message=why,
    )
