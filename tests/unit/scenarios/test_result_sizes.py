"""Tools that return as much as they are asked for."""

from mcp_audit_harness.model import Outcome, Status
from mcp_audit_scenarios.attacks import result_sizes

from tests.exchanges import exchange, refusal, silence, status

SMALL = exchange(result={"content": [{"type": "text", "text": "few"}]})
LARGE = exchange(result={"content": [{"type": "text", "text": "x" * 5_000_000}]})
CUT = exchange(outcome=Outcome.TOO_LARGE)


def amounts(*calls: result_sizes.Amount, after: object = SMALL) -> result_sizes.Amounts:
    return result_sizes.Amounts(calls, after)  # type: ignore[arg-type]


def test_a_result_has_a_bound() -> None:
    check, one = result_sizes.unbounded_result, result_sizes.Amount
    assert status(check, amounts(one("search", "limit", SMALL))) is Status.PASS
    assert status(check, amounts(one("search", "limit", refusal()))) is Status.PASS
    assert status(check, amounts(one("search", "limit", LARGE, LARGE))) is Status.FAIL
    assert status(check, amounts(one("search", "limit", CUT, CUT))) is Status.FAIL
    assert status(check, amounts(one("search", "limit", LARGE, SMALL))) is Status.PASS
    assert status(check, amounts(one("search", "limit", SMALL), after=silence())) is Status.NOT_OBSERVED
    assert status(check, amounts(after=None)) is Status.NOT_APPLICABLE
