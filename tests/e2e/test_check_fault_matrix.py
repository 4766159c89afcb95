"""For each check the server with the fault of its name: exactly that check fails. And the clean server passes them all.

The servers of the matrix run in this process, where they cost no start.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.calibration.cases import Case, cases
from mcp_audit_harness.calibration.run import run_case
from oraclepack_faults.serve import running
from oraclepack_mcp.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]


@contextmanager
def _served(faults: Sequence[str]) -> Iterator[str]:
    with running(Settings(transport="streamable-http", port=0), faults) as url:
        yield url


CATALOGUE = load_catalogue()
CASES = cases(CATALOGUE, _served)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_server_of_known_behaviour_has_its_required_outcome(case: Case) -> None:
    assert await run_case(case, CATALOGUE) == ""
