"""Judgements of the streams of Streamable HTTP: which one a message goes on, and what comes when one is taken up."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, JsonObject, Outcome, Presence, SseEvent, Status
from mcp_audit_scenarios.conformance.batches import Batch
from mcp_audit_scenarios.conformance.http_verbs import GetStream
from mcp_audit_scenarios.conformance.http_versions import VersionHeaders
from mcp_audit_scenarios.conformance.resumption import (
    Resumption,
    closes_without_retry,
    replays_another_stream,
    resumability,
    stream_not_primed,
)
from mcp_audit_scenarios.conformance.sessions import SessionIds
from mcp_audit_scenarios.conformance.transport_features import (
    OverHttp,
    message_batches,
    server_stream,
    sessions,
    streamable_http,
    version_header,
)
from mcp_audit_scenarios.conformance.two_streams import (
    ManyStreams,
    broadcasts_message,
    message_of_another_request,
    messages_before_response,
    related_message_on_get_stream,
)

from tests.exchanges import exchange, refusal, silence, status

PRIMED = SseEvent("message", "", "1-1", 100)


def stream(*ids: str, rpc_id: int = 1, first: SseEvent | None = None, **fields: Any) -> Exchange:
    events = tuple(SseEvent("message", "{}", name) for name in ids)
    return exchange(result={}, rpc_id=rpc_id, events=(*([first] if first else []), *events), **fields)


def replay(*ids: str, responds_to: int | None = None) -> Exchange:
    events = tuple(SseEvent("message", "{}", name) for name in ids)
    messages: tuple[JsonObject, ...] = ({"jsonrpc": "2.0", "method": "notifications/message"},) if ids else ()
    if responds_to is not None:
        messages = (*messages, {"jsonrpc": "2.0", "id": responds_to, "result": {}})
    return exchange(verb="GET", method=None, rpc_id=None, messages=messages, events=events)


CONTROL = stream("1-2", first=PRIMED)
TAKEN = stream("2-3", "2-4", "2-5", rpc_id=2)
OTHER = stream("3-6", rpc_id=3)


def resumed(
    again: Exchange | None,
    *,
    control: Exchange = CONTROL,
    left: Exchange | None = None,
    rest: tuple[Exchange, ...] = (),
) -> Resumption:
    return Resumption(control, TAKEN, (control, OTHER), again, left, rest)


PLAIN = Resumption(exchange(result={}, events=(SseEvent("message", "{}"),)))
"""Of a server whose events have no ids."""
JSON = Resumption(exchange(result={}))
"""Of a server that answers without streams."""


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (resumed(replay("2-4", "2-5", responds_to=2)), Status.PASS),
        (resumed(replay("2-4", "3-6", responds_to=2)), Status.FAIL),
        (resumed(replay("9-9", responds_to=3)), Status.FAIL),
        (resumed(replay()), Status.NOT_OBSERVED),
        (PLAIN, Status.NOT_APPLICABLE),
        (JSON, Status.NOT_APPLICABLE),
    ],
)
def test_only_the_stream_that_was_taken_up_comes_again(seen: Resumption, expected: Status) -> None:
    assert status(replays_another_stream, seen) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (resumed(replay()), Status.PASS),
        (resumed(replay(), control=stream("1-2")), Status.FAIL),
        (resumed(replay(), control=stream("1-2", first=SseEvent("", "", None, 100))), Status.FAIL),
        (PLAIN, Status.NOT_APPLICABLE),
    ],
)
def test_a_stream_begins_with_an_id_and_no_data(seen: Resumption, expected: Status) -> None:
    assert status(stream_not_primed, seen) is expected


def left(*events: SseEvent) -> Exchange:
    return exchange(messages=(), rpc_id=4, method="tools/call", outcome=Outcome.CLOSED, status=200, events=events)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (resumed(replay(), left=left(PRIMED), rest=(replay(responds_to=4),)), Status.PASS),
        (resumed(replay(), left=left(SseEvent("message", "{}", "4-9"))), Status.FAIL),
        (resumed(replay()), Status.NOT_OBSERVED),
        (PLAIN, Status.NOT_APPLICABLE),
    ],
)
def test_a_server_that_closes_early_says_when_to_come_back(seen: Resumption, expected: Status) -> None:
    assert status(closes_without_retry, seen) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (resumed(replay("2-4", responds_to=2)), Presence.IMPLEMENTED),
        (resumed(replay(), left=left(PRIMED), rest=(replay(responds_to=4),)), Presence.IMPLEMENTED),
        (resumed(replay()), Presence.PARTIAL),
        (Resumption(CONTROL, CONTROL, (OTHER,), replay()), Presence.PARTIAL),
        (Resumption(OTHER, OTHER, (), replay()), Presence.UNSEEN),
        (PLAIN, Presence.MISSING),
        (JSON, Presence.UNSEEN),
    ],
)
def test_resumability_is_there_when_something_came_again(seen: Resumption, expected: Presence) -> None:
    assert resumability.sight(seen).presence is expected


def report(name: str, value: int = 1) -> JsonObject:
    params = {"progressToken": name, "progress": value}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


LOG = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "begun"}}
RESPONSE = {"jsonrpc": "2.0", "id": 1, "result": {}}


def said(*messages: JsonObject, **fields: Any) -> Exchange:
    return exchange(messages=messages, **fields)


REFUSED_GET = exchange(verb="GET", method=None, messages=(), status=405)
GOOD = (said(report("a"), RESPONSE), said(LOG, RESPONSE))


def many(calls: tuple[Exchange, ...] = GOOD, gets: tuple[Exchange, ...] = (said(verb="GET"),)) -> ManyStreams:
    return ManyStreams(calls, ("a", "b"), gets, () if gets else (REFUSED_GET,))


def test_progress_comes_on_the_stream_of_its_own_request() -> None:
    assert status(message_of_another_request, many()) is Status.PASS
    mixed = (said(RESPONSE), said(report("a"), RESPONSE))
    assert status(message_of_another_request, many(mixed)) is Status.FAIL
    assert status(message_of_another_request, many((said(RESPONSE), said(RESPONSE)))) is Status.NOT_OBSERVED
    assert status(message_of_another_request, many(GOOD[:1])) is Status.NOT_OBSERVED


def test_progress_of_a_running_request_does_not_come_on_the_get_stream() -> None:
    assert status(related_message_on_get_stream, many()) is Status.PASS
    assert status(related_message_on_get_stream, many(gets=(said(report("a", 2), verb="GET"),))) is Status.FAIL
    assert status(related_message_on_get_stream, many(gets=(said(report("foreign"), verb="GET"),))) is Status.PASS
    assert status(related_message_on_get_stream, many((said(RESPONSE), said(RESPONSE)))) is Status.NOT_OBSERVED
    assert status(related_message_on_get_stream, many(gets=())) is Status.NOT_APPLICABLE


def test_a_message_goes_on_one_stream() -> None:
    assert status(broadcasts_message, many()) is Status.PASS
    assert status(broadcasts_message, many(gets=(said(LOG, verb="GET"),))) is Status.FAIL
    assert status(broadcasts_message, many(gets=(said(report("a"), verb="GET"),))) is Status.FAIL
    two = (said(report("b"), verb="GET"), said(report("b"), verb="GET"))
    assert status(broadcasts_message, many(gets=two)) is Status.FAIL
    foreign = (said(report("x"), verb="GET"), said(report("x"), verb="GET"))
    assert status(broadcasts_message, many(gets=foreign)) is Status.PASS
    assert status(broadcasts_message, many((said(RESPONSE), said(RESPONSE)), ())) is Status.NOT_OBSERVED


def test_two_calls_of_one_tool_may_log_the_same() -> None:
    assert status(broadcasts_message, many((said(LOG, RESPONSE), said(LOG, RESPONSE)))) is Status.PASS


def test_streamed_answers_are_a_feature() -> None:
    assert messages_before_response.sight(many()).presence is Presence.IMPLEMENTED
    assert messages_before_response.sight(many((said(RESPONSE),))).presence is Presence.UNSEEN


def test_features_of_the_transport_show_in_plain_answers() -> None:
    ok, no = exchange(result={}), exchange(messages=(), status=405)
    assert streamable_http.sight(OverHttp(True, ok)).presence is Presence.IMPLEMENTED
    assert streamable_http.sight(OverHttp(False, ok)).presence is Presence.MISSING
    opening = exchange(result={}, headers=(("mcp-session-id", "abc"),))
    assert sessions.sight(SessionIds((opening,))).presence is Presence.IMPLEMENTED
    assert sessions.sight(SessionIds((ok,))).presence is Presence.MISSING
    opened = exchange(messages=(), status=200, headers=(("content-type", "text/event-stream"),))
    seen = [server_stream.sight(GetStream(got, ok, None)).presence for got in (opened, no, silence())]
    assert seen == [Presence.IMPLEMENTED, Presence.MISSING, Presence.UNSEEN]


def test_the_version_header_is_looked_at_when_odd_ones_are_refused() -> None:
    ok, bad = exchange(result={}), refusal(status=400)
    for odd, expected in (
        ((bad, bad), Presence.IMPLEMENTED),
        ((bad, ok), Presence.MISSING),
        ((silence(), silence()), Presence.UNSEEN),
    ):
        assert version_header.sight(VersionHeaders(ok, ok, odd, offers_default=True)).presence is expected


def test_batches_are_there_when_one_is_answered() -> None:
    ok = exchange(result={})
    both = exchange(messages=([{"jsonrpc": "2.0", "id": 1, "result": {}}, {"jsonrpc": "2.0", "id": 2, "result": {}}],))
    seen = [message_batches.sight(Batch(ok, got, (1, 2))).presence for got in (both, refusal(status=400), silence())]
    assert seen == [Presence.IMPLEMENTED, Presence.MISSING, Presence.UNSEEN]
