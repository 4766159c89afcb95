import itertools

import pytest
from mcp_audit_harness.model import Era
from mcp_audit_harness.wire.lifecycle import (
    INITIAL,
    TABLES,
    Event,
    Lifecycle,
    LocalError,
    State,
    client_event,
    server_event,
)

OPENED = (Event.INITIALIZE, Event.ACCEPTED, Event.INITIALIZED)
ERAS = pytest.mark.parametrize("era", list(Era))


def followed(era: Era, *events: Event) -> Lifecycle:
    lifecycle = Lifecycle(era)
    for event in events:
        lifecycle.spoil(event)
    return lifecycle


def test_a_handshake_leads_to_operation() -> None:
    assert followed(Era.HANDSHAKE, *OPENED).state is State.OPERATING


def test_a_refused_handshake_may_be_tried_again() -> None:
    lifecycle = followed(Era.HANDSHAKE, Event.INITIALIZE, Event.REFUSED)
    assert lifecycle.allows(Event.INITIALIZE)


def test_we_may_not_send_a_request_before_the_handshake() -> None:
    with pytest.raises(LocalError, match="client sends a request while the connection is fresh"):
        Lifecycle(Era.HANDSHAKE).send(Event.REQUEST)


def test_a_probe_may_spoil_the_lifecycle_without_moving_it() -> None:
    assert followed(Era.HANDSHAKE, Event.REQUEST).state is State.FRESH


@pytest.mark.parametrize("events", [(), (Event.INITIALIZE,), OPENED[:2], OPENED])
def test_a_ping_is_allowed_at_every_stage_of_the_handshake(events: tuple[Event, ...]) -> None:
    assert followed(Era.HANDSHAKE, *events).allows(Event.PING)


def test_a_server_request_before_initialized_is_a_breach_that_changes_nothing() -> None:
    lifecycle = followed(Era.HANDSHAKE, Event.INITIALIZE, Event.ACCEPTED)
    breach = lifecycle.receive(Event.REQUESTED)
    assert str(breach) == "server sends a request while the connection is agreed"
    assert lifecycle.state is State.AGREED


def test_a_server_may_ask_once_the_client_has_confirmed() -> None:
    assert followed(Era.HANDSHAKE, *OPENED).receive(Event.REQUESTED) is None


def test_a_stateless_server_never_asks() -> None:
    assert Lifecycle(Era.STATELESS).receive(Event.REQUESTED) is not None


def test_a_stateless_client_never_responds() -> None:
    with pytest.raises(LocalError):
        Lifecycle(Era.STATELESS).send(Event.RESPOND)


def test_a_subscription_is_acknowledged_once() -> None:
    lifecycle = followed(Era.STATELESS, Event.LISTEN)
    assert lifecycle.receive(Event.ACKNOWLEDGED) is None
    assert lifecycle.receive(Event.ACKNOWLEDGED) is not None
    assert lifecycle.receive(Event.CONCLUDED) is None
    assert lifecycle.state is State.READY


@ERAS
def test_nothing_is_allowed_after_the_end(era: Era) -> None:
    lifecycle = followed(era, Event.CLOSED)
    assert lifecycle.state is State.ENDED
    assert not [event for event in Event if lifecycle.allows(event)]


@ERAS
def test_every_state_of_a_table_can_be_reached_and_ended(era: Era) -> None:
    table = TABLES[era]
    reached = {INITIAL[era]}
    for _ in State:
        reached |= {after for (before, _), after in table.items() if before in reached}
    assert reached == {state for pair in table for state in (pair[0], table[pair])}
    assert {state for state, event in table if event is Event.CLOSE} == reached - {State.ENDED}


@ERAS
def test_no_short_history_raises_or_leaves_the_states_of_the_era(era: Era) -> None:
    states = set(TABLES[era].values()) | {INITIAL[era]}
    for history in itertools.product(Event, repeat=3):
        lifecycle = Lifecycle(era)
        for event in history:
            allowed = lifecycle.allows(event)
            if event.ours:
                lifecycle.spoil(event)
            else:
                assert (lifecycle.receive(event) is None) is allowed
            assert lifecycle.state in states


@pytest.mark.parametrize(
    ("message", "era", "expected"),
    [
        ({"method": "initialize", "id": 1}, Era.HANDSHAKE, Event.INITIALIZE),
        ({"method": "initialize", "id": 1}, Era.STATELESS, Event.REQUEST),
        ({"method": "ping", "id": 1}, Era.STATELESS, Event.REQUEST),
        ({"method": "subscriptions/listen", "id": 1}, Era.STATELESS, Event.LISTEN),
        ({"method": "notifications/initialized"}, Era.HANDSHAKE, Event.INITIALIZED),
        ({"method": "notifications/x"}, Era.HANDSHAKE, Event.NOTIFY),
        ({"id": 1, "result": {}}, Era.HANDSHAKE, Event.RESPOND),
        ({"method": 5, "id": 1}, Era.HANDSHAKE, Event.RESPOND),
    ],
)
def test_messages_of_ours_are_named_by_their_era(message: dict[str, object], era: Era, expected: Event) -> None:
    assert client_event(message, era) is expected


@pytest.mark.parametrize(
    ("message", "era", "answers", "expected"),
    [
        ({"id": 1, "result": {}}, Era.HANDSHAKE, "initialize", Event.ACCEPTED),
        ({"id": 1, "error": {}}, Era.HANDSHAKE, "initialize", Event.REFUSED),
        ({"id": 1, "result": {}}, Era.HANDSHAKE, "tools/list", Event.RESPONDED),
        ({"id": 1, "result": {}}, Era.STATELESS, "subscriptions/listen", Event.CONCLUDED),
        ({"id": 1, "method": "ping"}, Era.HANDSHAKE, None, Event.PINGED),
        ({"id": 1, "method": "ping"}, Era.STATELESS, None, Event.REQUESTED),
        ({"method": "notifications/message"}, Era.STATELESS, None, Event.LOGGED),
        ({"method": "notifications/subscriptions/acknowledged"}, Era.STATELESS, None, Event.ACKNOWLEDGED),
        ({"method": ["odd"]}, Era.STATELESS, None, Event.NOTIFIED),
    ],
)
def test_messages_of_the_target_are_named_by_what_they_answer(
    message: dict[str, object], era: Era, answers: str | None, expected: Event
) -> None:
    assert server_event(message, era, answers=answers) is expected
