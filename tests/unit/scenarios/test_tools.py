"""The checks of listed and unknown tools judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import tools

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
ON_A_LIST = (tools.name_outside_charset, tools.duplicate_name, tools.invalid_schema)


def page(*items: Any) -> Exchange:
    return exchange(result={"tools": list(items)}, method="tools/list")


def named(*names: Any) -> tools.ListedTools:
    return tools.ListedTools((page(*({"name": name} for name in names)),))


@pytest.mark.parametrize("check", ON_A_LIST)
def test_without_a_list_nothing_can_be_said(check: Check) -> None:
    assert status(check, tools.ListedTools(())) is UNSEEN
    assert status(check, tools.ListedTools((silence(),))) is UNSEEN
    assert status(check, tools.ListedTools((refusal(),))) is UNSEEN


@pytest.mark.parametrize("check", ON_A_LIST)
@pytest.mark.parametrize("odd", [{}, {"name": 7}, {"name": None}, "tool", None, ["tool"], {"inputSchema": []}])
def test_a_tool_of_the_wrong_shape_is_the_business_of_the_schema_checks(check: Check, odd: Any) -> None:
    assert status(check, tools.ListedTools((page(odd, odd),))) is PASS
    assert status(check, tools.ListedTools((exchange(result={"tools": odd}),))) is PASS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get_weather", PASS),
        ("admin.tools-list_2", PASS),
        ("a" * 128, PASS),
        ("a" * 129, FAIL),
        ("", FAIL),
        ("two words", FAIL),
        ("name\n", FAIL),
        ("naïve", FAIL),
        ("a/b", FAIL),
        ("\ud800", FAIL),
    ],
)
def test_a_name_keeps_to_the_characters_that_clients_accept(name: str, expected: Status) -> None:
    assert status(tools.name_outside_charset, named(name)) is expected


def test_at_most_five_tools_are_named() -> None:
    assert len(subjects(tools.name_outside_charset, named(*(f"tool {number}" for number in range(9))))) == 5


def test_a_name_is_found_twice_on_one_page_and_across_pages() -> None:
    assert status(tools.duplicate_name, named("a", "b")) is PASS
    assert subjects(tools.duplicate_name, named("a", "b", "a")) == ["tool:a"]
    across = tools.ListedTools((page({"name": "a"}), page({"name": "a"})))
    assert subjects(tools.duplicate_name, across) == ["tool:a"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object"}, PASS),
        ({}, PASS),
        ({"type": "obj"}, FAIL),
        ({"type": "object", "properties": []}, FAIL),
        ({"type": "object", "required": "name"}, FAIL),
        ({"type": "object", "minProperties": True}, FAIL),
        ({"$schema": "https://unknown.example/dialect", "type": 7}, PASS),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": 7}, FAIL),
        ({"$ref": "#/$defs/none"}, PASS),
        ({"description": "\ud800"}, PASS),
    ],
)
@pytest.mark.parametrize("member", ["inputSchema", "outputSchema"])
def test_a_schema_follows_its_meta_schema(member: str, schema: Any, expected: Status) -> None:
    listed = tools.ListedTools((page({"name": "t", member: schema}),))
    assert status(tools.invalid_schema, listed) is expected


def unknown(call: Exchange, control: Exchange | None = None) -> tools.UnknownTool:
    return tools.UnknownTool(control or page(), call)


@pytest.mark.parametrize(
    ("call", "runs", "as_result"),
    [
        (refusal(-32602), PASS, PASS),
        (refusal("odd"), PASS, PASS),
        (exchange(result={"content": [], "isError": True}), PASS, FAIL),
        (exchange(result={"content": []}), FAIL, UNSEEN),
        (exchange(result={"content": [], "isError": "true"}), FAIL, UNSEEN),
        (exchange(result={"content": [], "isError": 1}), FAIL, UNSEEN),
        (exchange(result={"content": [], "isError": None}), FAIL, UNSEEN),
        (exchange(result=["no object"]), UNSEEN, UNSEEN),
        (exchange(status=404), PASS, UNSEEN),
        (exchange(status=500, outcome=Outcome.CLOSED), UNSEEN, UNSEEN),
        (exchange(), UNSEEN, UNSEEN),
        (silence(), UNSEEN, UNSEEN),
    ],
)
@pytest.mark.parametrize("control", [page(), silence()], ids=["controlled", "uncontrolled"])
def test_a_made_up_tool_cannot_be_called(control: Exchange, call: Exchange, runs: Status, as_result: Status) -> None:
    assert status(tools.runs_unknown_tool, unknown(call, control)) is runs
    assert status(tools.unknown_tool_as_result, unknown(call, control)) is as_result
