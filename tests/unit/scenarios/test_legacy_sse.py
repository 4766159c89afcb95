"""Judgements of the HTTP+SSE transport of 2024-11-05."""

import secrets

import pytest
from mcp_audit_harness.model import Exchange, SseEvent, Status, Transport
from mcp_audit_scenarios.conformance.legacy_sse import (
    Events,
    Openings,
    foreign_endpoint,
    guessable_endpoint,
    message_under_other_name,
    no_endpoint_event,
)

from tests.exchanges import exchange, silence, status

URL = "http://127.0.0.1:9000/sse"
CONTROL = exchange(result={}, transport=Transport.SSE)
PING = '{"jsonrpc":"2.0","id":1,"result":{}}'


def stream(*events: SseEvent, http_status: int = 200, kind: str = "text/event-stream") -> Exchange:
    return exchange(
        verb="GET",
        method=None,
        transport=Transport.SSE,
        messages=(),
        status=http_status,
        headers=(("content-type", kind),),
        events=events,
    )


def named(*addresses: str) -> Openings:
    return Openings(URL, tuple(stream(SseEvent("endpoint", address)) for address in addresses), CONTROL)


def opened(*streams: Exchange) -> Openings:
    return Openings(URL, streams, CONTROL)


RANDOM = named(*(f"/messages?id={secrets.token_hex(16)}" for _ in range(12)))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (RANDOM, Status.PASS),
        (opened(stream(SseEvent("welcome", "/messages"))), Status.FAIL),
        (named(" "), Status.FAIL),
        (opened(stream()), Status.NOT_OBSERVED),
        (opened(stream(http_status=503, kind="text/plain")), Status.NOT_OBSERVED),
        (opened(silence(verb="GET")), Status.NOT_OBSERVED),
    ],
)
def test_the_first_event_names_the_address_for_messages(seen: Openings, expected: Status) -> None:
    assert status(no_endpoint_event, seen) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/messages?id=1", Status.PASS),
        ("messages?id=1", Status.PASS),
        ("http://127.0.0.1:9000/messages", Status.PASS),
        ("http://127.0.0.1:9001/messages", Status.FAIL),
        ("https://127.0.0.1:9000/messages", Status.FAIL),
        ("//messages.example/x", Status.FAIL),
        ("http://[", Status.FAIL),
    ],
)
def test_the_address_is_on_the_origin_of_the_stream(address: str, expected: Status) -> None:
    assert status(foreign_endpoint, named(address)) is expected


def test_nothing_is_said_of_addresses_that_were_not_named() -> None:
    assert status(foreign_endpoint, opened(stream())) is Status.NOT_OBSERVED
    assert status(guessable_endpoint, opened(stream())) is Status.NOT_OBSERVED
    assert status(guessable_endpoint, named("/a", "/b")) is Status.NOT_OBSERVED


def test_addresses_that_count_repeat_or_are_short_can_be_guessed() -> None:
    assert status(guessable_endpoint, RANDOM) is Status.PASS
    assert status(guessable_endpoint, named(*(f"/messages?id={number}" for number in range(12)))) is Status.FAIL
    assert status(guessable_endpoint, named(*["/messages"] * 12)) is Status.FAIL
    assert status(guessable_endpoint, named(*(f"/m?id={secrets.token_hex(4)}" for _ in range(12)))) is Status.FAIL


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([SseEvent("endpoint", "/m"), SseEvent("message", PING)], Status.PASS),
        ([SseEvent("message", PING), SseEvent("ping", "2026-01-01")], Status.PASS),
        ([SseEvent("message", PING), SseEvent("result", PING)], Status.FAIL),
        ([SseEvent("endpoint", "/m")], Status.NOT_OBSERVED),
        ([SseEvent("ping", "[" * 100_000)], Status.NOT_OBSERVED),
    ],
)
def test_messages_are_events_named_message(events: list[SseEvent], expected: Status) -> None:
    seen = exchange(result={}, transport=Transport.SSE, events=tuple(events))
    assert status(message_under_other_name, Events((seen,))) is expected
