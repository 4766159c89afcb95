"""The plan: which scenarios run within profile, consent and transport."""

import pytest
from mcp_audit_harness.engine.select import plan
from mcp_audit_harness.model import Exposure, Offer, Revision, Status, Survey, Transport
from mcp_audit_harness.policy import Options, Profile
from mcp_audit_scenarios import catalogue

CATALOGUE = catalogue()
NEWEST = Revision.V2026_07_28
THOROUGH = {check.id for check in CATALOGUE.checks if check.scenario.thorough and CATALOGUE.applies(check, NEWEST)}


def survey() -> Survey:
    return Survey(Transport.HTTP, "http://127.0.0.1:1/mcp", Exposure.LOCAL, (Offer(NEWEST, {}, {}),))


@pytest.mark.parametrize("profile", Profile)
def test_the_quick_profile_leaves_out_what_takes_many_requests(profile: Profile) -> None:
    made = plan(CATALOGUE, survey(), Options(profile=profile))
    planned = {check.id for step in made.steps for check in step.checks}
    skipped = {skip.check: skip.verdict for skip in made.skips}
    assert THOROUGH
    if profile is Profile.QUICK:
        assert planned.isdisjoint(THOROUGH)
        assert {skipped[name].status for name in THOROUGH} == {Status.NOT_OBSERVED}
        assert all("--profile standard" in skipped[name].message for name in THOROUGH)
    else:
        assert planned >= THOROUGH


def test_a_check_that_is_asked_for_by_its_id_runs_in_any_profile() -> None:
    named = min(THOROUGH)
    made = plan(CATALOGUE, survey(), Options(profile=Profile.QUICK, only=("*", named)))
    (step,) = [step for step in made.steps if named in {check.id for check in step.checks}]
    beside = {check.id for check in step.checks}
    assert {skip.check for skip in made.skips} >= THOROUGH - beside
