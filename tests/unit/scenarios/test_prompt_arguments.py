"""What looks like a template in an argument of a prompt is proved to be evaluated by a product alone."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import prompt_arguments
from mcp_audit_scenarios.conformance.prompt_arguments import Evaluation, Evaluations

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
PRODUCT = "1219326311"


def says(text: Any) -> Exchange:
    return exchange(result={"messages": [{"role": "user", "content": {"type": "text", "text": text}}]})


@pytest.mark.parametrize(
    ("control", "spoiled", "expected"),
    [
        (says("mcp-audit"), says("{{12345*98771}} ${12345*98771}"), PASS),
        (says("mcp-audit"), refusal(), PASS),
        (says("mcp-audit"), says(f"it is {PRODUCT}"), FAIL),
        (says(PRODUCT), says(PRODUCT), PASS),
        (says("mcp-audit"), silence(), UNSEEN),
        (refusal(), refusal(), UNSEEN),
    ],
)
def test_only_the_product_is_proof(control: Exchange, spoiled: Exchange, expected: Status) -> None:
    facts = Evaluations((Evaluation("greet", PRODUCT, control, spoiled),))
    assert status(prompt_arguments.evaluates_arguments, facts) is expected
    assert subjects(prompt_arguments.evaluates_arguments, facts) == (["prompt:greet"] if expected is FAIL else [])


def test_without_prompts_that_take_arguments_nothing_is_judged() -> None:
    assert status(prompt_arguments.evaluates_arguments, Evaluations(())) is UNSEEN
