"""The checks of tool calls judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import tool_calls

from tests.exchanges import exchange, refusal, silence, status, subjects, verdicts

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
SCHEMA = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
STRUCTURED = (
    tool_calls.structured_content_missing,
    tool_calls.structured_content_breaks_schema,
    tool_calls.structured_content_not_mirrored,
)
SPOILED = (tool_calls.skips_input_validation, tool_calls.input_error_as_protocol_error)


def text(*texts: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": item} for item in texts]


def called(result: Any, schema: Any = SCHEMA) -> tool_calls.ToolCalls:
    tool = {"name": "add", "outputSchema": schema} if schema is not None else {"name": "add"}
    return tool_calls.ToolCalls((tool_calls.ToolCall(tool, exchange(result=result, method="tools/call")),))


def structured(content: Any, *texts: Any, schema: Any = SCHEMA) -> tool_calls.ToolCalls:
    return called({"content": text(*texts), "structuredContent": content}, schema)


@pytest.mark.parametrize("check", STRUCTURED)
@pytest.mark.parametrize("answer", [refusal(), silence(), exchange(result={"isError": True, "structuredContent": {}})])
def test_only_a_call_that_succeeds_tells_of_its_output(check: Check, answer: Exchange) -> None:
    facts = tool_calls.ToolCalls((tool_calls.ToolCall({"name": "add", "outputSchema": SCHEMA}, answer),))
    assert status(check, facts) is UNSEEN
    assert status(check, tool_calls.ToolCalls(())) is UNSEEN


@pytest.mark.parametrize(
    ("facts", "missing", "breaks"),
    [
        (structured({"sum": 3}), PASS, PASS),
        (structured({"sum": "3"}), PASS, FAIL),
        (structured({"sum": True}), PASS, FAIL),
        (structured([]), PASS, FAIL),
        (structured(None), FAIL, UNSEEN),
        (called({"content": []}), FAIL, UNSEEN),
        (called({"content": []}, schema=None), UNSEEN, UNSEEN),
        (structured({"sum": 3}, schema=None), UNSEEN, UNSEEN),
        (structured({"sum": 3}, schema=["no object"]), UNSEEN, UNSEEN),
    ],
)
def test_a_declared_output_comes_and_fits(facts: tool_calls.ToolCalls, missing: Status, breaks: Status) -> None:
    assert status(tool_calls.structured_content_missing, facts) is missing
    assert status(tool_calls.structured_content_breaks_schema, facts) is breaks


def test_a_schema_that_cannot_be_used_is_not_held_against_the_output() -> None:
    for schema in ({"type": 7}, {"pattern": "("}, {"$ref": "#/none"}, {"$schema": "urn:mcp-audit:unknown"}):
        assert status(tool_calls.structured_content_breaks_schema, structured({}, schema=schema)) is PASS


def test_a_misfit_is_reported_with_its_place() -> None:
    (verdict,) = verdicts(tool_calls.structured_content_breaks_schema, structured({"sum": "3"}))
    assert verdict.message.startswith("structuredContent: ")
    assert verdict.message.endswith(" at sum")
    assert verdict.subject == "tool:add"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (structured({"sum": 3}, '{"sum": 3}'), PASS),
        (structured({"sum": 3}, "the sum is 3", '{ "sum" : 3 }'), PASS),
        (structured({"result": 3}, "3"), PASS),
        (structured({"result": 3, "more": 1}, "3"), FAIL),
        (structured({"sum": 3}, "the sum is 3"), FAIL),
        (structured({"sum": 3}), FAIL),
        (structured({"sum": 3}, None, 7, ["3"]), FAIL),
        (structured({"sum": 3}, "[" * 100_000), FAIL),
        (called({"structuredContent": {}, "content": "text"}), FAIL),
        (called({"structuredContent": {}, "content": [None, "{}"]}), FAIL),
        (called({"structuredContent": {}}), FAIL),
        (called({"content": []}), UNSEEN),
    ],
)
def test_structured_content_is_repeated_as_text(facts: tool_calls.ToolCalls, expected: Status) -> None:
    assert status(tool_calls.structured_content_not_mirrored, facts) is expected


def spoiled(*answers: Exchange) -> tool_calls.SpoiledCalls:
    control = exchange(result={"content": []})
    return tool_calls.SpoiledCalls(
        tuple(
            tool_calls.SpoiledCall({"name": f"t{number}"}, "a defect", control, answer)
            for number, answer in enumerate(answers)
        )
    )


@pytest.mark.parametrize(
    ("answer", "skips", "hides"),
    [
        (exchange(result={"content": text("no"), "isError": True}), PASS, PASS),
        (exchange(result={"content": []}), FAIL, PASS),
        (exchange(result={"content": [], "isError": 1}), FAIL, PASS),
        (exchange(result={"content": [], "isError": "true"}), FAIL, PASS),
        (refusal(-32602), PASS, FAIL),
        (refusal([]), PASS, FAIL),
        (exchange(status=400), PASS, UNSEEN),
        (exchange(result=7), PASS, UNSEEN),
        (silence(), UNSEEN, UNSEEN),
    ],
)
def test_arguments_that_break_the_schema_are_the_tools_error(answer: Exchange, skips: Status, hides: Status) -> None:
    assert [status(check, spoiled(answer)) for check in SPOILED] == [skips, hides]


def test_each_tool_that_skips_validation_is_named() -> None:
    accepted = exchange(result={"content": []})
    assert subjects(tool_calls.skips_input_validation, spoiled(accepted, refusal(), accepted)) == ["tool:t0", "tool:t2"]
    assert [status(check, spoiled()) for check in SPOILED] == [UNSEEN, UNSEEN]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (exchange(result={"content": [], "isError": True}), Status.PASS),
        (refusal(-32603), Status.FAIL),
        (refusal(-32602), Status.NOT_OBSERVED),
        (exchange(result={"content": []}), Status.NOT_OBSERVED),
        (silence(), Status.NOT_OBSERVED),
    ],
)
def test_a_tool_that_fails_says_so_in_its_result(answer: Exchange, expected: Status) -> None:
    facts = tool_calls.ToolCalls((tool_calls.ToolCall({"name": "add"}, answer),))
    assert status(tool_calls.failure_as_protocol_error, facts) is expected
