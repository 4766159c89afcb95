"""Operations as OpenAPI 3.1 documents: what others load, and what means the same as the schemas that were listed."""

import json
from typing import Any, cast

import hypothesis
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from mcp_audit_harness.model import JsonObject
from mcp_audit_scenarios.fuzz.openapi import document
from mcp_audit_scenarios.fuzz.operations import Operation
from mcp_audit_scenarios.fuzz.projection import Projection, project
from mcp_audit_scenarios.schemas import judge

from tests.unit.scenarios.fuzz.odd_schemas import BROKEN, UNREAD, USABLE, members

URL = "http://127.0.0.1:8000/mcp"


def described(schemas: dict[str, Any]) -> JsonObject:
    operations = [Operation("tool", name, schema, item={"description": name}) for name, schema in schemas.items()]
    return document(operations, url=URL, title="odd")


def whole(projection: Projection) -> JsonObject:
    """Return the projection as one schema, to judge values by."""
    return {**projection.schema, "components": {"schemas": projection.components}}


@pytest.mark.parametrize("schemas", [USABLE, BROKEN, UNREAD])
def test_any_schemas_make_a_document_that_is_valid(schemas: dict[str, Any]) -> None:
    made = described(schemas)
    loaded = schemathesis.openapi.from_dict(json.loads(json.dumps(made)), config=schemathesis.Config())
    loaded.validate()
    assert len(made["paths"]) == len(schemas)
    for component in made["components"]["schemas"].values():
        jsonschema_rs.meta.validate(component if isinstance(component, dict) else {})


@pytest.mark.parametrize("name", ["definitions", "recursion", "anchor", "tuple of draft 7", "any of objects", "names"])
def test_schemathesis_makes_cases_of_each_operation(name: str) -> None:
    loaded = schemathesis.openapi.from_dict(described({name: USABLE[name]}), config=schemathesis.Config())
    (result,) = loaded.get_all_operations()
    cases: st.SearchStrategy[Any] = cast("Any", result).ok().as_strategy()
    bodies: list[Any] = []

    def note(case: Any) -> None:
        bodies.append(case.body)

    quick = hypothesis.settings(
        max_examples=5,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    quick(hypothesis.seed(0)(given(cases)(note)))()
    fits = judge(USABLE[name])
    assert bodies
    assert all(body["method"] == "tools/call" and fits(body["params"]["arguments"]) for body in bodies)


def test_requests_go_to_the_endpoint_whatever_the_operation() -> None:
    made = described({"a b/c": {"type": "object"}, "d": {"type": "object"}})
    assert made["servers"] == [{"url": "http://127.0.0.1:8000"}]
    assert [*made["paths"]] == ["/mcp#tool/a%20b%2Fc", "/mcp#tool/d"]
    assert [path["post"]["operationId"] for path in made["paths"].values()] == ["tool.a_b_c", "tool.d"]


def test_names_that_look_alike_are_kept_apart() -> None:
    made = described({"a.b": members(x={"const": 1}), "a_b": members(x={"const": 2})})
    assert {"tool.a_b", "tool.a_b-2"} <= made["components"]["schemas"].keys()


def test_a_schema_that_cannot_be_used_says_so_in_its_place() -> None:
    made = described({"t": {"type": "dict"}})
    message = made["paths"]["/mcp#tool/t"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    arguments = message["properties"]["params"]["properties"]["arguments"]
    assert arguments["type"] == "object"
    assert "cannot be used" in arguments["description"]


MEMBERS = [*"abdnktlvpsxy", "x-a", "child"]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 8) | st.sampled_from(["", "a", "x-1", "ab", 1.5]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*"abdnktlvpsxy", "x-a", "child"]), inner)
    ),
    max_leaves=8,
)
SAME = sorted(
    {*USABLE}
    - {"anything", "patterns of unicode", "format", "slow looking pattern", "multiple"}  # no schema, or judged unsurely
)


@pytest.mark.parametrize("name", SAME)
@hypothesis.settings(max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=VALUES, member=VALUES)
def test_a_projection_means_what_the_schema_means(name: str, value: Any, member: Any) -> None:
    schema = USABLE[name]
    before, after = judge(schema), judge(whole(project(schema, "x")))
    names = list(schema.get("properties", {}))
    for candidate in (value, dict.fromkeys(names, member)):
        assert before(candidate) == after(candidate)


REFERENCES = ["#/$defs/d/e", "#/$defs/d~1e", "#here", "#", "https://example.com/x"]
LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [{}, True, {"type": "string"}, {"minimum": 1}, {"const": None}, {"enum": ["a", 1]}]
) | st.sampled_from(REFERENCES).map(lambda reference: {"$ref": reference})
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(["a", "b/c", "", "$ref", "%41"]), inner, max_size=3).map(
            lambda p: {"properties": p}
        ),
        st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda some: st.sampled_from(["allOf", "anyOf", "oneOf", "prefixItems"]).map(lambda word: {word: some})
        ),
        inner.map(lambda one: {"items": one}),
        inner.map(lambda one: {"additionalProperties": one, "not": {"not": one}}),
    ),
    max_leaves=6,
)


@hypothesis.settings(max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(inner=SCHEMAS, first=SCHEMAS, second=SCHEMAS)
def test_any_schema_is_projected_and_its_references_lead_somewhere(inner: Any, first: Any, second: Any) -> None:
    definitions = {"d/e": {"allOf": [first]}, "h": {"$anchor": "here", "allOf": [second]}}
    projection = project({"type": "object", "properties": {"p": inner}, "$defs": definitions}, "k")
    text = json.dumps(projection.components)
    assert all(name.replace(".", "").replace("-", "").replace("_", "").isalnum() for name in projection.components)
    assert "https://example.com" not in text
    assert projection.elsewhere == () or set(projection.elsewhere) == {"https://example.com/x"}
    assert set(projection.dangling) <= {"#/$defs/d/e"}
    judge({"$defs": {"whole": whole(projection)}, "components": {"schemas": projection.components}})
