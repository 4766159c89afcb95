"""The checks of completion judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import completion

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED


def completed(values: Any) -> Exchange:
    return exchange(result={"completion": {"values": values}}, method="completion/complete")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([completed(["a"] * 100)], PASS),
        ([completed([])], PASS),
        ([completed(["a"] * 101)], FAIL),
        ([completed([]), completed(["a"] * 101)], FAIL),
        ([completed("a" * 200)], PASS),
        ([completed({str(number): number for number in range(200)})], PASS),
        ([exchange(result={"completion": ["a"] * 200})], PASS),
        ([exchange(result={})], PASS),
        ([refusal(), completed([])], PASS),
        ([refusal(), silence()], UNSEEN),
        ([], UNSEEN),
    ],
)
def test_a_completion_has_at_most_a_hundred_values(answers: list[Exchange], expected: Status) -> None:
    assert status(completion.too_many_values, completion.Completions(tuple(answers))) is expected


@pytest.mark.parametrize(
    ("unknown", "serves", "code"),
    [
        (refusal(-32602), PASS, PASS),
        (refusal(-32603), PASS, FAIL),
        (refusal([-32602]), PASS, FAIL),
        (completed([]), FAIL, UNSEEN),
        (exchange(status=404), PASS, UNSEEN),
        (exchange(status=500, outcome=Outcome.MALFORMED), UNSEEN, UNSEEN),
        (silence(), UNSEEN, UNSEEN),
    ],
)
@pytest.mark.parametrize("control", [exchange(result={}), silence()], ids=["controlled", "uncontrolled"])
def test_a_reference_that_is_not_listed_is_refused(
    control: Exchange, unknown: Exchange, serves: Status, code: Status
) -> None:
    facts = completion.UnknownReference(unknown, control)
    assert status(completion.serves_unknown_reference, facts) is serves
    assert status(completion.wrong_code_for_unknown_reference, facts) is code
