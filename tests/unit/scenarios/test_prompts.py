"""The checks of prompts judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import prompts

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
LIST = exchange(result={"prompts": []}, method="prompts/list")
SERVED = exchange(result={"messages": []}, method="prompts/get")


@pytest.mark.parametrize(
    ("answer", "serves", "code"),
    [
        (refusal(-32602), PASS, PASS),
        (refusal(-32603), PASS, FAIL),
        (refusal("-32602"), PASS, FAIL),
        (refusal(None), PASS, FAIL),
        (SERVED, FAIL, UNSEEN),
        (exchange(status=404), PASS, UNSEEN),
        (exchange(status=500, outcome=Outcome.RESET), UNSEEN, UNSEEN),
        (exchange(result="text"), UNSEEN, UNSEEN),
        (silence(), UNSEEN, UNSEEN),
    ],
)
@pytest.mark.parametrize("control", [LIST, silence()], ids=["controlled", "uncontrolled"])
def test_an_unknown_prompt_and_one_without_its_argument_are_refused(
    control: Exchange, answer: Exchange, serves: Status, code: Status
) -> None:
    unknown = prompts.UnknownPrompt(control, answer)
    assert status(prompts.serves_unknown, unknown) is serves
    assert status(prompts.wrong_code_for_unknown, unknown) is code
    missing = prompts.MissingArgument(control, "p", "topic", answer)
    assert status(prompts.accepts_missing_argument, missing) is serves
    assert status(prompts.wrong_code_for_missing_argument, missing) is code


@pytest.mark.parametrize(
    ("check", "answer"),
    [(prompts.accepts_missing_argument, SERVED), (prompts.wrong_code_for_missing_argument, refusal(-1))],
)
def test_the_prompt_that_lacks_its_argument_is_named(check: Check, answer: Exchange) -> None:
    assert subjects(check, prompts.MissingArgument(LIST, "p", "topic", answer)) == ["prompt:p"]


def got(*answers: Exchange) -> prompts.GotPrompts:
    return prompts.GotPrompts(LIST, tuple(prompts.GotPrompt(f"p{at}", answer) for at, answer in enumerate(answers)))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([SERVED], PASS),
        ([SERVED, silence()], PASS),
        ([SERVED, refusal()], FAIL),
        ([exchange(status=500)], FAIL),
        ([silence()], UNSEEN),
        ([exchange()], UNSEEN),
        ([], UNSEEN),
    ],
)
def test_what_is_listed_can_be_fetched(answers: list[Exchange], expected: Status) -> None:
    assert status(prompts.listed_but_refused, got(*answers)) is expected


def test_every_refused_prompt_is_named() -> None:
    assert subjects(prompts.listed_but_refused, got(refusal(), SERVED, refusal())) == ["prompt:p0", "prompt:p2"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([{"name": "a", "required": True}, {"name": "b"}], ["a"]),
        ([{"name": "a", "required": 1}, {"name": "b", "required": "true"}], []),
        ([{"name": 7, "required": True}, {"required": True}, None, "a"], []),
        ({"name": "a", "required": True}, []),
        (None, []),
    ],
)
def test_required_arguments_are_read_from_whatever_is_listed(arguments: Any, expected: list[str]) -> None:
    assert prompts.required({"name": "p", "arguments": arguments}) == expected
