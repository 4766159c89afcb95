"""The checks of several subscriptions judge hand-built streams."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import subscription_streams as module
from mcp_audit_scenarios.conformance.subscription_streams import Streams, Updates

from tests.exchanges import exchange, refusal, silence, status

ACKNOWLEDGED = {"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {}}


def stream(*messages: Any) -> Exchange:
    return exchange(messages=messages, method="subscriptions/listen")


def updated(uri: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {"uri": uri}}


@pytest.mark.parametrize(
    ("subscribed", "other", "expected"),
    [
        (stream(ACKNOWLEDGED, updated("a:1")), stream(ACKNOWLEDGED), Status.PASS),
        (stream(updated("a:1")), stream(updated("b:2")), Status.PASS),
        (stream(updated("a:1")), stream(updated("a:1")), Status.FAIL),
        (stream(ACKNOWLEDGED), stream(updated("a:1")), Status.NOT_OBSERVED),
    ],
)
def test_updates_are_for_those_who_named_the_resource(subscribed: Exchange, other: Exchange, expected: Status) -> None:
    facts = Updates("a:1", exchange(result={}, method="tools/call"), subscribed, other)
    assert status(module.updates_of_unsubscribed, facts) is expected


@pytest.mark.parametrize(
    ("answers", "listening", "several"),
    [
        ((stream(ACKNOWLEDGED),) * 3, Presence.IMPLEMENTED, Presence.IMPLEMENTED),
        ((stream(ACKNOWLEDGED), refusal()), Presence.IMPLEMENTED, Presence.MISSING),
        ((stream(ACKNOWLEDGED), silence()), Presence.IMPLEMENTED, Presence.UNSEEN),
        ((refusal(), refusal()), Presence.MISSING, Presence.UNSEEN),
        ((silence(),), Presence.UNSEEN, Presence.UNSEEN),
        ((), Presence.UNSEEN, Presence.UNSEEN),
    ],
)
def test_features(answers: tuple[Exchange, ...], listening: Presence, several: Presence) -> None:
    assert module.listening.sight(Streams(answers)).presence is listening
    assert module.several.sight(Streams(answers)).presence is several
