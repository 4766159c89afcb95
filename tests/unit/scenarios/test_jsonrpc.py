"""The JSON-RPC checks judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Transport, Verdict
from mcp_audit_scenarios.conformance import (
    batches,
    jsonrpc,
    malformed,
    odd_ids,
    parameters,
    traffic,
    trials,
    unreadable,
)
from mcp_audit_scenarios.conformance.trials import Trial, Trials

from tests.exchanges import exchange, silence

CONTROL = exchange(result={})
INVALID_REQUEST = {"code": -32600, "message": "Invalid request"}


def verdicts(check: Check, facts: Any) -> list[Verdict]:
    found = check.judge(facts)
    return [found] if isinstance(found, Verdict) else list(found)


def status(check: Check, facts: Any) -> Status:
    found = {verdict.status for verdict in verdicts(check, facts)}
    assert len(found) == 1
    return found.pop()


def result(**fields: Any) -> Exchange:
    return exchange(result={}, **fields)


def refusal(code: Any = -32600, **fields: Any) -> Exchange:
    return exchange(error={"code": code, "message": "no"}, **fields)


def accepted(**fields: Any) -> Exchange:
    return exchange(status=202, **fields)


def methods(unknown: Exchange, *lookalikes: Exchange) -> jsonrpc.UnknownMethods:
    return jsonrpc.UnknownMethods(CONTROL, unknown, tuple(Trial("a lookalike", item) for item in lookalikes))


@pytest.mark.parametrize(
    ("unknown", "served", "code"),
    [
        (refusal(-32601), Status.PASS, Status.PASS),
        (refusal(-32601, status=404), Status.PASS, Status.PASS),
        (refusal(-32600, status=400), Status.PASS, Status.FAIL),
        (result(), Status.FAIL, Status.NOT_OBSERVED),
        (exchange(status=404), Status.PASS, Status.NOT_OBSERVED),
        (silence(), Status.NOT_OBSERVED, Status.NOT_OBSERVED),
    ],
)
def test_an_unknown_method_has_to_give_method_not_found(unknown: Exchange, served: Status, code: Status) -> None:
    assert status(jsonrpc.serves_unknown_method, methods(unknown)) is served
    assert status(jsonrpc.wrong_code_for_unknown_method, methods(unknown)) is code


def test_an_error_has_to_carry_the_id_of_its_request() -> None:
    assert status(jsonrpc.error_without_id, methods(refusal(rpc_id="a"))) is Status.PASS
    assert status(jsonrpc.error_without_id, methods(refusal(rpc_id="a", reply_id=None))) is Status.FAIL
    assert status(jsonrpc.error_without_id, methods(refusal(rpc_id="1", reply_id=1))) is Status.FAIL
    assert status(jsonrpc.error_without_id, methods(silence())) is Status.NOT_OBSERVED


def test_a_method_in_another_spelling_is_another_method() -> None:
    found = verdicts(jsonrpc.matches_methods_loosely, methods(refusal(), result(), refusal()))
    assert [(item.status, item.subject) for item in found] == [(Status.FAIL, "message:a-lookalike")]
    assert CONTROL.id in found[0].evidence
    assert status(jsonrpc.matches_methods_loosely, methods(refusal(), refusal())) is Status.PASS


def ids(*exchanges: Exchange) -> jsonrpc.RequestIds:
    strings = tuple(item for item in exchanges if isinstance(item.sent.rpc_id, str))
    return jsonrpc.RequestIds(CONTROL, strings, tuple(item for item in exchanges if item not in strings))


def test_ids_have_to_come_back_with_value_and_type() -> None:
    good = ids(result(rpc_id="é"), result(rpc_id=""), result(rpc_id=0), result(rpc_id=2**53 - 1))
    for check in (jsonrpc.changes_string_id, jsonrpc.changes_integer_id, jsonrpc.refuses_legal_id):
        assert status(check, good) is Status.PASS
    assert status(jsonrpc.changes_string_id, ids(result(rpc_id="é", reply_id="e"))) is Status.FAIL
    assert status(jsonrpc.changes_integer_id, ids(result(rpc_id=0, reply_id=False))) is Status.FAIL
    assert status(jsonrpc.changes_integer_id, ids(result(rpc_id=1, reply_id="1"))) is Status.FAIL
    assert status(jsonrpc.changes_integer_id, ids(silence(rpc_id=1))) is Status.NOT_OBSERVED


def test_a_legal_id_that_is_refused_or_taken_for_a_notification_is_a_fault() -> None:
    found = verdicts(jsonrpc.refuses_legal_id, ids(accepted(rpc_id=0), refusal(rpc_id=-5, status=400)))
    assert [item.subject for item in found] == ["id:zero", "id:negative integer"]
    assert status(jsonrpc.refuses_legal_id, ids(silence(rpc_id=0))) is Status.NOT_OBSERVED


def wrong_parameters(*exchanges: Exchange) -> parameters.WrongParameters:
    spoiled = tuple(Trial("tools/call without name", item) for item in exchanges)
    return parameters.WrongParameters(CONTROL, spoiled, frozenset({-32602}))


def test_wrong_parameters_have_to_give_invalid_params() -> None:
    served, code = parameters.serves_invalid_params, parameters.wrong_code_for_invalid_params
    assert status(served, wrong_parameters()) is status(code, wrong_parameters()) is Status.NOT_APPLICABLE
    assert status(served, wrong_parameters(result())) is Status.FAIL
    assert status(served, wrong_parameters(exchange(result={"isError": True}))) is Status.NOT_OBSERVED
    assert status(served, wrong_parameters(refusal(-32602))) is Status.PASS
    assert status(code, wrong_parameters(refusal(-32602))) is Status.PASS
    assert status(code, wrong_parameters(refusal(-32603))) is Status.FAIL
    assert status(code, wrong_parameters(result())) is Status.NOT_OBSERVED


def unread(*exchanges: Exchange, control: Exchange = CONTROL) -> Trials:
    return Trials(control, tuple(Trial("JSON without its last brace", item) for item in exchanges))


def test_invalid_json_is_a_parse_error_or_http_400() -> None:
    code = unreadable.wrong_code_for_invalid_json
    assert status(code, unread(refusal(-32700, reply_id=None))) is Status.PASS
    assert status(code, unread(exchange(status=400))) is Status.PASS
    assert status(code, unread(refusal(-32600, status=400))) is Status.PASS
    assert status(code, unread(refusal(-32603, reply_id=None))) is Status.FAIL
    assert status(code, unread(silence())) is Status.NOT_OBSERVED
    assert status(unreadable.serves_invalid_json, unread(result())) is Status.FAIL
    assert status(unreadable.serves_invalid_json, unread(refusal())) is Status.PASS


def test_invalid_json_must_not_be_accepted_over_http() -> None:
    check = unreadable.swallows_invalid_json
    assert status(check, unread(accepted())) is Status.FAIL
    assert status(check, unread(refusal(-32700, status=400))) is Status.PASS
    assert status(check, unread(silence())) is Status.NOT_OBSERVED
    over_stdio = unread(silence(), control=exchange(result={}, transport=Transport.STDIO))
    assert status(check, over_stdio) is Status.NOT_APPLICABLE


def invalid(default: Exchange, **changed: Exchange) -> malformed.InvalidRequests:
    def trial(name: str) -> Trial:
        return Trial(name, changed.get(name, default))

    return malformed.InvalidRequests(
        control=CONTROL,
        without_version=trial("without_version"),
        foreign_version=trial("foreign_version"),
        without_method=trial("without_method"),
        odd_methods=(trial("odd_methods"),),
        folded=trial("folded"),
        scalar_params=trial("scalar_params"),
        bare_values=(trial("bare_values"),),
    )


SPOILED = {
    "without_version": malformed.serves_request_without_version,
    "foreign_version": malformed.serves_request_of_other_version,
    "without_method": malformed.serves_message_without_method,
    "odd_methods": malformed.serves_method_of_other_type,
    "folded": malformed.folds_member_names,
    "scalar_params": malformed.serves_scalar_params,
    "bare_values": malformed.serves_bare_value,
}


@pytest.mark.parametrize(("name", "check"), SPOILED.items())
def test_what_is_no_request_must_not_get_a_result(name: str, check: Check) -> None:
    facts = invalid(refusal(), **{name: result()})
    assert [item for item, other in SPOILED.items() if status(other, facts) is Status.FAIL] == [name]
    assert status(check, invalid(refusal())) is Status.PASS
    assert status(check, invalid(silence())) is Status.NOT_OBSERVED


def test_what_is_no_request_gives_invalid_request_or_http_400() -> None:
    check = malformed.wrong_code_for_invalid_request
    assert status(check, invalid(refusal(-32600))) is Status.PASS
    assert status(check, invalid(refusal(-32600), scalar_params=refusal(-32602))) is Status.PASS
    assert status(check, invalid(refusal(-32602, status=400))) is Status.PASS
    assert status(check, invalid(silence())) is Status.NOT_OBSERVED
    found = verdicts(check, invalid(refusal(-32600), folded=refusal(-32602), scalar_params=refusal(-32603)))
    assert [item.subject for item in found] == ["message:folded", "message:scalar_params"]


def odd(*answers: Exchange) -> Trials:
    names = ("a request with the id null", "a request with a boolean for its id")
    return Trials(CONTROL, tuple(Trial(name, item) for name, item in zip(names, answers, strict=True)))


def test_ids_of_forbidden_types_must_not_be_served_nor_accepted() -> None:
    refused = odd(refusal(reply_id=None), refusal(reply_id=None))
    checks = (odd_ids.serves_null_id, odd_ids.serves_odd_id, odd_ids.takes_odd_id_for_notification)
    assert [status(check, refused) for check in checks] == [Status.PASS] * 3
    assert status(checks[0], odd(result(), refusal())) is Status.FAIL
    assert status(checks[1], odd(result(), refusal())) is Status.PASS
    assert status(checks[1], odd(refusal(), result())) is Status.FAIL
    assert status(checks[2], odd(accepted(), refusal())) is Status.FAIL
    assert status(checks[2], odd(silence(), silence())) is Status.NOT_OBSERVED


def batch(answer: Exchange) -> batches.Batch:
    return batches.Batch(CONTROL, answer, (1, 2))


def response(rpc_id: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": rpc_id, "result": {}}


def test_a_batch_is_answered_whole_or_refused_whole() -> None:
    whole = batch(exchange(messages=([response(1), response(2)],), rpc_id=None))
    part = batch(exchange(messages=(response(1),), rpc_id=None))
    refused = batch(refusal(status=400, rpc_id=None))
    silent = batch(silence(rpc_id=None))
    checks = (batches.refuses_batch, batches.answers_batch_in_part, batches.processes_batch)
    assert [status(check, whole) for check in checks] == [Status.PASS, Status.PASS, Status.FAIL]
    assert [status(check, part) for check in checks] == [Status.PASS, Status.FAIL, Status.FAIL]
    assert [status(check, refused) for check in checks] == [Status.FAIL, Status.NOT_OBSERVED, Status.PASS]
    assert [status(check, silent) for check in checks] == [Status.NOT_OBSERVED] * 3


def seen(*exchanges: Exchange) -> traffic.Traffic:
    return traffic.Traffic(exchanges)


def test_error_messages_are_one_short_line() -> None:
    check = traffic.verbose_error_message

    def error(text: str, **fields: Any) -> Exchange:
        return exchange(error={"code": 1, "message": text}, **fields)

    assert status(check, seen(error("Unknown tool"))) is Status.PASS
    assert status(check, seen(error("x" * 301))) is Status.FAIL
    assert status(check, seen(error("x" * 3000, sent_body="x" * 2001))) is Status.NOT_OBSERVED
    found = verdicts(check, seen(*(error("one\ntwo", method="tools/call") for _ in range(3))))
    assert [item.subject for item in found] == ["method:tools/call"]
    assert status(check, seen(CONTROL)) is Status.NOT_OBSERVED


def test_responses_answer_the_request_on_whose_stream_they_come() -> None:
    mismatch, stray = traffic.response_id_mismatch, traffic.stray_response
    other = exchange(result={}, rpc_id=1, reply_id=2)
    extra = exchange(messages=(response(1), response(7)), rpc_id=1)
    assert status(mismatch, seen(CONTROL)) is status(stray, seen(CONTROL)) is Status.PASS
    assert status(mismatch, seen(other)) is Status.FAIL
    assert status(mismatch, seen(refusal(reply_id=None))) is Status.PASS
    assert status(stray, seen(other)) is Status.PASS
    assert status(stray, seen(CONTROL, extra)) is Status.FAIL
    assert status(mismatch, seen()) is status(stray, seen()) is Status.NOT_OBSERVED
    elsewhere = exchange(result={}, rpc_id=1, reply_id=2, scenario="jsonrpc.request_ids")
    assert status(mismatch, seen(elsewhere)) is Status.NOT_OBSERVED


def test_no_response_has_result_and_error_and_no_notification_an_id() -> None:
    doubled = exchange(messages=({**response(1), "error": INVALID_REQUEST},))
    note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
    assert status(traffic.result_and_error, seen(doubled, CONTROL)) is Status.FAIL
    assert status(traffic.result_and_error, seen(CONTROL)) is Status.PASS
    assert status(traffic.result_and_error, seen(exchange(messages=(note,)))) is Status.NOT_OBSERVED
    assert status(traffic.notification_with_id, seen(exchange(messages=(note,)))) is Status.PASS
    assert status(traffic.notification_with_id, seen(exchange(messages=({**note, "id": None},)))) is Status.FAIL
    assert status(traffic.notification_with_id, seen(CONTROL)) is Status.NOT_OBSERVED


def test_patience_follows_the_control_on_stdio_only() -> None:
    assert trials.patience(CONTROL) is None
    assert trials.patience(exchange(result={}, transport=Transport.STDIO, elapsed_ms=1.0)) == 0.5
    assert trials.patience(exchange(result={}, transport=Transport.STDIO, elapsed_ms=60_000.0)) == 3.0
