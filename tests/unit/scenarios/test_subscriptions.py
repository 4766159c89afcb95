"""The checks of subscriptions/listen judge hand-built streams."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import subscriptions

from tests.exchanges import exchange, refusal, silence, status

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
ID = "io.modelcontextprotocol/subscriptionId"
CHANGED = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
ALL = (
    subscriptions.not_acknowledged_first,
    subscriptions.wrong_subscription_id,
    subscriptions.acknowledges_more_than_declared,
    subscriptions.acknowledges_unrequested,
)


def message(rpc_id: Any = 1, granted: Any = ..., **params: Any) -> dict[str, Any]:
    members = {"_meta": {ID: rpc_id}, "notifications": {} if granted is ... else granted, **params}
    return {"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": members}


def stream(*messages: Any) -> Exchange:
    outcome = Outcome.ANSWERED if messages else Outcome.SILENT
    return exchange(messages=messages, outcome=outcome, method="subscriptions/listen")


def heard(*messages: Any, declared: tuple[str, ...] = ("toolsListChanged",)) -> subscriptions.Listening:
    """What arrived while everything was asked for; a well-behaved stream for the empty filter."""
    return subscriptions.Listening(declared, stream(*messages), stream(), stream(message()), stream())


@pytest.mark.parametrize("check", ALL)
def test_silence_is_unobserved(check: Check) -> None:
    facts = subscriptions.Listening((), silence(), silence(), silence(), silence())
    assert status(check, facts) is UNSEEN


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([message()], PASS),
        ([message(), CHANGED], PASS),
        ([CHANGED, message()], FAIL),
        ([{"jsonrpc": "2.0", "id": 1, "result": {}}], FAIL),
        ([{"method": ["notifications/subscriptions/acknowledged"]}], FAIL),
        ([["batched", CHANGED], message()], FAIL),
        (["noise", 7, message()], PASS),
    ],
)
def test_the_acknowledgement_comes_first(messages: list[Any], expected: Status) -> None:
    assert status(subscriptions.not_acknowledged_first, heard(*messages)) is expected


def test_a_refused_listen_request_is_unobserved() -> None:
    refused = refusal(-32601, status=404)
    facts = subscriptions.Listening((), refused, refused, refused, refused)
    assert {status(check, facts) for check in ALL} == {UNSEEN}


def test_what_came_with_the_opening_came_before_the_rest() -> None:
    facts = subscriptions.Listening((), stream(CHANGED), stream(message()), stream(), stream())
    assert status(subscriptions.not_acknowledged_first, facts) is PASS
    late = subscriptions.Listening((), stream(message()), stream(CHANGED), stream(), stream())
    assert status(subscriptions.not_acknowledged_first, late) is FAIL


@pytest.mark.parametrize(
    ("acknowledged", "expected"),
    [
        (message(1), PASS),
        (message(2), FAIL),
        (message("1"), FAIL),
        (message(True), FAIL),
        (message(1.0), FAIL),
        (message(None), FAIL),
        (message(_meta=[ID]), FAIL),
        (message(_meta=None), FAIL),
        ({**message(), "params": None}, FAIL),
        ({**message(), "params": [1]}, FAIL),
    ],
)
def test_the_subscription_id_is_that_of_the_request_with_its_type(acknowledged: Any, expected: Status) -> None:
    assert status(subscriptions.wrong_subscription_id, heard(acknowledged)) is expected


@pytest.mark.parametrize(
    ("granted", "more", "unrequested"),
    [
        ({}, PASS, PASS),
        ({"toolsListChanged": True}, PASS, FAIL),
        ({"promptsListChanged": True}, FAIL, FAIL),
        ({"promptsListChanged": False}, PASS, PASS),
        ({"promptsListChanged": "yes"}, PASS, FAIL),
        ({"resourceSubscriptions": []}, PASS, PASS),
        (["promptsListChanged"], PASS, PASS),
        (None, PASS, PASS),
    ],
)
def test_no_more_is_promised_than_was_declared_and_asked_for(granted: Any, more: Status, unrequested: Status) -> None:
    assert status(subscriptions.acknowledges_more_than_declared, heard(message(granted=granted))) is more
    facts = subscriptions.Listening((), stream(message()), stream(), stream(message(granted=granted)), stream())
    assert status(subscriptions.acknowledges_unrequested, facts) is unrequested
