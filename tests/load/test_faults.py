"""For each check of load the server with the fault of its name: exactly that check fails, as in the matrix."""

import os

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.calibration.cases import Case, fault_case
from mcp_audit_harness.calibration.run import run_case

from tests.benches import served

pytestmark = [pytest.mark.e2e, pytest.mark.anyio, pytest.mark.timeout(400)]

CATALOGUE = load_catalogue()
NEAR = "MCP_AUDIT_EVERY_BYSTANDER" not in os.environ
CASES = [fault_case(check, CATALOGUE, served, near=NEAR) for check in CATALOGUE.checks if check.scenario.load]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_fault_is_found_and_no_other_is_taken_for_one(case: Case) -> None:
    assert await run_case(case, CATALOGUE) == ""
