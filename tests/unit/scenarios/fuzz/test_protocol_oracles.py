"""What is wrong with answers to messages that are nearly right, and how that is judged."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Revision, Status, Transport
from mcp_audit_harness.model.fuzzing import Fuzzed, FuzzedOperation, FuzzFailure
from mcp_audit_scenarios.fuzz import protocol
from mcp_audit_scenarios.fuzz.message_rules import read_strictly
from mcp_audit_scenarios.fuzz.protocol_oracles import (
    ACCEPTS,
    BREAKS,
    LEAKS,
    MALFORMED,
    STOPS,
    Played,
    flaws_of,
)

from tests.exchanges import exchange, status, subjects

SESSIONS = Revision.V2025_11_25
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
BAD = b'{"jsonrpc":2,"id":1,"method":"ping"}'
TRACE = 'Traceback (most recent call last):\n  File "/srv/x/server.py", line 4, in run\n    f()\nKeyError: 1'
CHECKS = {
    STOPS: protocol.message_stops_answers,
    MALFORMED: protocol.message_malformed_answer,
    ACCEPTS: protocol.accepts_malformed_message,
    BREAKS: protocol.message_server_error,
    LEAKS: protocol.message_leaks_internals,
}


def _shown(body: bytes, answer: Exchange, *, headers: bool = False) -> list[tuple[str, str]]:
    played = Played(body, read_strictly(body, SESSIONS), answer, SESSIONS, headers)
    return [(flaw.oracle, flaw.cause) for flaw in flaws_of(played)]


def _refused(code: int = -32600, **more: Any) -> Exchange:
    return exchange(error={"code": code, "message": "no"}, status=400, **more)


def test_a_correct_answer_to_a_correct_message_shows_nothing() -> None:
    assert _shown(PING, exchange(result={})) == []


def test_a_refusal_of_what_is_malformed_shows_nothing() -> None:
    assert _shown(BAD, _refused()) == []
    assert _shown(PING[:-1], _refused(-32700, reply_id=None)) == []
    assert _shown(PING[:-1], exchange(status=400)) == []
    assert _shown(BAD, exchange(outcome=Outcome.SILENT)) == []


def test_a_result_for_what_is_malformed_names_the_rule() -> None:
    assert _shown(BAD, exchange(result={})) == [(ACCEPTS, "jsonrpc is not '2.0'")]


def test_on_lines_a_late_answer_to_another_message_is_no_result_for_this_one() -> None:
    late = exchange(result={}, rpc_id=77, transport=Transport.STDIO)
    assert (ACCEPTS, "not-json") not in _shown(PING[:-1], late)


@pytest.mark.parametrize("code", [500, 502])
def test_server_errors_are_flaws_for_whatever_message(code: int) -> None:
    assert (BREAKS, "HTTP 5xx") in _shown(PING, exchange(status=code))
    assert _shown(PING, exchange(status=503)) == []


def test_an_internal_error_names_what_was_wrong_with_the_message() -> None:
    assert _shown(BAD, _refused(-32603)) == [(BREAKS, "-32603: jsonrpc is not '2.0'")]


def test_a_trace_is_a_leak_unless_the_message_held_it() -> None:
    answer = exchange(error={"code": -32600, "message": "no", "data": TRACE}, status=400)
    assert _shown(PING, answer) == [(LEAKS, "a trace of Python")]


def test_an_answer_under_another_id_is_malformed() -> None:
    cause = "a response with the id of no request"
    assert _shown(PING, exchange(result={}, reply_id="1")) == [(MALFORMED, cause)]
    assert _shown(PING[:-1], _refused(reply_id="server-error")) == [(MALFORMED, cause)]
    assert _shown(b'{"jsonrpc":"2.0","id":true,"method":"ping"}', _refused(reply_id=1)) == []


def test_a_response_that_is_none_is_malformed() -> None:
    answer = exchange(messages=({"jsonrpc": "2.0", "id": 1, "error": {"code": "x", "message": "no"}},), status=400)
    assert [oracle for oracle, _ in _shown(PING, answer)] == [MALFORMED]


def test_a_correct_request_without_an_answer_is_a_flaw_but_not_with_odd_headers() -> None:
    assert _shown(PING, exchange(status=202)) == [(MALFORMED, "no response")]
    assert _shown(PING, exchange(status=202), headers=True) == []
    assert _shown(b'{"jsonrpc":"2.0","method":"notifications/x"}', exchange(status=202)) == []


def _facts(oracle: str, *, again: bool = True, control: Exchange | None = None) -> Fuzzed:
    shown = exchange(status=500)
    failure = FuzzFailure(oracle, "protocol", "HTTP 5xx", "Broken.", {"text": "{}"}, (shown,), control, again)
    return Fuzzed((FuzzedOperation("protocol", 10, samples=(exchange(result={}),)),), (failure,))


@pytest.mark.parametrize("oracle", CHECKS)
def test_each_check_judges_by_its_own_oracle(oracle: str) -> None:
    ordinary = exchange(result={})
    check = CHECKS[oracle]
    assert status(check, _facts(oracle, control=ordinary)) is Status.FAIL
    assert subjects(check, _facts(oracle, control=ordinary)) == ["protocol:http-5xx"]
    assert status(check, _facts("fuzz/another", control=ordinary)) is Status.PASS
    assert status(check, _facts(oracle, again=False, control=ordinary)) is Status.NOT_OBSERVED
    assert status(check, _facts(oracle, control=None)) is Status.NOT_OBSERVED
    assert status(check, Fuzzed((FuzzedOperation("protocol", 0, note="no time"),))) is Status.NOT_OBSERVED
    assert status(check, Fuzzed(())) is Status.NOT_APPLICABLE
