"""Arguments made from input schemas, hostile ones included."""

from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_audit_scenarios.arguments import NONSENSE, incomplete_arguments, invalid_arguments, valid_arguments


def schema(required: Any = ("it",), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


PLAIN = [
    {"type": "string"},
    {"type": "integer"},
    {"type": "number", "minimum": 2.5},
    {"type": "integer", "minimum": 10},
    {"type": "boolean"},
    {"type": "null"},
    {"type": "array"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 2},
    {"type": "object", "properties": {"inner": {"type": "boolean"}}, "required": ["inner"]},
    {"type": ["string", "null"]},
    {"type": ["integer", "string"]},
    {"const": {"a": 1}},
    {"enum": ["red", "green"]},
    {"type": "string", "default": "dflt"},
    {"type": "string", "examples": ["an example"]},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {},
    True,
]


@pytest.mark.parametrize("inner", PLAIN, ids=str)
def test_arguments_that_ought_to_be_valid_are(inner: Any) -> None:
    whole = schema(it=inner, other={"type": "string"})
    arguments = valid_arguments(whole)
    assert set(arguments) == {"it"}
    assert jsonschema_rs.is_valid(whole, arguments)


@pytest.mark.parametrize("kind", ["string", "integer", "number", "boolean", "array"])
def test_one_member_of_the_wrong_type_breaks_the_schema(kind: str) -> None:
    whole = schema(it={"type": kind})
    arguments = invalid_arguments(whole)
    assert arguments == {"it": NONSENSE}
    assert not jsonschema_rs.is_valid(whole, arguments)


@pytest.mark.parametrize("inner", [{"type": "object"}, {"type": ["string", "null"]}, {"type": {}}, {}, True, None, "x"])
def test_no_member_is_spoiled_whose_type_may_allow_anything(inner: Any) -> None:
    assert invalid_arguments(schema(it=inner)) is None


def test_an_optional_member_can_be_spoiled_beside_valid_required_ones() -> None:
    whole = schema(it={"type": "object"}, other={"type": "integer"})
    assert invalid_arguments(whole) == {"it": {}, "other": NONSENSE}


def test_one_required_member_is_left_out() -> None:
    whole = schema(("a", "b"), a={"type": "integer"}, b={"type": "integer"})
    arguments = incomplete_arguments(whole)
    assert arguments == {"a": 1}
    assert not jsonschema_rs.is_valid(whole, arguments)
    assert incomplete_arguments(schema(("a", "b", "b"))) == {"a": "mcp-audit"}
    assert incomplete_arguments(schema(())) is None


@pytest.mark.parametrize(
    "odd", [None, True, 7, "object", [], {"properties": [], "required": {}}, {"required": [7, None]}]
)
def test_what_is_no_object_schema_asks_for_nothing(odd: Any) -> None:
    assert valid_arguments(odd) == {}
    assert invalid_arguments(odd) is None
    assert incomplete_arguments(odd) is None


def test_a_required_member_that_is_not_described_gets_a_plain_text() -> None:
    assert valid_arguments({"required": ["it"]}) == {"it": "mcp-audit"}


def test_a_schema_cannot_make_the_work_multiply() -> None:
    nested: dict[str, Any] = {"type": "string"}
    for _ in range(50):
        nested = {"type": "object", "properties": {"a": nested}, "required": ["a"] * 500}
    assert str(valid_arguments(nested)).count("'a'") <= 10
    assert len(valid_arguments(schema(it={"type": "array", "minItems": 10**9}))["it"]) == 5


WORDS = ["type", "properties", "required", "items", "minItems", "minimum", "enum", "anyOf", "examples", "a", "b"]
VALUES: list[Any] = [None, True, -1, 1.5, 10**20, "object", "array", "integer", "a", "b", [], {}]


def hostile(random: Random, depth: int) -> Any:
    if depth == 0 or random.random() < 0.2:
        return random.choice(VALUES)
    if random.random() < 0.3:
        return [hostile(random, depth - 1) for _ in range(random.randint(0, 3))]
    return {random.choice(WORDS): hostile(random, depth - 1) for _ in range(random.randint(0, 5))}


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_no_schema_raises(seed: int) -> None:
    whole = hostile(Random(seed), 5)  # noqa: S311 - nothing is secret here
    assert isinstance(valid_arguments(whole), dict)
    for made in (invalid_arguments(whole), incomplete_arguments(whole)):
        assert made is None or isinstance(made, dict)
