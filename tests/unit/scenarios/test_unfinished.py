"""Judgements of calls that are cancelled, or left, while they run."""

import json
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Presence, SseEvent, Status
from mcp_audit_scenarios.conformance.slow_tools import Record
from mcp_audit_scenarios.conformance.unfinished import (
    CancelledCall,
    QuietCall,
    answers_cancelled_request,
    cancellation,
    goes_on_after_cancel,
)
from mcp_audit_scenarios.conformance.unfinished_streams import (
    AbandonedCall,
    LeftCall,
    cancels_on_disconnect,
    goes_on_after_disconnect,
)

from tests.exchanges import exchange, refusal, silence, status

MINE = 0.61
DONE = {"content": [], "isError": False}


def call(elapsed_ms: float = 600.0, **fields: Any) -> Exchange:
    return exchange(method="tools/call", elapsed_ms=elapsed_ms, **({"result": DONE} | fields))


def record(*seconds: float, text: str | None = None) -> Record:
    found = text if text is not None else json.dumps({"cancelledAfterSeconds": [], "ofSeconds": list(seconds)})
    return Record(exchange(method="resources/read", result={"contents": [{"text": found}]}), MINE)


def cancelled(
    answer: Exchange, known: Record | None = None, notified: Exchange | None = None, after: Exchange | None = None
) -> CancelledCall:
    return CancelledCall(
        control=call(),
        call=answer,
        cancellation=notified or exchange(method="notifications/cancelled", status=202),
        cancelled_ms=200.0,
        afterwards=after or exchange(result={}),
        record=known,
    )


STOPPED = silence(method="tools/call", elapsed_ms=900.0)
ENDED_WITH_ERROR = refusal(-32800, method="tools/call", elapsed_ms=210.0)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (cancelled(STOPPED), Status.PASS),
        (cancelled(ENDED_WITH_ERROR), Status.PASS),
        (cancelled(STOPPED, record(0.5, MINE)), Status.PASS),
        (cancelled(STOPPED, record(text="no JSON")), Status.PASS),
        (cancelled(call(610.0)), Status.FAIL),
        (cancelled(STOPPED, record(0.5)), Status.FAIL),
        (cancelled(call(250.0)), Status.NOT_OBSERVED),
        (cancelled(STOPPED, after=silence()), Status.NOT_OBSERVED),
        (cancelled(STOPPED, notified=refusal(status=400)), Status.NOT_OBSERVED),
    ],
)
def test_a_result_long_after_the_cancellation_shows_that_the_work_went_on(
    seen: CancelledCall, expected: Status
) -> None:
    assert status(goes_on_after_cancel, seen) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (cancelled(STOPPED), Presence.IMPLEMENTED),
        (cancelled(call(610.0)), Presence.MISSING),
        (cancelled(call(250.0)), Presence.UNSEEN),
        (cancelled(call(610.0), notified=refusal(-32601)), Presence.MISSING),
        (cancelled(STOPPED, notified=refusal(-32601)), Presence.UNSEEN),
        (cancelled(call(610.0), notified=refusal(-32601), after=silence()), Presence.UNSEEN),
    ],
)
def test_cancellation_is_there_when_the_call_ended_without_its_result(seen: CancelledCall, expected: Presence) -> None:
    assert cancellation.sight(seen).presence is expected


def test_where_leaving_cancels_only_a_record_shows_that_it_did() -> None:
    for known, expected in (
        (record(MINE), Presence.IMPLEMENTED),
        (record(0.5), Presence.MISSING),
        (None, Presence.UNSEEN),
        (record(text="no JSON"), Presence.UNSEEN),
    ):
        seen = replace(cancelled(STOPPED, known), by_leaving=True)
        assert cancellation.sight(seen).presence is expected
        assert status(goes_on_after_cancel, seen) is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (STOPPED, Status.PASS),
        (ENDED_WITH_ERROR, Status.FAIL),
        (call(210.0, result={"content": [], "isError": True}), Status.FAIL),
        (call(610.0), Status.NOT_OBSERVED),
        (call(250.0), Status.NOT_OBSERVED),
    ],
)
def test_nothing_is_said_of_a_cancelled_call(answer: Exchange, expected: Status) -> None:
    assert status(answers_cancelled_request, QuietCall(cancelled(answer))) is expected


LEFT = silence(method="tools/call", rpc_id=7, events=(SseEvent("message", "{}", "3-1"),))
RESULT = exchange(method=None, rpc_id=7, result=DONE, verb="GET")
ERROR = refusal(-32800, method=None, rpc_id=7, verb="GET")
NOTHING = exchange(method=None, rpc_id=None, messages=(), verb="GET")


def left(*resumed: Exchange, known: Record | None = None, answer: Exchange = LEFT) -> LeftCall:
    return LeftCall(call(), answer, resumed, known)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (left(NOTHING, RESULT), Status.PASS),
        (left(known=record(0.5)), Status.PASS),
        (left(NOTHING, ERROR), Status.FAIL),
        (left(known=record(MINE)), Status.FAIL),
        (left(), Status.NOT_OBSERVED),
        (left(NOTHING), Status.NOT_OBSERVED),
        (left(NOTHING, RESULT, answer=call(rpc_id=7)), Status.NOT_OBSERVED),
    ],
)
def test_a_call_goes_on_when_its_connection_ends(seen: LeftCall, expected: Status) -> None:
    assert status(cancels_on_disconnect, seen) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (left(known=record(MINE)), Status.PASS),
        (left(known=record(0.5)), Status.FAIL),
        (left(), Status.NOT_OBSERVED),
        (left(known=record(text="[]")), Status.NOT_OBSERVED),
        (left(known=record(0.5), answer=call(rpc_id=7)), Status.NOT_OBSERVED),
    ],
)
def test_where_leaving_cancels_the_record_has_to_know_of_it(seen: LeftCall, expected: Status) -> None:
    assert status(goes_on_after_disconnect, AbandonedCall(seen)) is expected


def test_the_response_to_another_request_says_nothing() -> None:
    other = exchange(method=None, rpc_id=8, result=DONE, verb="GET", outcome=Outcome.ANSWERED)
    assert status(cancels_on_disconnect, left(other)) is Status.NOT_OBSERVED
