"""The wire schema: which definition a message is held against, what is said of it, and what that may cost."""

from typing import Any

import jsonschema_rs
import pytest
from mcp_audit_harness.model import Revision, SchemaViolation
from mcp_audit_harness.wire.codec import parse
from mcp_audit_harness.wire.schema import (
    REVISIONS,
    TABLE,
    definition_fits,
    judgement,
    result_definition,
    schema_for,
    violations,
)
from mcp_audit_harness.wire.schema.shapes import INTEGER, STRING, ListOf, Ref, Shape, optional, required

TASKS = "2025-11-25"
STATELESS = "2026-07-28"
HANDSHAKE = REVISIONS[:-1]
TEXT = {"type": "text", "text": "x"}
BAD_TEXT = {"type": "text", "text": 5}
TOOL = {"name": "a", "inputSchema": {"type": "object"}}


def answer(result: Any, **envelope: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result, **envelope}


def said(message: dict[str, Any], revision: str, method: str | None = None) -> list[str]:
    return [violation.message for violation in violations(message, revision, method=method)]


# the table


def test_revisions_are_those_of_the_model_in_order() -> None:
    assert tuple(str(revision) for revision in Revision) == REVISIONS


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_generated_schema_is_valid_and_complete(revision: str) -> None:
    document = schema_for(revision)
    jsonschema_rs.meta.validate(document)
    assert [name for name in _references(document) if name not in document["$defs"]] == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_no_name_stands_for_two_shapes_at_one_revision(revision: str) -> None:
    names = [shape.name for shape in TABLE if shape.holds(revision)]
    assert sorted(names) == sorted(set(names))


def test_every_shape_holds_at_some_revision() -> None:
    assert [shape.name for shape in TABLE if not any(shape.holds(revision) for revision in REVISIONS)] == []


def test_a_revision_that_nobody_published_has_no_schema() -> None:
    with pytest.raises(KeyError):
        schema_for("2025-01-01")


def test_a_member_holds_from_since_to_the_revision_before_until() -> None:
    shape = Shape(
        "S",
        (
            required({"a": STRING}),
            optional({"b": INTEGER}, since="2025-03-26", until="2025-11-25"),
            required({"c": ListOf(Ref("S"))}, since="2025-11-25"),
        ),
        until="2026-07-28",
    )
    assert [shape.holds(revision) for revision in REVISIONS] == [True, True, True, True, False]
    members = [sorted(shape.schema(revision)["properties"]) for revision in HANDSHAKE]
    assert members == [["a"], ["a", "b"], ["a", "b"], ["a", "c"]]
    assert [shape.schema(revision)["required"] for revision in HANDSHAKE] == [["a"], ["a"], ["a"], ["a", "c"]]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"].removeprefix("#/$defs/")] if isinstance(value.get("$ref"), str) else []
        return own + [name for inner in value.values() for name in _references(inner)]
    return [name for inner in value for name in _references(inner)] if isinstance(value, list) else []


# which definition


@pytest.mark.parametrize(
    ("method", "definitions"),
    [
        ("initialize", ["InitializeResult"] * 4 + [None]),
        ("server/discover", [None] * 4 + ["DiscoverResult"]),
        ("tools/call", ["CallToolResult"] * 5),
        ("ping", ["Result"] * 5),
        ("tasks/list", [None] * 3 + ["ListTasksResult", None]),
        ("subscriptions/listen", [None] * 4 + ["SubscriptionsListenResult"]),
        ("vendor/own", [None] * 5),
    ],
)
def test_results_have_the_definition_of_their_method_where_it_exists(
    method: str, definitions: list[str | None]
) -> None:
    assert [result_definition(method, revision) for revision in REVISIONS] == definitions


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_error_may_have_an_id_null_or_none(revision: str) -> None:
    error = {"jsonrpc": "2.0", "error": {"code": -32700, "message": "no JSON"}}
    assert [said({**error, **more}, revision) for more in ({}, {"id": None}, {"id": 1}, {"id": "a"})] == [[]] * 4
    assert said({**error, "id": True}, revision) == ["id is a boolean, not integer or string"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_result_has_no_null_id(revision: str) -> None:
    assert said(answer({"resultType": "complete"}, id=None), revision) == ["id is null, not integer or string"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_methods_that_are_not_known_are_judged_by_their_envelope(revision: str) -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/vendor/own", "params": {"anything": None}}
    assert said(note, revision) == []
    assert said({**note, "id": 1, "method": "vendor/own"}, revision) == []
    assert said({**note, "params": "text"}, revision) == ["params is a string, not object"]
    assert said(answer({"resultType": "complete", "own": None}), revision, "vendor/own") == []
    assert said(answer({"resultType": "complete", "_meta": 1}), revision, "vendor/own") == [
        "result._meta is an integer, not object"
    ]


def test_requests_and_notifications_are_judged_by_their_method() -> None:
    progress = {
        "jsonrpc": "2.0",
        "method": "notifications/progress",
        "params": {"progressToken": 1, "progress": "half"},
    }
    assert said(progress, TASKS) == ["params.progress is a string, not number"]
    roots = {"jsonrpc": "2.0", "id": 1, "method": "roots/list", "params": []}
    assert said(roots, TASKS) == ["params is an array, not object"]


def test_a_message_without_method_result_and_error_is_no_response() -> None:
    assert said({"jsonrpc": "2.0", "id": 1}, TASKS) == ["the message lacks the member result"]


def test_a_call_may_be_answered_with_a_task_where_there_are_tasks() -> None:
    task = {"taskId": "t", "status": "working", "createdAt": "c", "lastUpdatedAt": "u", "ttl": None}
    assert said(answer({"task": task}), TASKS, "tools/call") == []
    assert said(answer({"task": task}), "2025-06-18", "tools/call") == ["the message lacks the member content"]
    assert said(answer({"task": {**task, "status": "done"}}), TASKS, "tools/call") == [
        "task.status is none of the allowed values"
    ]


def test_input_may_be_required_in_the_stateless_era_only() -> None:
    asked = answer({"resultType": "input_required", "inputRequests": {"a": {"method": "roots/list"}}})
    assert said(asked, STATELESS, "tools/call") == []
    assert said(asked, TASKS, "tools/call") == ["the message lacks the member content"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_both_the_envelope_and_the_result_are_judged(revision: str) -> None:
    found = violations(answer({"resultType": "complete"}, jsonrpc="1.0"), revision, method="prompts/get")
    assert [(item.definition.endswith("Response"), item.message) for item in found] == [
        (True, "jsonrpc is not '2.0'"),
        (False, "the message lacks the member messages"),
    ]


def test_numbers_that_are_whole_are_integers_however_they_are_written() -> None:
    assert said(parse('{"jsonrpc":"2.0","id":1,"error":{"code":-32600.0,"message":""}}'), TASKS) == []


@pytest.mark.parametrize("value", [0.5, None, 7, "x", True, [], {}, [{"a": [None, 0.5]}]])
def test_capabilities_of_the_stateless_era_may_hold_any_json_value(value: Any) -> None:
    result = {
        "resultType": "complete",
        "ttlMs": 0,
        "cacheScope": "public",
        "supportedVersions": [STATELESS],
        "capabilities": {"extensions": {"vendor/own": {"setting": value}}},
    }
    assert said(answer(result), STATELESS, "server/discover") == []


def test_a_definition_that_does_not_exist_fits_nothing() -> None:
    with pytest.raises(KeyError):
        definition_fits("ResourceLink", {}, "2025-03-26")


# what is said


def test_a_violation_names_the_definition_the_place_and_the_member() -> None:
    found = violations(answer({"tools": [TOOL, {"name": "b"}]}), TASKS, method="tools/list")
    assert found == (SchemaViolation("ListToolsResult", "tools[1]", "tools[1] lacks the member inputSchema"),)


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (BAD_TEXT, "content[0].text is an integer, not string"),
        ({"type": "image", "data": ""}, "content[0] lacks the member mimeType"),
        (
            {**TEXT, "annotations": {"audience": ["robot"]}},
            "content[0].annotations.audience[0] is none of the allowed values",
        ),
        ({"type": "resource", "resource": {"uri": "a:b"}}, "content[0].resource fits none of the allowed forms"),
        ({"type": "no such type"}, "content[0] fits none of the allowed forms"),
        ({"text": "x"}, "content[0] fits none of the allowed forms"),
        ("x", "content[0] fits none of the allowed forms"),
    ],
    ids=str,
)
def test_what_is_wrong_inside_a_union_is_said_of_the_form_that_its_tag_names(block: Any, sentence: str) -> None:
    assert said(answer({"content": [block]}), TASKS, "tools/call") == [sentence]


def test_unions_inside_unions_are_followed_to_the_member() -> None:
    message = {"role": "user", "content": [{"type": "tool_result", "toolUseId": "t", "content": [BAD_TEXT]}]}
    request = {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage"}
    params = {"maxTokens": 1, "messages": [message]}
    assert said({**request, "params": params}, TASKS) == [
        "params.messages[0].content[0].content[0].text is an integer, not string"
    ]


def test_sentences_are_short_whatever_the_target_sends() -> None:
    name = "x" * 10_000
    found = violations(answer({"tools": [{**TOOL, name: 1, "title": 1}], name: 2}), TASKS, method="tools/list")
    assert [item.message for item in found] == ["tools[0].title is an integer, not string"]
    deep = {"resultType": "input_required", "inputRequests": {name: {"method": "roots/list", "params": 1}}}
    assert [len(text) for text in said(answer(deep), STATELESS, "tools/call")] == [200]


def test_the_same_message_gets_the_same_sentences() -> None:
    message = answer({"content": [BAD_TEXT] * 30, "isError": None})
    assert said(message, TASKS, "tools/call") == said(message, TASKS, "tools/call")


def test_lone_surrogates_do_not_stop_the_judgement() -> None:
    good = parse(r'{"jsonrpc":"2.0","id":1,"result":{"tools":[],"\ud800":"\udfff"}}')
    assert said(good, TASKS, "tools/list") == []
    bad = parse(r'{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"\ud800","\udfff":1}]}}')
    assert said(bad, TASKS, "tools/call") == ["content[0] fits none of the allowed forms"]
    request = parse(r'{"jsonrpc":"2.0","id":"\ud800","method":"\ud800","params":1}')
    assert said(request, TASKS) == ["params is an integer, not object"]


# what it costs


def test_wrong_items_far_down_a_list_are_found_at_their_place() -> None:
    tools = [TOOL] * 149 + [{"name": 5, "inputSchema": {"type": "object"}}] + [TOOL] * 100 + [{**TOOL, "title": None}]
    assert said(answer({"nextCursor": 5, "tools": tools}), TASKS, "tools/list") == [
        "nextCursor is an integer, not string",
        "tools[149].name is an integer, not string",
        "tools[250].title is null, not string",
    ]


def test_twenty_violations_are_enough() -> None:
    found = violations(answer({"content": [BAD_TEXT] * 1000}), TASKS, method="tools/call")
    assert [item.path for item in found] == [f"content[{place}].text" for place in range(20)]


LINK = {"type": "resource_link", "name": "n", "uri": "u"}
ICON = {"src": "s"}
MANY_ICONS = {**LINK, "icons": [ICON] * 100_000 + [5]}


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ({"content": [BAD_TEXT] * 100_000}, "content[0].text is an integer, not string"),
        ({"content": [TEXT] * 100_000 + [BAD_TEXT]}, "content[100000].text is an integer, not string"),
        ({"content": [{**LINK, "icons": [5] * 100_000}]}, "content[0].icons[0] is an integer, not object"),
        ({"content": [MANY_ICONS]}, "content does not fit its definition"),
        (
            {"content": [TEXT] * 50 + [{**LINK, "icons": [ICON] * 9000 + [5]}]},
            "content[50] does not fit its definition",
        ),
        ({"content": [{**BAD_TEXT, "x": "y" * 2_000_000}]}, "content[0].text is an integer, not string"),
        ({"content": {str(number): number for number in range(100_000)}}, "content is an object, not array"),
        ({str(number): number for number in range(100_000)}, "the message lacks the member content"),
        (
            {"structuredContent": [TEXT] * 100_000, "content": []},
            "structuredContent is an array, not object",
        ),
    ],
    ids=[
        "all",
        "last",
        "inner",
        "inner-last",
        "inner-of-last",
        "long-text",
        "wide-member",
        "wide-result",
        "other-list",
    ],
)
def test_a_large_wrong_message_is_judged_at_the_cost_of_a_small_one(
    result: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The validator costs what the instances weigh of which it collects all errors: none of them may be large."""
    collected = _collected(monkeypatch)
    assert said(answer(result), TASKS, "tools/call")[0] == sentence
    assert max(collected, default=0) <= 20_000


def test_nothing_that_is_right_is_called_wrong_because_a_message_is_large() -> None:
    tool = {**TOOL, **{f"own{number}": [1] * 100 for number in range(100)}, "title": "t" * 1000}
    tools = [{**tool, "icons": [ICON] * 30, "_meta": {str(number): number for number in range(1000)}}] * 40
    assert said(answer({"tools": tools, "nextCursor": 5}), TASKS, "tools/list") == [
        "nextCursor is an integer, not string"
    ]
    assert said(answer({"tools": [*tools, {**tools[0], "name": 5}]}), TASKS, "tools/list") == [
        "tools[40].name is an integer, not string"
    ]


def _collected(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that will hold the size of each instance for which all errors are collected."""
    sizes: list[int] = []
    original = judgement._errors

    class Spy:
        def __init__(self, judge: Any) -> None:
            self._judge = judge
            self.is_valid = judge.is_valid

        def iter_errors(self, portion: Any) -> Any:
            sizes.append(len(repr(portion)))
            return self._judge.iter_errors(portion)

    def errors(judge: Any, portion: Any, revision: str) -> Any:
        return original(Spy(judge), portion, revision)  # type: ignore[arg-type]

    monkeypatch.setattr(judgement, "_errors", errors)
    return sizes
