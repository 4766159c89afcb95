"""A tool that runs by its name in another case fails; one that does not passes."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import tool_names
from mcp_audit_scenarios.conformance.tool_names import SwappedCase

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (refusal(), PASS),
        (exchange(result={"content": [], "isError": True}), PASS),
        (exchange(result={"content": []}), FAIL),
        (exchange(status=404), PASS),
        (silence(), UNSEEN),
    ],
)
def test_names_are_compared_letter_by_letter(call: Exchange, expected: Status) -> None:
    facts = SwappedCase("add", "ADD", exchange(result={"content": []}), call)
    assert status(tool_names.name_in_any_case, facts) is expected
    assert subjects(tool_names.name_in_any_case, facts) == (["tool:add"] if expected is FAIL else [])
