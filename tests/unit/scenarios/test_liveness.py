"""Whether the target still answers after groups of odd requests."""

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks.liveness import Controls, stops_answering

from tests.exchanges import exchange, refusal, silence, status

GROUP = "liveness.jsonrpc"


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ((), Status.NOT_OBSERVED),
        ((exchange(result={}, scenario=GROUP),), Status.PASS),
        ((silence(scenario=GROUP), exchange(result={}, scenario=GROUP)), Status.PASS),
        ((silence(scenario=GROUP), silence(scenario=GROUP)), Status.FAIL),
        ((refusal(-32603, status=500, scenario=GROUP), silence(scenario=GROUP)), Status.FAIL),
        ((refusal(-32603, status=429, scenario=GROUP),), Status.PASS),
    ],
)
def test_a_group_that_nothing_is_heard_after_is_a_failure(controls: tuple[Exchange, ...], expected: Status) -> None:
    assert status(stops_answering, Controls(controls)) is expected
