"""The checks of POST, GET, event streams and version headers judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Outcome, SseEvent, Status, Verdict
from mcp_audit_scenarios.conformance import answers, event_streams, http_verbs, http_versions, streamable_http
from mcp_audit_scenarios.conformance.trials import Trial, Trials

from tests.exchanges import exchange, silence

JSON = (("content-type", "application/json"),)
STREAM = (("content-type", "text/event-stream; charset=utf-8"),)
CONTROL = exchange(result={}, headers=JSON)
REFUSAL = {"code": -32600, "message": "no"}


def verdicts(check: Check, facts: Any) -> list[Verdict]:
    found = check.judge(facts)
    return [found] if isinstance(found, Verdict) else list(found)


def status(check: Check, facts: Any) -> Status:
    found = {verdict.status for verdict in verdicts(check, facts)}
    assert len(found) == 1
    return found.pop()


def refused(code: int = 400, **fields: Any) -> Exchange:
    return exchange(error=REFUSAL, status=code, **fields)


@pytest.mark.parametrize(
    ("notification", "accepted", "empty"),
    [
        (exchange(status=202), Status.PASS, Status.PASS),
        (exchange(status=202, body="Accepted"), Status.PASS, Status.FAIL),
        (exchange(status=200), Status.FAIL, Status.NOT_OBSERVED),
        (exchange(status=204), Status.FAIL, Status.NOT_OBSERVED),
        (exchange(status=400), Status.NOT_OBSERVED, Status.NOT_OBSERVED),
        (silence(), Status.NOT_OBSERVED, Status.NOT_OBSERVED),
    ],
)
def test_a_notification_is_confirmed_by_an_empty_202(notification: Exchange, accepted: Status, empty: Status) -> None:
    facts = streamable_http.Confirmation(notification, CONTROL)
    assert status(streamable_http.notification_not_202, facts) is accepted
    assert status(streamable_http.notification_answered_with_body, facts) is empty


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (CONTROL, Status.PASS),
        (exchange(result={}, headers=STREAM), Status.PASS),
        (exchange(result={}, headers=(("content-type", "text/plain"),)), Status.FAIL),
        (exchange(result={}), Status.FAIL),
        (refused(), Status.NOT_OBSERVED),
    ],
)
def test_a_request_is_answered_in_one_of_two_media_types(answer: Exchange, expected: Status) -> None:
    facts = Trials(CONTROL, (Trial("ping", answer),))
    assert status(streamable_http.answer_of_other_media_type, facts) is expected


def posts(**changed: Any) -> streamable_http.OddPosts:
    refusal = refused()
    facts: dict[str, Any] = {
        "control": CONTROL,
        "simple_types": (Trial("text/plain", refusal),),
        "odd_accepts": (Trial("application/json", refusal), Trial("text/event-stream", refusal)),
        "damaged": refusal,
        "no_message": refusal,
    }
    return streamable_http.OddPosts(**{**facts, **changed})


def test_types_that_web_pages_send_without_asking_have_to_be_refused() -> None:
    check = streamable_http.serves_simple_content_type
    assert status(check, posts()) is Status.PASS
    found = verdicts(check, posts(simple_types=(Trial("text/plain", exchange(result={})),)))
    assert [item.status for item in found] == [Status.FAIL]
    assert CONTROL.id in found[0].evidence
    assert status(check, posts(simple_types=(Trial("text/plain", silence()),))) is Status.NOT_OBSERVED


def test_an_answer_has_a_type_that_the_client_accepts_or_is_a_refusal() -> None:
    check = streamable_http.answers_with_unaccepted_type
    right = (Trial("application/json", CONTROL), Trial("text/event-stream", exchange(result={}, headers=STREAM)))
    wrong = (Trial("application/json", exchange(result={}, headers=STREAM)),)
    assert status(check, posts()) is Status.PASS
    assert status(check, posts(odd_accepts=right)) is Status.PASS
    assert status(check, posts(odd_accepts=wrong)) is Status.FAIL
    assert status(check, posts(odd_accepts=(Trial("application/json", silence()),))) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("code", "expected"), [(400, Status.PASS), (200, Status.PASS), (500, Status.FAIL), (503, Status.FAIL)]
)
def test_damaged_json_is_the_callers_mistake_not_the_servers(code: int, expected: Status) -> None:
    assert status(streamable_http.server_error_for_damaged_body, posts(damaged=refused(code))) is expected
    assert status(streamable_http.server_error_for_damaged_body, posts(damaged=silence())) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused(), Status.PASS),
        (exchange(status=400), Status.PASS),
        (refused(200), Status.FAIL),
        (exchange(status=202), Status.NOT_OBSERVED),
        (silence(), Status.NOT_OBSERVED),
    ],
)
def test_a_refused_notification_has_a_status_of_refusal(answer: Exchange, expected: Status) -> None:
    assert status(streamable_http.refuses_notification_with_200, posts(no_message=answer)) is expected


@pytest.mark.parametrize(
    ("opening", "control", "expected"),
    [
        (exchange(headers=STREAM, verb="GET"), CONTROL, Status.PASS),
        (exchange(status=405, verb="GET"), CONTROL, Status.PASS),
        (exchange(status=404, verb="GET"), CONTROL, Status.FAIL),
        (exchange(headers=JSON, verb="GET"), CONTROL, Status.FAIL),
        (exchange(status=404, verb="GET"), refused(), Status.NOT_OBSERVED),
        (silence(verb="GET"), CONTROL, Status.NOT_OBSERVED),
    ],
)
def test_get_opens_a_stream_or_is_not_allowed(opening: Exchange, control: Exchange, expected: Status) -> None:
    facts = http_verbs.GetStream(opening, control, None)
    assert status(http_verbs.get_neither_stream_nor_405, facts) is expected


def test_the_get_stream_carries_no_responses() -> None:
    opening, check = exchange(headers=STREAM, verb="GET"), http_verbs.response_on_get_stream
    response = exchange(messages=({"jsonrpc": "2.0", "id": 7, "result": {}},))
    notification = exchange(messages=({"jsonrpc": "2.0", "method": "notifications/message"},))
    assert status(check, http_verbs.GetStream(opening, CONTROL, response)) is Status.FAIL
    assert status(check, http_verbs.GetStream(opening, CONTROL, notification)) is Status.PASS
    assert status(check, http_verbs.GetStream(opening, refused(), notification)) is Status.NOT_OBSERVED
    assert status(check, http_verbs.GetStream(exchange(status=405), CONTROL, None)) is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("put", "served", "allow"),
    [
        (exchange(status=405, headers=(("allow", "POST"),)), Status.PASS, Status.PASS),
        (exchange(status=405), Status.PASS, Status.FAIL),
        (exchange(status=404), Status.PASS, Status.NOT_OBSERVED),
        (exchange(status=501), Status.PASS, Status.NOT_OBSERVED),
        (exchange(status=500), Status.FAIL, Status.NOT_OBSERVED),
        (exchange(result={}), Status.FAIL, Status.NOT_OBSERVED),
        (silence(), Status.NOT_OBSERVED, Status.NOT_OBSERVED),
    ],
)
def test_a_verb_that_is_not_offered_is_refused(put: Exchange, served: Status, allow: Status) -> None:
    facts = http_verbs.OtherVerb(CONTROL, put)
    assert status(http_verbs.serves_other_verb, facts) is served
    assert status(http_verbs.method_refused_without_allow, facts) is allow


def versions(odd: Exchange, absent: Exchange = CONTROL, *, default: bool = True) -> http_versions.VersionHeaders:
    return http_versions.VersionHeaders(CONTROL, absent, (odd, odd), default)


@pytest.mark.parametrize(
    ("odd", "served", "wrong"),
    [
        (refused(400), Status.PASS, Status.PASS),
        (exchange(result={}), Status.FAIL, Status.NOT_OBSERVED),
        (refused(404), Status.PASS, Status.FAIL),
        (refused(200), Status.PASS, Status.FAIL),
        (silence(), Status.NOT_OBSERVED, Status.NOT_OBSERVED),
    ],
)
def test_an_unknown_version_header_gives_400(odd: Exchange, served: Status, wrong: Status) -> None:
    assert status(http_versions.serves_unknown_version_header, versions(odd)) is served
    assert status(http_versions.wrong_status_for_unknown_version_header, versions(odd)) is wrong


def test_an_absent_version_header_stands_for_a_version_that_has_to_be_offered() -> None:
    check, odd = http_versions.refuses_absent_version_header, refused()
    assert status(check, versions(odd)) is Status.PASS
    assert status(check, versions(odd, refused())) is Status.FAIL
    assert status(check, versions(odd, refused(), default=False)) is Status.NOT_APPLICABLE
    assert status(check, versions(odd, silence())) is Status.NOT_OBSERVED


def streamed(note: str = "stream closed by target", **fields: Any) -> Exchange:
    return exchange(**{"result": {}, "headers": STREAM, "note": note, **fields})


def requests(*streams: Exchange) -> event_streams.RequestStreams:
    return event_streams.RequestStreams(CONTROL, streams)


def sessions(*streams: Exchange) -> event_streams.SessionStreams:
    return event_streams.SessionStreams(CONTROL, streams)


def test_only_a_server_that_closes_no_stream_at_all_leaves_them_open() -> None:
    check, left = event_streams.stream_left_open, streamed("stream still open after the response")
    assert status(check, requests(left, left, left)) is Status.FAIL
    assert status(check, requests(left, streamed(), left)) is Status.PASS
    assert status(check, requests(left, left)) is Status.NOT_OBSERVED
    assert status(check, requests()) is Status.NOT_APPLICABLE


def test_an_event_holds_a_message() -> None:
    check = event_streams.malformed_event
    assert status(check, requests(streamed())) is Status.PASS
    assert status(check, requests(streamed(strays=("still here",)))) is Status.FAIL
    assert status(check, requests(streamed("stream closed by target, in the middle of an event"))) is Status.FAIL
    assert status(check, requests()) is Status.NOT_APPLICABLE


def test_a_stream_may_end_early_only_where_it_can_be_resumed() -> None:
    check = event_streams.stream_without_response
    cut = streamed(outcome=Outcome.CLOSED, messages=())
    primed = streamed(outcome=Outcome.CLOSED, messages=(), events=(SseEvent("", "", "1"),))
    assert status(check, sessions(streamed())) is Status.PASS
    assert status(check, sessions(streamed(), cut)) is Status.FAIL
    assert status(check, sessions(streamed(), primed)) is Status.NOT_OBSERVED
    assert status(check, sessions(silence(headers=STREAM))) is Status.NOT_OBSERVED
    assert status(check, sessions()) is Status.NOT_APPLICABLE


def test_an_event_id_occurs_once_in_a_session() -> None:
    check = event_streams.repeats_event_id
    one, other = (streamed(events=(SseEvent("message", "{}", name),)) for name in ("1", "2"))
    assert status(check, sessions(one, other)) is Status.PASS
    assert status(check, sessions(one, one)) is Status.FAIL
    assert status(check, sessions(streamed(events=(SseEvent("message", "{}"),)))) is Status.NOT_APPLICABLE


def test_bytes_that_could_not_be_decoded_are_no_utf_8() -> None:
    check = answers.answer_not_utf_8
    assert status(check, answers.NotAscii(CONTROL, refused())) is Status.PASS
    assert status(check, answers.NotAscii(CONTROL, refused(body="gr\ufffd\ufffde"))) is Status.FAIL
    assert status(check, answers.NotAscii(silence(), silence(body="gr\ufffde"))) is Status.FAIL
    assert status(check, answers.NotAscii(silence(), silence())) is Status.NOT_OBSERVED


def test_no_session_gets_what_another_one_asked_for() -> None:
    check = answers.answers_another_session
    ping, tools = exchange(result={}), exchange(result={"tools": []})
    assert status(check, answers.Parallel("tools", (ping,), (tools,))) is Status.PASS
    assert status(check, answers.Parallel("tools", (tools,), (tools,))) is Status.FAIL
    assert status(check, answers.Parallel("tools", (ping,), (ping,))) is Status.FAIL
    assert status(check, answers.Parallel("tools", (silence(),), (tools,))) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, Status.PASS),
        ("no-store", Status.PASS),
        ("no-cache, no-transform", Status.PASS),
        ("private, max-age=60", Status.PASS),
        ("max-age=0", Status.PASS),
        ("public, max-age=600", Status.FAIL),
        ("max-age=60", Status.FAIL),
        ("S-MaxAge=5", Status.FAIL),
    ],
)
def test_shared_caches_are_not_told_to_store(said: str | None, expected: Status) -> None:
    headers = () if said is None else (("cache-control", said),)
    assert (
        status(answers.shared_caches_may_store, answers.Keepable((exchange(result={}, headers=headers),))) is expected
    )
