"""The schema checks sort what the wire schema found by kind of message."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Revision, SchemaViolation, SseEvent, Status, Verdict
from mcp_audit_harness.wire.schema import violations
from mcp_audit_scenarios.conformance import schema
from mcp_audit_scenarios.conformance.schema import Messages

from tests.exchanges import exchange, silence

RESULTS = {
    "initialize": (schema.initialize_result, "InitializeResult"),
    "tools/list": (schema.tools_list_result, "ListToolsResult"),
    "tools/call": (schema.tools_call_result, "CallToolResult"),
    "resources/list": (schema.resources_list_result, "ListResourcesResult"),
    "resources/templates/list": (schema.resource_templates_list_result, "ListResourceTemplatesResult"),
    "resources/read": (schema.resources_read_result, "ReadResourceResult"),
    "prompts/list": (schema.prompts_list_result, "ListPromptsResult"),
    "prompts/get": (schema.prompts_get_result, "GetPromptResult"),
    "completion/complete": (schema.completion_result, "CompleteResult"),
    "ping": (schema.empty_result, "EmptyResult"),
    "logging/setLevel": (schema.empty_result, "EmptyResult"),
}
CHECKS = tuple(value for value in vars(schema).values() if isinstance(value, Check))


def verdicts(check: Check, *exchanges: Exchange) -> list[Verdict]:
    found = check.judge(Messages(exchanges))
    return [found] if isinstance(found, Verdict) else list(found)


def failing(*exchanges: Exchange) -> list[Check]:
    return [check for check in CHECKS if verdicts(check, *exchanges)[0].status is Status.FAIL]


def violation(definition: str, path: str = "a", message: str = "7 is no text") -> tuple[SchemaViolation]:
    return (SchemaViolation(definition, path, message),)


@pytest.mark.parametrize(("method", "expected"), RESULTS.items())
def test_a_result_is_judged_by_the_method_that_it_answers(method: str, expected: tuple[Check, str]) -> None:
    check, definition = expected
    good = exchange(result={}, method=method)
    bad = exchange(result={}, method=method, violations=violation(definition))
    assert verdicts(check, good)[0].status is Status.PASS
    assert failing(good, bad) == [check]
    assert verdicts(check, good, bad)[0].evidence == (bad.id,)
    others = exchange(result={}, method="tasks/list")
    assert verdicts(check, others, silence(method=method))[0].status is Status.NOT_OBSERVED


CALL: dict[str, Any] = {"jsonrpc": "2.0", "id": 5, "method": "roots/list"}
NOTE: dict[str, Any] = {"jsonrpc": "2.0", "method": "notifications/progress"}


@pytest.mark.parametrize(
    ("check", "definition", "fields"),
    [
        (schema.error_object, "JSONRPCError", {"error": {"code": "x", "message": ""}}),
        (schema.error_object, "JSONRPCErrorResponse", {"error": {"code": "x", "message": ""}}),
        (schema.server_request, "ListRootsRequest", {"messages": (CALL,)}),
        (schema.server_request, "ServerRequest", {"messages": (CALL,)}),
        (schema.notification, "ProgressNotification", {"messages": (NOTE,)}),
        (schema.envelope, "JSONRPCMessage", {"messages": ({"id": 1, "result": {}},)}),
        (schema.envelope, "JSONRPCNotification", {"messages": (NOTE,)}),
    ],
)
def test_other_messages_are_judged_by_what_they_should_have_been(
    check: Check, definition: str, fields: dict[str, Any]
) -> None:
    assert failing(exchange(violations=violation(definition), **fields)) == [check]
    assert verdicts(check, exchange(**fields))[0].status is Status.PASS
    assert verdicts(check, silence())[0].status is Status.NOT_OBSERVED


def test_equal_violations_count_once_and_five_are_enough() -> None:
    paths = [f"tools[{number}].{name}" for name in "abcdefg" for number in range(3)]
    found = verdicts(
        schema.tools_list_result,
        exchange(
            result={},
            method="tools/list",
            violations=tuple(
                SchemaViolation("ListToolsResult", path, f"{path} is an integer, not string") for path in paths
            ),
        ),
    )
    assert [item.subject for item in found] == [f"member:tools[*].{name}" for name in "abcde"]


@pytest.mark.parametrize(
    ("path", "message"), [("ttlMs", "-1 is less than 0"), ("", "the message lacks the member resultType")]
)
def test_members_of_the_stateless_era_are_left_to_their_own_checks(path: str, message: str) -> None:
    found = violation("ListToolsResult", path, message)
    assert failing(exchange(result={}, method="tools/list", violations=found)) == []


def test_the_members_of_the_envelope_are_judged_with_it() -> None:
    version = violation("JSONRPCError", "jsonrpc", "jsonrpc is not '2.0'")
    error = {"code": -32700, "message": "no JSON"}
    assert failing(exchange(error=error, violations=version)) == [schema.envelope]
    assert failing(exchange(result={}, method="ping", violations=violation("Result", "id"))) == [schema.empty_result]


def test_the_id_of_an_answer_to_a_message_without_one_is_no_violation() -> None:
    found = violation("JSONRPCResponse", "id", "id is null, not string or integer")
    assert failing(exchange(result={}, rpc_id=None, violations=found)) == []
    assert failing(exchange(result={}, violations=found)) == [schema.envelope]


def _violated(result: dict[str, Any], method: str, revision: str) -> bool:
    return bool(violations({"jsonrpc": "2.0", "id": 1, "result": result}, revision, method=method))


@pytest.mark.parametrize("method", ["tools/call", "prompts/get"])
@pytest.mark.parametrize(
    ("content", "since"),
    [
        ({"type": "text", "text": ""}, "2024-11-05"),
        ({"type": "audio", "data": "", "mimeType": "audio/wav"}, "2025-03-26"),
        ({"type": "resource_link", "uri": "a:b", "name": "b"}, "2025-06-18"),
        ({"type": "video", "data": "", "mimeType": "video/mp4"}, "9999"),
    ],
)
def test_the_schema_knows_which_content_a_revision_has(content: dict[str, Any], since: str, method: str) -> None:
    for revision in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        message = {"role": "user", "content": content}
        result = {"content": [content]} if method == "tools/call" else {"messages": [message]}
        assert _violated(result, method, revision) is (revision < since)


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_the_schema_wants_structured_content_to_be_an_object(revision: str) -> None:
    assert not _violated({"content": [], "structuredContent": {}}, "tools/call", revision)
    assert _violated({"content": [], "structuredContent": [1]}, "tools/call", revision)


@pytest.mark.parametrize("input_schema", [None, {}, {"type": "string"}, []])
@pytest.mark.parametrize("revision", [str(revision) for revision in Revision])
def test_the_schema_wants_the_input_schema_to_be_that_of_an_object(input_schema: Any, revision: str) -> None:
    rest = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"} if revision == "2026-07-28" else {}
    assert _violated({**rest, "tools": [{"name": "a", "inputSchema": input_schema}]}, "tools/list", revision)
    assert not _violated({**rest, "tools": [{"name": "a", "inputSchema": {"type": "object"}}]}, "tools/list", revision)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"verb": "GET", "messages": ({"name": "showcase", "status": "ready"},)}, Status.NOT_OBSERVED),
        ({"status": 500, "messages": ({"error": "Internal server error", "code": 500},)}, Status.NOT_OBSERVED),
        ({"status": 401, "messages": ({"error": "invalid_token"},)}, Status.NOT_OBSERVED),
        ({"messages": ({"name": "showcase", "status": "ready"},)}, Status.FAIL),
        ({"status": 400, "messages": ({"error": {"code": -32600, "message": "no"}, "id": None},)}, Status.FAIL),
        ({"verb": "GET", "messages": ({},), "events": (SseEvent("message", "{}"),)}, Status.FAIL),
    ],
)
def test_documents_that_http_answers_with_are_no_messages(fields: dict[str, Any], expected: Status) -> None:
    """What explains an HTTP error, or describes a server to a browser, needs no envelope."""
    for definition in ("JSONRPCMessage", "JSONRPCResultResponse"):
        shown = exchange(**fields, violations=violation(definition, "", "the message lacks the member jsonrpc"))
        assert verdicts(schema.envelope, shown)[0].status is expected


def test_what_came_under_an_id_of_two_methods_is_not_judged_by_either() -> None:
    here, there = (("mcp-session-id", "a"),), (("mcp-session-id", "b"),)
    mixed = exchange(method="tools/list", rpc_id=7, result={}, sent_headers=here)
    lost = silence(method="ping", rpc_id=7, sent_headers=here)
    other = exchange(method="tools/list", rpc_id=7, result={"tools": []}, sent_headers=there)
    twice = exchange(method="tools/list", rpc_id=7, result={"tools": []}, sent_headers=there)
    bare = [exchange(method=method, rpc_id=7, result={"tools": []}) for method in ("ping", "tools/list")]
    assert schema.attributable((mixed, lost, other, twice, *bare)) == (lost, other, twice, *bare)
