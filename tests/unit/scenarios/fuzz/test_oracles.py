"""What one answer says against a target: by hand-built answers, bad ones beside good ones."""

import base64
import json
from typing import Any, Final

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Transport
from mcp_audit_scenarios.fuzz.operations import Operation
from mcp_audit_scenarios.fuzz.oracles import Seen, came, flaws, is_of_every_request
from mcp_audit_scenarios.fuzz.schema_errors import misfits

from tests.exchanges import exchange

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"count": {"type": "integer", "minimum": 1}, "loud": {"type": "boolean"}, "name": {"type": "string"}},
    "required": ["count"],
    "additionalProperties": False,
}
OUTPUT: Final[dict[str, Any]] = {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}
TOOL: Final = Operation("tool", "add", SCHEMA, item={"name": "add"})
WITH_OUTPUT: Final = Operation("tool", "add", SCHEMA, OUTPUT, item={"name": "add"})
TEXT: Final = {"content": [{"type": "text", "text": "Done."}]}
TRACE: Final = 'Traceback (most recent call last):\n  File "/srv/add.py", line 3, in add\nValueError: no'


def call(arguments: Any = None, *, valid: bool = True, operation: Operation = TOOL, **answer: Any) -> Seen:
    """Return a played call; without a word about the answer, one that had success."""
    given = {"count": 1} if arguments is None else arguments
    answer = answer or {"result": TEXT}
    return Seen(operation, given, valid, exchange(method="tools/call", sent_body=json.dumps(given), **answer))


def causes(seen: Seen) -> list[tuple[str, str]]:
    return [(flaw.oracle.removeprefix("fuzz/"), flaw.cause) for flaw in flaws(seen)]


def failed(text: str) -> dict[str, Any]:
    return {"result": {"content": [{"type": "text", "text": text}], "isError": True}}


def test_an_ordinary_answer_is_none() -> None:
    assert causes(call()) == []


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ({"outcome": Outcome.MALFORMED}, "transport"),
        ({"result": TEXT, "reply_id": 7}, "id"),
        ({"result": TEXT, "reply_id": 7, "status": 200, "outcome": Outcome.CLOSED}, "id"),
        ({"messages": ({"jsonrpc": "2.0", "method": "notifications/progress"},)}, "no-response"),
        ({"messages": (), "body": "Hello."}, "no-json"),
        ({"result": {"content": "Done."}}, "CallToolResult content"),
        ({"result": {"content": [{"type": "text"}, {"type": "text", "text": 1}]}}, "CallToolResult content[*]"),
    ],
)
def test_an_answer_that_is_none_is_malformed(answer: dict[str, Any], cause: str) -> None:
    assert causes(call(**answer)) == [("malformed-answer", cause)]


@pytest.mark.parametrize("status", [400, 413, 429])
def test_a_refusal_by_status_needs_no_message(status: int) -> None:
    assert causes(call(messages=(), status=status, body="No.")) == []


def test_silence_is_no_malformed_answer() -> None:
    assert causes(call(outcome=Outcome.SILENT, messages=())) == []


def test_progress_towards_an_answer_that_never_came_is_no_malformed_answer() -> None:
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}
    assert causes(call(outcome=Outcome.SILENT, messages=(progress,))) == []


def test_a_stream_that_ends_with_the_answer_to_something_else_has_answered() -> None:
    assert came(exchange(method="tools/call", result=TEXT, reply_id=7, status=200, outcome=Outcome.CLOSED))
    assert not came(exchange(method="tools/call", messages=(), outcome=Outcome.CLOSED))


def test_an_answer_that_is_longer_than_the_harness_reads_is_not_judged() -> None:
    assert causes(call(outcome=Outcome.TOO_LARGE, messages=(), status=200)) == []


@pytest.mark.parametrize(("arguments", "expected"), [({}, ["/required"]), ({"topic": "x", "more": 1}, [])])
def test_a_prompt_is_held_to_what_it_requires_alone(arguments: Any, expected: list[str]) -> None:
    schema = {
        "type": "object",
        "properties": {"topic": {"type": "string"}},
        "required": ["topic"],
        "additionalProperties": {"type": "string"},
    }
    operation = Operation("prompt", "explain", schema, item={"name": "explain"})
    answer = exchange(method="prompts/get", result={"messages": []})
    found = causes(Seen(operation, arguments, False, answer))
    assert found == [("accepts-invalid-arguments", cause) for cause in expected]


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"count": 0}, "/properties/count/minimum"),
        ({}, "/required"),
        ({"count": 1, "more": 1}, "/additionalProperties"),
        ({"count": []}, "/properties/count/type"),
        ({"count": "1"}, "coercion"),
        ({"count": True}, "coercion"),
        ({"count": 1, "loud": "yes"}, "coercion"),
        ({"count": 1, "name": 5}, "coercion"),
    ],
)
def test_a_success_for_what_the_schema_refuses_is_told_by_its_place(arguments: Any, cause: str) -> None:
    assert causes(call(arguments, valid=False)) == [("accepts-invalid-arguments", cause)]


@pytest.mark.parametrize(
    "answer",
    [
        failed("count has to be at least 1"),
        {"error": {"code": -32602, "message": "Invalid params"}},
        {"result": {"resultType": "input_required", "inputRequests": {}}, "revision": "2026-07-28"},
    ],
)
def test_what_is_refused_or_asked_back_is_not_accepted(answer: dict[str, Any]) -> None:
    assert "accepts-invalid-arguments" not in {
        oracle for oracle, _ in causes(call({"count": 0}, valid=False, **answer))
    }


def test_arguments_that_are_no_object_are_none_of_the_tools_business() -> None:
    seen = Seen(TOOL, None, False, exchange(method="tools/call", result=TEXT))
    assert causes(seen) == []


def test_a_completion_may_take_anything() -> None:
    operation = Operation("completion", "prompt#x", SCHEMA, item={"ref": {}, "argument": "x"})
    answer = exchange(method="completion/complete", result={"completion": {"values": []}})
    assert causes(Seen(operation, {}, False, answer)) == []


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ({"error": {"code": -32603, "message": "Internal error"}}, "-32603 valid"),
        ({"messages": (), "status": 500}, "HTTP 500 valid"),
        ({"error": {"code": -32601, "message": "Method not found"}}, "-32601 valid"),
    ],
)
def test_an_internal_error_is_told_by_its_code(answer: dict[str, Any], cause: str) -> None:
    assert causes(call(**answer)) == [("internal-error", cause)]


@pytest.mark.parametrize(
    ("arguments", "cause", "shared"), [({}, "-32603 invalid", False), (None, "-32603 shapeless", True)]
)
def test_arguments_that_are_no_object_are_one_cause_for_all_tools(arguments: Any, cause: str, shared: bool) -> None:
    seen = Seen(TOOL, arguments, False, call(error={"code": -32603, "message": "No."}).exchange)
    assert [(flaw.cause, is_of_every_request(flaw)) for flaw in flaws(seen)] == [(cause, shared)]


@pytest.mark.parametrize("code", [-32602, -32600, -32700, -32002, -32000, 0, 17])
def test_other_errors_are_no_internal_ones(code: int) -> None:
    assert causes(call(error={"code": code, "message": "No."})) == []


@pytest.mark.parametrize("status", [501, 503])
def test_a_server_that_is_busy_has_no_internal_error(status: int) -> None:
    assert causes(call(messages=(), status=status)) == []


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({**TEXT, "structuredContent": {"sum": 3}}, []),
        ({**TEXT, "structuredContent": {"sum": None}}, ["/properties/sum/type"]),
        ({**TEXT, "structuredContent": {}}, ["/required"]),
        (TEXT, ["missing"]),
        ({**TEXT, "isError": True}, []),
    ],
)
def test_structured_content_has_to_fit_unless_the_call_failed(result: Any, expected: list[str]) -> None:
    found = causes(call(operation=WITH_OUTPUT, result=result))
    assert found == [("breaks-output-schema", cause) for cause in expected]


def test_an_output_schema_binds_from_its_revision_on() -> None:
    assert causes(call(operation=WITH_OUTPUT, result=TEXT, revision="2025-03-26")) == []


def test_a_trace_in_a_failure_is_a_leak() -> None:
    assert causes(call(**failed(TRACE))) == [("leaks-internals", "trace Python")]


def test_a_trace_that_the_case_said_itself_is_none() -> None:
    assert causes(call({"count": 1, "name": TRACE}, **failed(f"no such name: {TRACE}"))) == []


def test_a_trace_in_a_success_may_be_what_was_asked_for() -> None:
    assert causes(call(result={"content": [{"type": "text", "text": TRACE}]})) == []


def test_a_place_in_a_failure_is_a_leak_unless_paths_are_what_it_is_about() -> None:
    answer = failed("cannot open /home/mallory/app/settings.json")
    assert causes(call(**answer)) == [("leaks-internals", "place")]
    about = Operation("tool", "read", {"type": "object", "properties": {"path": {"type": "string"}}}, item={})
    assert causes(call({"path": "x"}, operation=about, **answer)) == []
    assert causes(call({"count": 1, "name": "a/b"}, **answer)) == []


def test_a_secret_is_a_leak_anywhere() -> None:
    key = base64.b64encode(b"\x30" * 90).decode()
    text = f"-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----"
    found = causes(call(result={"content": [{"type": "text", "text": text}]}))
    assert found == [("leaks-internals", "a private key")]


def test_a_stray_line_counts_over_stdio_only() -> None:
    over_stdio: Exchange = exchange(
        method="tools/call", result=TEXT, verb="LINE", transport=Transport.STDIO, strays=("loading",)
    )
    assert causes(Seen(TOOL, {"count": 1}, True, over_stdio)) == [("dirty-stdout", "stray")]
    assert causes(call(result=TEXT, strays=("loading",))) == []


def test_a_schema_that_cannot_be_used_finds_no_misfit() -> None:
    assert misfits({"$ref": "https://example.com/elsewhere.json"}, {}) == ()
    assert misfits({"type": "nonsense"}, {}) == ()


def test_multiples_of_broken_numbers_are_not_judged() -> None:
    assert misfits({"multipleOf": 0.1}, 0.30000000000000004) == ()
    assert [one.cause for one in misfits({"multipleOf": 2}, 3)] == ["/multipleOf"]
