"""For each check the server with the fault of its name: exactly that check fails.

The servers of the matrix run in this process, where they cost no start. Here a fault is looked for at the newest
revision at which its check applies, beside the checks that it is most likely to trip; `nox -s faults` looks at every
revision, and with all checks of the quick profile, which takes most of an hour.
"""

import os

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.calibration.cases import Case, cases
from mcp_audit_harness.calibration.run import run_case

from tests.benches import served

pytestmark = [pytest.mark.e2e, pytest.mark.anyio, pytest.mark.timeout(400)]

CATALOGUE = load_catalogue()
NEAR = "MCP_AUDIT_EVERY_BYSTANDER" not in os.environ
ELSEWHERE = {
    f"fault {check.id}"
    for check in CATALOGUE.checks
    if check.scenario.load or (NEAR and check.scenario.name.startswith("arguments"))
}
"""Faults that tests/fuzz looks for in the same way, and of which it wants the smallest case, too; those that tests/load
looks for, with nothing beside it that takes the machine."""
CASES = [
    case
    for case in cases(CATALOGUE, served, near=NEAR)
    if not case.name.startswith("clean ") and case.name not in ELSEWHERE
]
"""All but those of the clean server, of which test_benches requires more."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_server_of_known_behaviour_has_its_required_outcome(case: Case) -> None:
    assert await run_case(case, CATALOGUE) == ""
