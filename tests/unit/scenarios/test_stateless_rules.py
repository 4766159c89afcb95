"""The checks of codes, callers, connections and older clients judge hand-built traffic."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status, Transport
from mcp_audit_scenarios.conformance import older_clients, stateless_callers, stateless_traffic
from mcp_audit_scenarios.conformance.older_clients import Initialization, OlderRequests
from mcp_audit_scenarios.conformance.stateless_callers import Callers, Handle, OddHeaders
from mcp_audit_scenarios.conformance.stateless_messages import Traffic

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN, ABSENT = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
OF_CODES = (
    stateless_traffic.new_code_in_legacy_range,
    stateless_traffic.code_in_legacy_range,
    stateless_traffic.application_code_in_reserved_range,
)


def served(**members: Any) -> Exchange:
    return exchange(result={"resultType": "complete", **members}, method="server/discover")


def saw(*exchanges: Exchange, extensions: bool = False) -> Traffic:
    return Traffic(exchanges, extensions)


def note(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


@pytest.mark.parametrize(
    "check",
    [
        *OF_CODES,
        stateless_traffic.protocol_error_without_400,
        stateless_traffic.forces_extension,
        stateless_traffic.malformed_trace_context,
        stateless_traffic.cancels_what_is_no_subscription,
    ],
)
def test_without_traffic_nothing_is_observed(check: Check) -> None:
    assert status(check, saw()) is UNSEEN


@pytest.mark.parametrize(
    ("code", "new", "old", "reserved"),
    [
        (-32602, PASS, PASS, PASS),
        (-32005, FAIL, PASS, PASS),
        (-32000, PASS, FAIL, PASS),
        (-32002, PASS, PASS, PASS),
        (-32020, PASS, PASS, PASS),
        (-32604, PASS, PASS, FAIL),
        (-32768, PASS, PASS, FAIL),
        (1, PASS, PASS, PASS),
        (-32769, PASS, PASS, PASS),
    ],
)
def test_error_codes(code: int, new: Status, old: Status, reserved: Status) -> None:
    assert [status(check, saw(refusal(code))) for check in OF_CODES] == [new, old, reserved]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(-32022, status=400), PASS),
        (refusal(-32022, status=200), FAIL),
        (refusal(-32021, status=200, headers=(("content-type", "text/event-stream"),)), UNSEEN),
        (refusal(-32602, status=200), UNSEEN),
        (refusal(-32022, transport=Transport.STDIO), ABSENT),
    ],
)
def test_the_status_of_protocol_errors(answer: Exchange, expected: Status) -> None:
    assert status(stateless_traffic.protocol_error_without_400, saw(answer)) is expected


def test_results_of_extensions_are_for_those_who_declared_them() -> None:
    odd = exchange(result={"resultType": "com.example/card"}, method="tools/call")
    declared = exchange(
        result={"resultType": "com.example/card"},
        method="tools/call",
        sent_body='{"clientCapabilities":{"extensions":{}}}',
    )
    assert status(stateless_traffic.forces_extension, saw(odd, extensions=True)) is FAIL
    assert status(stateless_traffic.forces_extension, saw(declared, extensions=True)) is PASS
    assert status(stateless_traffic.forces_extension, saw(odd)) is PASS  # an unknown type is another check's


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({}, PASS),
        ({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, PASS),
        ({"traceparent": "00-00000000000000000000000000000000-b7ad6b7169203331-01"}, FAIL),
        ({"traceparent": "trace-1"}, FAIL),
        ({"traceparent": 7}, FAIL),
        ({"tracestate": "vendor=a,other@x=b"}, PASS),
        ({"tracestate": "no pairs"}, FAIL),
        ({"baggage": "user=alice;property=1, b = 2"}, PASS),
        ({"baggage": ["user"]}, FAIL),
    ],
)
def test_trace_context(meta: dict[str, Any], expected: Status) -> None:
    assert status(stateless_traffic.malformed_trace_context, saw(served(_meta=meta))) is expected


@pytest.mark.parametrize(
    ("method", "message", "expected"),
    [
        ("tools/call", note("notifications/progress"), PASS),
        ("tools/call", note("notifications/tools/list_changed"), FAIL),
        ("subscriptions/listen", note("notifications/tools/list_changed"), ABSENT),
    ],
)
def test_changes_are_for_those_who_listen(method: str, message: dict[str, Any], expected: Status) -> None:
    answer = exchange(messages=(message,), method=method)
    assert status(stateless_traffic.change_told_to_a_request, saw(answer)) is expected


@pytest.mark.parametrize(("cancelled", "expected"), [(7, PASS), ("7", FAIL), (8, FAIL), ([7], FAIL)])
def test_servers_cancel_subscriptions_alone(cancelled: Any, expected: Status) -> None:
    told = exchange(
        messages=(note("notifications/cancelled", requestId=cancelled),), method="subscriptions/listen", rpc_id=7
    )
    assert status(stateless_traffic.cancels_what_is_no_subscription, saw(told)) is expected


def callers(**changed: Any) -> Callers:
    right: dict[str, Any] = {
        "control": served(tools=[1]),
        "renamed": served(tools=[1]),
        "control_again": (served(tools=[1]),),
        "renamed_again": (served(tools=[1]),),
        "interleaved": (served(), served()),
    }
    return Callers(**{**right, **changed})


SHORTER = served(tools=[])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, PASS),
        ({"renamed": SHORTER, "renamed_again": (SHORTER,)}, FAIL),
        ({"renamed": SHORTER, "renamed_again": (SHORTER,), "control_again": (SHORTER,)}, UNSEEN),
        ({"renamed": SHORTER}, UNSEEN),
        ({"renamed": refusal(), "renamed_again": (refusal(),)}, FAIL),
        ({"renamed": refusal()}, UNSEEN),
        ({"renamed": silence(), "renamed_again": (silence(),)}, UNSEEN),
        ({"control": refusal()}, UNSEEN),
    ],
)
def test_the_name_of_the_client(changed: dict[str, Any], expected: Status) -> None:
    assert status(stateless_callers.answers_by_client_name, callers(**changed)) is expected


@pytest.mark.parametrize(
    ("interleaved", "expected"),
    [((served(), served()), PASS), ((served(), refusal()), FAIL), ((served(), silence()), UNSEEN), ((), UNSEEN)],
)
def test_two_clients_at_once(interleaved: tuple[Exchange, ...], expected: Status) -> None:
    assert status(stateless_callers.mixes_conversations, callers(interleaved=interleaved)) is expected


@pytest.mark.parametrize(
    ("same", "other", "expected"),
    [
        (served(tools=[2]), served(tools=[2]), PASS),
        (served(tools=[2]), served(tools=[1]), FAIL),
        (served(tools=[2]), refusal(), FAIL),
        (served(tools=[2]), silence(), UNSEEN),
        (refusal(), refusal(), UNSEEN),
    ],
)
def test_a_cursor_on_another_connection(same: Exchange, other: Exchange, expected: Status) -> None:
    assert status(stateless_callers.handle_bound_to_connection, Handle(served(), same, other)) is expected


@pytest.mark.parametrize(
    ("check", "member"),
    [
        (stateless_callers.heeds_last_event_id, "last_event_id"),
        (stateless_callers.heeds_session_id, "session_id"),
        (stateless_callers.case_of_names_matters, "capitals"),
    ],
)
def test_headers_that_make_no_difference(check: Check, member: str) -> None:
    right = {"control": served(), "last_event_id": served(), "session_id": served(), "capitals": served()}
    assert status(check, OddHeaders(**right)) is PASS
    assert status(check, OddHeaders(**{**right, member: refusal(status=400)})) is FAIL
    assert status(check, OddHeaders(**{**right, member: silence()})) is UNSEEN


def test_a_session_id_in_the_stateless_era_is_found() -> None:
    issued = exchange(result={}, headers=(("mcp-session-id", "1"),))
    facts = OddHeaders(served(), served(), issued, served())
    assert status(stateless_callers.heeds_session_id, facts) is FAIL


def older(**changed: Any) -> OlderRequests:
    right: dict[str, Any] = {
        "control": served(),
        "older": refusal(-32022),
        "get": exchange(status=405),
        "delete": exchange(status=405),
        "without_version": refusal(-32020, status=400),
    }
    return OlderRequests(**{**right, **changed})


@pytest.mark.parametrize(
    ("changed", "verbs", "version"),
    [
        ({}, PASS, PASS),
        ({"get": exchange(status=200)}, FAIL, PASS),
        ({"without_version": served()}, PASS, FAIL),
        ({"older": served()}, ABSENT, ABSENT),
        ({"get": silence(), "delete": silence(), "without_version": silence()}, UNSEEN, UNSEEN),
    ],
)
def test_what_older_clients_send(changed: dict[str, Any], verbs: Status, version: Status) -> None:
    assert status(older_clients.odd_answer_to_older_verbs, older(**changed)) is verbs
    assert status(older_clients.serves_without_version_header, older(**changed)) is version


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (exchange(error={"code": -32022, "message": "no", "data": {"supported": ["2026-07-28"]}}), PASS),
        (exchange(error={"code": -32601, "message": "use 2026-07-28"}), PASS),
        (refusal(-32601), FAIL),
        (served(), ABSENT),
        (silence(), UNSEEN),
    ],
)
def test_the_refusal_of_initialize(answer: Exchange, expected: Status) -> None:
    assert status(older_clients.initialize_refused_without_versions, Initialization(answer)) is expected
