"""The mix of requests, made of what a server offers, and the arguments in it."""

from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.load.plan import Ask, Profile, Stage
from mcp_audit_harness.model import JsonObject, Offer, Revision
from mcp_audit_scenarios.load.mix import Mix, mix_of, shared, subscribable
from mcp_audit_scenarios.load.variants import MOST, argument_variants, is_big

PROFILE = Profile("ours", "Ours", (Stage(10.0, 5.0),))
ADD: JsonObject = {
    "name": "add",
    "inputSchema": {
        "type": "object",
        "properties": {"left": {"type": "integer", "minimum": 0}, "unit": {"enum": ["m", "ft"]}},
        "required": ["left"],
        "additionalProperties": False,
    },
}
NOTE: JsonObject = {
    "name": "note",
    "inputSchema": {"properties": {"text": {"type": "string"}, "title": {"type": "string", "maxLength": 40}}},
}
RESOURCES = (
    {"uri": "a://text", "mimeType": "text/plain"},
    {"uri": "a://unknown"},
    {"uri": "a://picture", "mimeType": "image/png"},
    {"uri": "a://large", "mimeType": "text/plain", "size": 10_000_000},
    {"name": "without a uri"},
)
PROMPTS = (
    {"name": "greet", "arguments": [{"name": "who", "required": True}, {"name": "how"}]},
    {"name": "plain"},
    {"title": "without a name"},
)
ALL = {"tools": {}, "resources": {"subscribe": True}, "prompts": {}, "completions": {}}


def offer(revision: Revision = Revision.V2025_11_25, **fields: Any) -> Offer:
    whole: dict[str, Any] = {"tools": (ADD, NOTE), "resources": RESOURCES, "prompts": PROMPTS}
    return Offer(revision, {}, **{"capabilities": ALL, **whole, **fields})


def asks(mix: Mix) -> dict[str, Ask]:
    return {ask.label: ask for ask in mix.asks}


def test_everything_that_is_offered_is_asked() -> None:
    found = asks(mix_of(offer(), (ADD, NOTE), PROFILE))
    assert list(found) == [
        *("tools/list", "resources/list", "resources/templates/list", "prompts/list", "ping"),
        *("tools/call add", "tools/call note", "resources/read", "prompts/get", "completion/complete"),
    ]
    assert found["resources/read"].variants == ({"uri": "a://text"}, {"uri": "a://unknown"})
    assert found["prompts/get"].variants == (
        {"name": "greet", "arguments": {"who": "mcp-audit"}},
        {"name": "plain", "arguments": {}},
    )
    assert found["completion/complete"].variants[0]["ref"] == {"type": "ref/prompt", "name": "greet"}


def test_what_is_not_offered_is_not_asked() -> None:
    bare = offer(Revision.V2026_07_28, capabilities={}, tools=(), resources=(), prompts=())
    assert mix_of(bare, (), PROFILE) == Mix((Ask("server/discover", "server/discover", 5.0, ({},)),))


def test_tools_without_consent_are_counted_and_left_out() -> None:
    mix = mix_of(offer(), (ADD,), PROFILE)
    assert mix.left_out == ("1 of 2 tools are not called; allow some with --tool NAME or --call all",)
    assert "tools/call note" not in asks(mix)


def test_a_profile_says_what_is_asked_and_how_often() -> None:
    ours = replace(PROFILE, mix={"tools/call": 3.0, "ping": 1.0, "tools/list": 0.0})
    mix = mix_of(offer(), (ADD, NOTE), ours)
    assert {ask.label: ask.weight for ask in mix.asks} == {"ping": 1.0, "tools/call add": 3.0, "tools/call note": 3.0}
    assert {ask.label: ask.weight for ask in shared(mix.asks)} == {
        "ping": 1.0,
        "tools/call add": 1.5,
        "tools/call note": 1.5,
    }


def test_a_profile_without_calls_says_nothing_of_tools() -> None:
    assert mix_of(offer(), (), replace(PROFILE, mix={"tools/list": 1.0})).left_out == ()


@pytest.mark.parametrize("tool", [{}, {"name": 3}, {"name": None, "inputSchema": {}}])
def test_a_tool_without_a_name_cannot_be_called(tool: JsonObject) -> None:
    assert not any("tools/call" in label for label in asks(mix_of(offer(tools=(tool,)), (tool,), PROFILE)))


def test_resources_can_be_subscribed_to_where_that_is_declared() -> None:
    assert subscribable(offer()) == ("a://text", "a://unknown", "a://picture", "a://large")
    assert subscribable(offer(capabilities={"resources": {}})) == ()


def test_arguments_vary_one_at_a_time_and_fit_the_schema() -> None:
    assert argument_variants(ADD["inputSchema"]) == (
        {"left": 0},
        {"left": 0, "unit": "m"},
        {"left": 1},
        {"left": 0, "unit": "ft"},
        {"left": 2},
    )


def test_arguments_vary_within_bounds() -> None:
    schema = {"properties": {str(name): {"type": "boolean"} for name in range(20)}}
    assert len(argument_variants(schema)) == MOST
    assert argument_variants({"properties": {"n": {"type": "integer", "minimum": 5, "maximum": 5}}}) == ({}, {"n": 5})


@pytest.mark.parametrize("schema", [None, 3, {"properties": 3}, {"type": "no such type"}, {"required": ["a"], "a": 1}])
def test_a_schema_that_says_nothing_gives_the_plainest_arguments(schema: Any) -> None:
    (only,) = argument_variants(schema)
    assert set(only) <= {"a"}


def test_arguments_that_cannot_fit_are_still_there_to_be_tried() -> None:
    assert argument_variants({"required": ["a"], "properties": {"a": False}}) == ({"a": "mcp-audit"},)


def test_strings_are_filled_up_where_the_schema_allows() -> None:
    big = argument_variants(NOTE["inputSchema"], 1000)
    assert [{name: len(value) for name, value in one.items()} for one in big] == [{"text": 1000}, {"title": 40}, {}]
    assert [is_big(one, 1000) for one in big] == [True, False, False]


def test_a_string_that_has_a_form_is_not_filled_up() -> None:
    schema = {"properties": {"at": {"type": "string", "format": "date"}, "of": {"type": "string", "enum": ["x"]}}}
    assert not any(is_big(one, 1000) for one in argument_variants(schema, 1000))
