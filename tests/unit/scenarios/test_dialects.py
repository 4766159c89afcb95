"""Dialects of schemas, and how a server introduces itself: judged on hand-built facts."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import dialects, introduction
from mcp_audit_scenarios.conformance.dialects import Conditional, Conditionals, sides
from mcp_audit_scenarios.conformance.inventory import Inventory
from mcp_audit_scenarios.schemas import misfit

from tests.exchanges import exchange, refusal, silence, status, subjects

EITHER = {
    "type": "object",
    "properties": {"phone": {"type": "string"}, "email": {"type": "string"}},
    "anyOf": [{"required": ["phone"]}, {"required": ["email"]}],
}
DRAFT_07 = "http://json-schema.org/draft-07/schema#"
DONE = exchange(method="tools/call", result={"content": []})
TOOL_ERROR = exchange(method="tools/call", result={"content": [], "isError": True})


def test_arguments_on_both_sides_of_a_condition_are_found() -> None:
    found = sides(EITHER)
    assert found is not None
    fitting, breaking, why = found
    assert (misfit(EITHER, fitting), misfit(EITHER, breaking)) == ("", why)
    assert why


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"type": "object", "anyOf": [{}]},
        {"type": "object", "not": {}},
        {"type": "object", "$ref": "https://example.com/schema", "anyOf": [{}]},
    ],
)
def test_without_a_condition_that_can_be_broken_there_are_no_sides(schema: Any) -> None:
    assert sides(schema) is None


@pytest.mark.parametrize(
    ("control", "spoiled", "expected"),
    [
        (DONE, TOOL_ERROR, Status.PASS),
        (DONE, refusal(-32602), Status.PASS),
        (DONE, DONE, Status.FAIL),
        (TOOL_ERROR, DONE, Status.NOT_OBSERVED),
        (DONE, silence(), Status.NOT_OBSERVED),
    ],
)
def test_what_a_condition_excludes_is_refused(control: Exchange, spoiled: Exchange, expected: Status) -> None:
    facts = Conditionals((Conditional("contact", control, spoiled, "it lacks one of two"),))
    assert status(dialects.ignores_schema_conditions, facts) is expected


def test_without_conditions_nothing_is_said() -> None:
    assert status(dialects.ignores_schema_conditions, Conditionals(())) is Status.NOT_OBSERVED


def _tools(*schemas: dict[str, Any]) -> Inventory:
    tools = [{"name": f"tool-{index}", "inputSchema": schema} for index, schema in enumerate(schemas)]
    return Inventory({}, (), (exchange(method="tools/list", result={"tools": tools}),), ())


@pytest.mark.parametrize(
    ("schemas", "wrong", "presence"),
    [
        ([{"type": "object"}], Status.PASS, Presence.IMPLEMENTED),
        ([{"$schema": "https://json-schema.org/draft/2020-12/schema"}], Status.PASS, Presence.IMPLEMENTED),
        ([{"$schema": "http://json-schema.org/draft/2020-12/schema#"}], Status.PASS, Presence.IMPLEMENTED),
        ([{"$schema": DRAFT_07}], Status.FAIL, Presence.MISSING),
        ([{"$schema": DRAFT_07}, {}], Status.FAIL, Presence.PARTIAL),
        ([{"$schema": 7}], Status.FAIL, Presence.MISSING),
        ([], Status.NOT_OBSERVED, Presence.UNSEEN),
    ],
)
def test_the_recommended_dialect_is_2020_12(schemas: list[dict[str, Any]], wrong: Status, presence: Presence) -> None:
    assert status(dialects.schema_of_other_dialect, _tools(*schemas)) is wrong
    assert dialects.schema_dialect.sight(_tools(*schemas)).presence is presence


def test_a_finding_names_the_tool_of_another_dialect() -> None:
    assert subjects(dialects.schema_of_other_dialect, _tools({}, {"$schema": DRAFT_07})) == ["tool:tool-1"]


def _opened(**result: Any) -> Inventory:
    opening = exchange(method="initialize", result={"capabilities": {}, **result})
    return Inventory({}, (opening,), (), ())


ALL = {"title": "A", "description": "B", "icons": [{"src": "data:,"}], "websiteUrl": "https://example.com"}


@pytest.mark.parametrize(
    ("result", "presence"),
    [
        ({"serverInfo": {"name": "a", **ALL}}, Presence.IMPLEMENTED),
        ({"_meta": {"io.modelcontextprotocol/serverInfo": {"name": "a", **ALL}}}, Presence.IMPLEMENTED),
        ({"serverInfo": {"name": "a", "title": "A"}}, Presence.PARTIAL),
        ({"serverInfo": {"name": "a", "title": ""}}, Presence.MISSING),
        ({}, Presence.UNSEEN),
    ],
)
def test_a_server_may_say_more_than_its_name(result: dict[str, Any], presence: Presence) -> None:
    assert introduction.server_details.sight(_opened(**result)).presence is presence


@pytest.mark.parametrize(
    ("result", "presence"),
    [
        ({"instructions": "Call one first."}, Presence.IMPLEMENTED),
        ({"instructions": " "}, Presence.MISSING),
        ({}, Presence.MISSING),
    ],
)
def test_instructions_are_words(result: dict[str, Any], presence: Presence) -> None:
    assert introduction.instructions.sight(_opened(**result)).presence is presence


def test_without_an_opening_nothing_is_said_of_the_server() -> None:
    nothing = Inventory({}, (), (), ())
    assert introduction.server_details.sight(nothing).presence is Presence.UNSEEN
    assert introduction.instructions.sight(nothing).presence is Presence.UNSEEN
