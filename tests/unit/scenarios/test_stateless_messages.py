"""The checks of all messages of the stateless era judge hand-built traffic."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import stateless_messages as messages

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
NAMED = {"_meta": {"io.modelcontextprotocol/serverInfo": {"name": "s", "version": "1"}}}


def traffic(*exchanges: Exchange, extensions: bool = False) -> messages.Traffic:
    return messages.Traffic(exchanges, extensions)


def result(value: Any, method: str | None = "tools/list") -> messages.Traffic:
    return traffic(exchange(result=value, method=method))


@pytest.mark.parametrize(
    ("check", "value", "expected"),
    [
        (messages.result_without_type, {"resultType": "complete"}, PASS),
        (messages.result_without_type, {}, FAIL),
        (messages.result_without_type, {"resultType": None}, FAIL),
        (messages.result_without_type, {"resultType": ["complete"]}, FAIL),
        (messages.unknown_result_type, {"resultType": "complete"}, PASS),
        (messages.unknown_result_type, {"resultType": "input_required"}, PASS),
        (messages.unknown_result_type, {"resultType": "later"}, FAIL),
        (messages.unknown_result_type, {"resultType": ["later"]}, PASS),
        (messages.input_required_elsewhere, {"resultType": "input_required"}, FAIL),
        (messages.input_required_elsewhere, {"resultType": "complete"}, PASS),
        (messages.input_required_elsewhere, {"resultType": {}}, PASS),
        (messages.result_without_server_info, NAMED, PASS),
        (messages.result_without_server_info, {}, FAIL),
        (messages.result_without_server_info, {"_meta": ["io.modelcontextprotocol/serverInfo"]}, FAIL),
        (messages.result_without_server_info, {"_meta": {"io.modelcontextprotocol/serverInfo": "s 1"}}, FAIL),
    ],
)
def test_what_every_result_carries(check: Check, value: Any, expected: Status) -> None:
    assert status(check, result(value)) is expected


RESULT_CHECKS = (
    messages.result_without_type,
    messages.unknown_result_type,
    messages.input_required_elsewhere,
    messages.result_without_server_info,
)


@pytest.mark.parametrize("check", RESULT_CHECKS)
def test_traffic_without_a_result_tells_nothing_of_results(check: Check) -> None:
    assert status(check, traffic()) is UNSEEN
    assert status(check, traffic(refusal(), silence())) is UNSEEN
    assert status(check, result(["no object"])) is UNSEEN


def test_a_type_of_an_extension_is_accepted_where_extensions_are_advertised() -> None:
    task = exchange(result={"resultType": "task"}, method="tools/call")
    assert status(messages.unknown_result_type, traffic(task)) is FAIL
    assert status(messages.unknown_result_type, traffic(task, extensions=True)) is PASS


@pytest.mark.parametrize("method", ["tools/call", "prompts/get", "resources/read"])
def test_three_methods_may_ask_for_input(method: str) -> None:
    assert status(messages.input_required_elsewhere, result({"resultType": "input_required"}, method)) is PASS


def test_a_method_is_named_once_and_at_most_five_methods_are() -> None:
    twice = traffic(exchange(result={}, method="a"), exchange(result={}, method="a"), exchange(result={}, method="b"))
    assert subjects(messages.result_without_type, twice) == ["method:a", "method:b"]
    many = traffic(*(exchange(result={}, method=f"m{number}") for number in range(9)))
    assert len(subjects(messages.result_without_type, many)) == 5


def test_a_request_of_the_server_is_found_anywhere_in_the_traffic() -> None:
    asks = exchange(messages=([{"jsonrpc": "2.0", "id": 1, "method": "roots/list"}],))
    assert status(messages.server_sends_requests, traffic(exchange(result={}), asks)) is FAIL
    assert status(messages.server_sends_requests, traffic(exchange(result={}))) is PASS
    assert status(messages.server_sends_requests, traffic(exchange(status=404))) is UNSEEN


@pytest.mark.parametrize(
    ("code", "retired", "undefined"),
    [
        (-32602, PASS, PASS),
        (-32002, FAIL, PASS),
        (-32042, FAIL, PASS),
        (-32020, PASS, PASS),
        (-32022, PASS, PASS),
        (-32023, PASS, FAIL),
        (-32099, PASS, FAIL),
        (-32100, PASS, PASS),
        (-32019, PASS, PASS),
        ("-32002", UNSEEN, UNSEEN),
        (None, UNSEEN, UNSEEN),
        (True, UNSEEN, UNSEEN),
    ],
)
def test_codes_that_a_server_may_not_use(code: Any, retired: Status, undefined: Status) -> None:
    assert status(messages.retired_error_code, traffic(refusal(code))) is retired
    assert status(messages.undefined_reserved_code, traffic(refusal(code))) is undefined


LOG = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x"}}


def test_a_log_message_needs_a_level_in_the_request() -> None:
    logged = exchange(messages=(LOG, {"jsonrpc": "2.0", "id": 1, "result": {}}))
    asked = exchange(messages=(LOG,), sent_body='{"_meta":{"io.modelcontextprotocol/logLevel":"info"}}')
    assert status(messages.log_without_level, traffic(logged)) is FAIL
    assert status(messages.log_without_level, traffic(asked, exchange(result={}))) is PASS
    assert status(messages.log_without_level, traffic(asked)) is UNSEEN


def stream(value: str | None) -> Exchange:
    buffering = (("x-accel-buffering", value),) if value is not None else ()
    return exchange(result={}, headers=(("content-type", "text/event-stream"), *buffering))


@pytest.mark.parametrize(("value", "expected"), [("no", PASS), (" No ", PASS), ("yes", FAIL), ("", FAIL), (None, FAIL)])
def test_an_event_stream_forbids_buffering(value: str | None, expected: Status) -> None:
    assert status(messages.stream_may_be_buffered, messages.EventStreams((stream(value),))) is expected


def test_one_stream_that_may_be_buffered_is_enough_and_none_is_unobserved() -> None:
    assert status(messages.stream_may_be_buffered, messages.EventStreams((stream("no"), stream(None)))) is FAIL
    assert status(messages.stream_may_be_buffered, messages.EventStreams(())) is UNSEEN
