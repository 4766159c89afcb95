"""Arguments that are generated from schemas: right and wrong ones, judged, bounded, and small once shrunk."""

import random
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from mcp_audit_harness.model import JsonObject
from mcp_audit_scenarios.fuzz.argument_cases import ArgumentCase, BrokenSchema, argument_cases
from mcp_audit_scenarios.fuzz.operations import Operation

N: JsonObject = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}


def tool(schema: Any) -> Operation:
    return Operation("tool", "t", schema)


def drawn(strategy: st.SearchStrategy[ArgumentCase], cases: int = 150) -> list[ArgumentCase]:
    found: list[ArgumentCase] = []

    def note(case: ArgumentCase) -> None:
        found.append(case)

    hypothesis.settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )(hypothesis.seed(0)(hypothesis.given(strategy)(note)))()
    return found


def test_right_and_wrong_arguments_are_mixed_and_told_apart() -> None:
    found = drawn(argument_cases(tool(N)))
    assert {case.valid for case in found} == {True, False}
    assert all(case.valid == _fits(case.arguments) for case in found)


def _fits(arguments: Any) -> bool:
    number = arguments.get("n") if isinstance(arguments, dict) else None
    return isinstance(number, int | float) and not isinstance(number, bool) and number == int(number) and number >= 1


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (None, "there is none"),
        (False, "it is false: nothing fits it"),
        ([], "it is no object"),
        ({"type": "object", "properties": {"n": {"type": "int"}}}, "it breaks the rules"),
        ({"type": "object", "properties": {"n": {"$ref": "#/$defs/none"}}}, "which is not there"),
        (
            {"type": "object", "properties": {"n": {"minimum": 2, "maximum": 1, "type": "integer"}}, "required": ["n"]},
            "nothing fits it",
        ),
    ],
)
def test_a_schema_that_is_broken_is_named_so(schema: Any, reason: str) -> None:
    with pytest.raises(BrokenSchema) as raised:
        argument_cases(tool(schema))
    assert reason in raised.value.reason
    assert raised.value.proven


def test_another_document_is_not_fetched_and_no_flaw_either() -> None:
    with pytest.raises(BrokenSchema, match="not fetched") as raised:
        argument_cases(tool({"type": "object", "properties": {"n": {"$ref": "http://127.0.0.1:9/x.json"}}}))
    assert not raised.value.proven


def test_what_fails_is_shrunk_to_what_somebody_would_write() -> None:
    found = hypothesis.find(
        argument_cases(tool(N)),
        lambda case: not case.valid and isinstance(case.arguments, dict) and "n" in case.arguments,
        settings=hypothesis.settings(database=None, suppress_health_check=list(HealthCheck), max_examples=2000),
        random=random.Random(0),  # noqa: S311 - repeatable
    )
    assert found.arguments in ({"n": 0}, {"n": None})
