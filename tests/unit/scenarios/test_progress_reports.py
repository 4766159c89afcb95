"""Judgements of how progress is reported."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, JsonObject, Presence, Status, Transport
from mcp_audit_scenarios.conformance.work_reports import (
    Asking,
    Reports,
    after_completion,
    floods,
    messages,
    progress,
    unreadable_message,
)

from tests.exchanges import exchange, silence, status

RESPONSE = {"jsonrpc": "2.0", "id": 1, "result": {}}


def report(value: float = 1, name: Any = "t", **more: Any) -> JsonObject:
    params = {"progressToken": name, "progress": value, **more}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def call(*said: JsonObject, transport: Transport = Transport.HTTP, **fields: Any) -> Exchange:
    return exchange(messages=said, method="tools/call", transport=transport, elapsed_ms=100.0, **fields)


def reports(*calls: Exchange, others: tuple[Exchange, ...] = ()) -> Reports:
    seen = (*calls, *others)
    return Reports(
        tuple(Asking("t", found) for found in calls),
        tuple(found for found in seen if found.notifications("notifications/progress")),
    )


def test_the_last_report_comes_before_the_response() -> None:
    assert status(after_completion, reports(call(report(), RESPONSE))) is Status.PASS
    assert status(after_completion, reports(call(report(), RESPONSE, report(2)))) is Status.FAIL
    assert status(after_completion, reports(call(report(), RESPONSE, report(2, name="other")))) is Status.PASS
    assert status(after_completion, reports(call(RESPONSE))) is Status.NOT_OBSERVED
    assert status(after_completion, reports(silence())) is Status.NOT_OBSERVED


def test_a_task_reports_longer_than_its_first_response() -> None:
    created = {"jsonrpc": "2.0", "id": 1, "result": {"task": {"taskId": "a"}}}
    assert status(after_completion, reports(call(report(), created, report(2)))) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("transport", "expected"),
    [(Transport.STDIO, Status.FAIL), (Transport.SSE, Status.FAIL), (Transport.HTTP, Status.PASS)],
)
def test_where_all_comes_on_one_stream_a_report_in_a_later_exchange_is_late(
    transport: Transport, expected: Status
) -> None:
    first = call(report(), RESPONSE, transport=transport)
    later = call(report(2), transport=transport, rpc_id=2)
    assert status(after_completion, reports(first, others=(later,))) is expected
    answered = reports(call(report(), RESPONSE, transport=transport), others=(first,))
    assert status(after_completion, answered) is Status.PASS


def test_a_token_that_several_requests_gave_tells_nothing() -> None:
    twice = call(report(), RESPONSE, report(2))
    assert status(after_completion, reports(twice, call(RESPONSE))) is Status.NOT_OBSERVED


def test_hundreds_of_reports_in_a_moment_are_a_flood() -> None:
    many = [report(value) for value in range(150)]
    assert status(floods, reports(call(*many, RESPONSE))) is Status.FAIL
    slow = exchange(messages=(*many, RESPONSE), method="tools/call", elapsed_ms=60_000.0)
    assert status(floods, reports(slow)) is Status.PASS
    assert status(floods, reports(call(report(), RESPONSE))) is Status.PASS
    assert status(floods, reports(call(RESPONSE))) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Step 1 of 3", Status.PASS),
        ("第一步", Status.PASS),
        ("", Status.FAIL),
        ("####", Status.FAIL),
        ("50 %", Status.FAIL),
    ],
)
def test_a_message_has_words(message: str, expected: Status) -> None:
    assert status(unreadable_message, reports(call(report(message=message), RESPONSE))) is expected
    assert status(unreadable_message, reports(call(report(), RESPONSE))) is Status.NOT_OBSERVED


def test_progress_and_its_messages_are_features() -> None:
    plain, worded, none = (
        reports(call(report())),
        reports(call(report(), report(2, message="x"))),
        reports(call(RESPONSE)),
    )
    assert [progress.sight(seen).presence for seen in (plain, none)] == [Presence.IMPLEMENTED, Presence.UNSEEN]
    seen = [messages.sight(facts).presence for facts in (worded, plain, none)]
    assert seen == [Presence.IMPLEMENTED, Presence.MISSING, Presence.UNSEEN]
