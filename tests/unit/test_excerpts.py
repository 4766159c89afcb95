"""Excerpts of exchanges are short, stable, and show the difference."""

import json

from mcp_audit_harness.model import Exchange, Revision
from mcp_audit_harness.wire.own_words import initialize_params, with_context

from tests.e2e.excerpts import MAX_CHARACTERS, MAX_LINES, answers, asked, bounded, stable
from tests.exchanges import exchange, silence


def _tools(*names: str) -> Exchange:
    tools = [{"name": name, "description": "Does something that takes many words to say. " * 5} for name in names]
    return exchange(method="tools/list", rpc_id=7, result={"tools": tools, "_meta": {"much": "the same " * 20}})


def test_what_both_have_and_is_long_is_left_out() -> None:
    before, after = answers(_tools("a", "b", "a"), _tools("a", "b"))
    assert '"name": "a"' in before
    assert '"name": "b"' not in before
    assert '"tools": ["…"]' in after
    assert '"_meta": {…}' in after
    assert '"id": 1' in before


def test_answers_that_look_alike_have_no_second_half() -> None:
    before, after = answers(_tools("a"), _tools("a"))
    assert before
    assert after == ""


def test_status_and_differing_headers_are_shown() -> None:
    before = exchange(status=200, headers=(("x-own", "a"), ("date", "today")), result={})
    after = exchange(status=403, headers=(("date", "later"),), error={"code": -32600, "message": "No."})
    assert answers(before, after) == (
        'HTTP 200\nx-own: a\n{"jsonrpc": "2.0", "id": 1, "result": {}}',
        'HTTP 403\n{"jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": "No."}}',
    )


def test_silence_is_said() -> None:
    assert answers(silence(), exchange(result={}))[0] == "(no answer)"


def test_a_request_is_shown_without_what_all_requests_say() -> None:
    params = with_context({"name": "x"}, Revision.V2026_07_28)
    body = json.dumps({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params})
    headers = (("accept", "*/*"), ("host", "127.0.0.1:4567"), ("origin", "http://attacker.example:4567"))
    sent = exchange(rpc_id=9, method="tools/call", sent_headers=headers, sent_body=body)
    assert asked(sent) == (
        "POST /\norigin: http://attacker.example:8000\n"
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "_meta": {…}}}'
    )


def test_an_initialize_is_shown_without_the_usual_client() -> None:
    params = initialize_params("1999-01-01")
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    assert '"protocolVersion": "1999-01-01", "capabilities": {…}, "clientInfo": {…}' in " ".join(
        line.strip() for line in asked(exchange(sent_body=body)).splitlines()
    )


def test_what_changes_from_run_to_run_becomes_a_placeholder() -> None:
    text = "at 2026-11-21T12:00:00.5Z http://127.0.0.1:43210/mcp d41d8cd98f00b204e9800998ecf8427e"
    assert stable(text) == "at <time> http://127.0.0.1:8000/mcp <id>"


def test_excerpts_are_bounded() -> None:
    text = bounded(["word " * 30] * 50)
    assert len(text) <= MAX_CHARACTERS
    assert len(text.splitlines()) <= MAX_LINES
