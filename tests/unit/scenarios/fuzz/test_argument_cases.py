"""Arguments that are generated from schemas: right and wrong ones, judged, bounded, and small once shrunk."""

import json
import random
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from mcp_audit_harness.model import JsonObject
from mcp_audit_scenarios.fuzz.argument_cases import ArgumentCase, BrokenSchema, argument_cases
from mcp_audit_scenarios.fuzz.generating.values import MOST_BYTES
from mcp_audit_scenarios.fuzz.operations import Operation
from mcp_audit_scenarios.fuzz.schema_coverage import SchemaCoverage
from mcp_audit_scenarios.fuzz.schema_errors import misfits
from mcp_audit_scenarios.fuzz.uri_expansion import arguments_schema

from tests.unit.scenarios.fuzz.odd_schemas import BROKEN, UNREAD, USABLE, members

N: JsonObject = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
S: JsonObject = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 1},
        "s": {"type": "string", "maxLength": 20},
        "l": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["n", "s"],
}


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


@pytest.mark.parametrize("name", USABLE)
def test_right_and_wrong_arguments_are_mixed_and_told_apart(name: str) -> None:
    schema = USABLE[name]
    found = drawn(argument_cases(tool(schema)), 60)
    assert {case.valid for case in found} == ({False} if name == "slow looking pattern" else {True, False})
    for case in found:
        text = json.dumps(case.arguments, allow_nan=False, ensure_ascii=False)
        assert len(text.encode()) <= MOST_BYTES
        fits = schema is True or not misfits(schema, case.arguments)
        assert case.valid == (isinstance(case.arguments, dict) and fits)


@pytest.mark.parametrize("name", BROKEN)
def test_a_schema_that_is_broken_is_named_so(name: str) -> None:
    with pytest.raises(BrokenSchema) as raised:
        argument_cases(tool(BROKEN[name]))
    assert raised.value.reason
    assert raised.value.proven


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_no_flaw(name: str) -> None:
    with pytest.raises(BrokenSchema) as raised:
        argument_cases(tool(UNREAD[name]))
    assert raised.value.reason
    assert not raised.value.proven


def smallest(schema: Any, fails: Callable[[Any], bool]) -> Any:
    def failing(case: ArgumentCase) -> bool:
        try:
            return fails(case.arguments)
        except (LookupError, TypeError):
            return False

    configured = hypothesis.settings(database=None, suppress_health_check=list(HealthCheck), max_examples=3000)
    seeded = random.Random(0)  # noqa: S311 - repeatable
    return hypothesis.find(argument_cases(tool(schema)), failing, settings=configured, random=seeded).arguments


ANY_N: JsonObject = members(n={"type": "integer"})


@pytest.mark.parametrize(
    ("schema", "fails", "written"),
    [
        (ANY_N, lambda given: given["n"] > 1000, {"n": 1001}),
        (ANY_N, lambda given: given["n"] < 0, {"n": -1}),
        (N, lambda given: given["n"] < 1, {"n": 0}),
        (N, lambda given: given["n"] is None, {"n": None}),
        (N, lambda given: isinstance(given, dict) and "n" not in given, {}),
        (S, lambda given: len(given["s"]) > 20, {"n": 1, "s": "a" * 21}),
        (S, lambda given: len(given["l"]) >= 5, {"n": 1, "s": "", "l": [0] * 5}),
        (S, lambda given: not isinstance(given, dict), None),
        (members(path={"type": "string"}), lambda given: ".." in given["path"], {"path": "../"}),
        (members(path={"type": "string"}), lambda given: len(given["path"]) > 5000, {"path": "a" * 5001}),
        (members(o=members(k={"type": "string"})), lambda given: "\0" in given["o"]["k"], {"o": {"k": "\0"}}),
    ],
)
def test_what_fails_is_shrunk_to_what_somebody_would_write(
    schema: Any, fails: Callable[[Any], bool], written: Any
) -> None:
    assert smallest(schema, fails) == written


def test_bounds_are_met_and_passed() -> None:
    schema = members(
        n={"type": "integer", "minimum": -5, "maximum": 10**6},
        s={"type": "string", "minLength": 3, "maxLength": 4000},
        e={"enum": ["a", "b"]},
        l={"type": "array", "items": {"type": "boolean"}, "maxItems": 30},
    )
    coverage = SchemaCoverage(schema)
    for case in drawn(argument_cases(tool(schema)), 1500):
        coverage.note(case.arguments)
    assert len(coverage.covered) == coverage.coverable


def test_of_a_template_only_values_that_fit_are_made() -> None:
    template = "x://{a}{?b*}"
    operation = Operation("resource_template", "t", arguments_schema(template), item={"uriTemplate": template})
    found = drawn(argument_cases(operation), 100)
    assert all(case.valid for case in found)
    assert len({operation.request(case.arguments)[1]["uri"] for case in found}) > 30


def test_the_same_seed_gives_the_same_cases() -> None:
    assert drawn(argument_cases(tool(S))) == drawn(argument_cases(tool(S)))
