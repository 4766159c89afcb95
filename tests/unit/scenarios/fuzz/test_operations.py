"""What a server offers as operations, and the requests that they become."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp_audit_harness.model import JsonObject, Offer, Revision
from mcp_audit_harness.probe import Probe
from mcp_audit_scenarios.fuzz.operations import Operation, operations, tool_operation

TEMPLATE = "notes://{user}/{+path}{?page,tags*}"


def probe(completions: bool = True, /, **lists: tuple[JsonObject, ...]) -> Probe:
    offer = replace(Offer(Revision("2025-06-18"), {}, {"completions": {}} if completions else {}), **cast("Any", lists))
    return cast("Probe", SimpleNamespace(offer=offer, callable_tools=lambda: offer.tools))


def one(kind: str, **lists: tuple[JsonObject, ...]) -> Operation:
    (found,) = [operation for operation in operations(probe(**lists)) if operation.kind == kind]
    return found


def test_a_tool_keeps_its_schemas_and_hints() -> None:
    hints = {"readOnlyHint": True, "idempotentHint": True}
    tool = {"name": "t", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}, "annotations": hints}
    found = one("tool", tools=(tool,))
    assert (found.subject, found.schema, found.output_schema) == ("tool:t", {"type": "object"}, {"type": "object"})
    assert (found.read_only, found.idempotent, found.item) == (True, True, tool)
    assert found.request({"n": 0}) == ("tools/call", {"name": "t", "arguments": {"n": 0}})


@pytest.mark.parametrize("tool", [{}, {"name": 1}, {"name": None, "inputSchema": {}}])
def test_a_tool_without_a_name_cannot_be_called(tool: JsonObject) -> None:
    assert tool_operation(tool) is None


def test_hints_that_are_no_booleans_say_nothing() -> None:
    found = tool_operation({"name": "t", "annotations": {"readOnlyHint": "yes"}})
    assert found is not None
    assert not found.read_only


def test_a_prompt_takes_text_only() -> None:
    arguments: list[Any] = [{"name": "a", "required": True}, {"name": "b", "description": "B"}, {"title": "no name"}, 5]
    found = one("prompt", tools=(), prompts=({"name": "p", "arguments": arguments},))
    assert found.schema["required"] == ["a"]
    assert found.schema["properties"] == {"a": {"type": "string"}, "b": {"type": "string", "description": "B"}}
    assert found.request({"a": "x"}) == ("prompts/get", {"name": "p", "arguments": {"a": "x"}})


def test_a_template_is_read_by_the_uri_that_the_values_make() -> None:
    found = one("resource_template", resource_templates=({"uriTemplate": TEMPLATE, "name": "notes"},))
    assert found.subject == "resource_template:notes"
    assert set(found.schema["properties"]) == {"user", "path", "page", "tags"}
    uri = "notes://a%2Fb/c/d?page=2&tags=x&tags=y"
    assert found.request({"user": "a/b", "path": "c/d", "page": "2", "tags": ["x", "y"]}) == (
        "resources/read",
        {"uri": uri},
    )
    assert found.request({})[1] == {"uri": "notes:///"}


def test_a_template_without_variables_is_a_resource_like_any_other() -> None:
    assert operations(probe(resource_templates=({"uriTemplate": "notes://all", "name": "n"}, {"name": "none"}))) == ()


def test_each_argument_of_a_prompt_and_each_variable_of_a_template_is_completed() -> None:
    lists: dict[str, tuple[JsonObject, ...]] = {
        "prompts": ({"name": "p", "arguments": [{"name": "a"}]},),
        "resource_templates": ({"uriTemplate": "x://{y}"},),
    }
    found = [operation for operation in operations(probe(**lists)) if operation.kind == "completion"]
    assert [operation.request({"value": "v", "name": "never"}) for operation in found] == [
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"value": "v", "name": "a"}}),
        (
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "x://{y}"}, "argument": {"value": "v", "name": "y"}},
        ),
    ]
    assert not [each for each in operations(probe(False, **lists)) if each.kind == "completion"]


def test_what_is_listed_twice_is_one_operation() -> None:
    tool = {"name": "t", "inputSchema": {"type": "object"}}
    assert len(operations(probe(tools=(tool, {**tool, "title": "again"}, {**tool, "name": "u"})))) == 2
