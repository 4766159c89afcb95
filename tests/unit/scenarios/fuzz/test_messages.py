"""Messages that are nearly right: how they are made, and what a strict reader makes of them."""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from mcp_audit_harness.model import Revision
from mcp_audit_scenarios.fuzz.message_changes import DETAILS, ODD_VALUES, SHAPES, change_of, changed
from mcp_audit_scenarios.fuzz.message_rules import ids_in, is_plain_id, read_lines, read_strictly
from mcp_audit_scenarios.fuzz.message_templates import OWN_ID, correct_messages
from mcp_audit_scenarios.fuzz.messages import MessageCase, protocol_messages, sent_headers, unchanged

NEWEST = Revision.V2026_07_28
SESSIONS = Revision.V2025_11_25
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
QUICK = settings(max_examples=300, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("revision", list(Revision))
def test_messages_that_nothing_was_changed_in_are_correct(revision: Revision) -> None:
    for message in correct_messages(revision):
        reading = unchanged(message, revision).read(revision)
        assert reading.valid, (message, reading.rule)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (PING[:-1], "not-json"),
        (PING + PING, "not-json"),
        (PING.replace(b"ping", b"p\xffng"), "not-utf8"),
        (PING.replace(b":1", b":NaN"), "not-a-number"),
        (PING.replace(b'"2.0"', b"2"), "jsonrpc is not '2.0'"),
        (b"[]", "an empty batch"),
        (b"[" + PING + b"]", "a batch, which this revision does not have"),
        (b"null", "neither an object nor a batch"),
        (PING.replace(b'"ping"', b"7"), "method is not a string"),
        (PING.replace(b":1", b":null"), "id is neither a string nor a number"),
        (PING.replace(b":1", b":1.5"), "id is not an integer"),
        (PING.replace(b"}", b',"params":[]}'), "params is not an object"),
        (PING.replace(b"}", b',"params":"x"}'), "params is neither an object nor an array"),
    ],
)
def test_what_is_malformed_breaks_a_named_rule(body: bytes, rule: str) -> None:
    assert read_strictly(body, SESSIONS).rule == rule


@pytest.mark.parametrize(
    "body",
    [
        PING.replace(b"{", b'{"id":2,'),
        b"\xef\xbb\xbf" + PING,
        PING.replace(b"}", b',"result":1}'),
        PING.replace(b"ping", rb"\ud800"),
        PING.replace(b"}", b',"params":' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}"),
        b'{"jsonrpc":"2.0","id":1,"result":{}}',
    ],
)
def test_what_the_standards_leave_open_is_neither_right_nor_wrong(body: bytes) -> None:
    reading = read_strictly(body, SESSIONS)
    assert (reading.valid, reading.rule, reading.wants_answer) == (False, "", False)


def test_a_batch_is_not_malformed_at_the_one_revision_that_has_it() -> None:
    assert read_strictly(b"[" + PING + b"]", Revision.V2025_03_26).rule == ""


def test_several_lines_are_malformed_only_if_each_is() -> None:
    assert read_lines(PING + b"\n", SESSIONS).valid
    assert read_lines(PING[:9] + b"\n" + PING[9:], SESSIONS).rule == "not-json"
    both = read_lines(PING + b"\nx", SESSIONS)
    assert (both.rule, both.valid) == ("", False)


def test_only_requests_under_plain_ids_have_to_be_answered() -> None:
    assert read_strictly(PING, SESSIONS).wants_answer
    assert not read_strictly(PING.replace(b":1", b":" + b"9" * 30), SESSIONS).wants_answer
    assert not read_strictly(b'{"jsonrpc":"2.0","method":"ping"}', SESSIONS).wants_answer
    assert not read_strictly(PING.replace(b"ping", b"notifications/x"), SESSIONS).wants_answer
    assert not read_strictly(PING.replace(b"}", b',"more":1}'), SESSIONS).wants_answer


def test_ids_are_found_wherever_a_lenient_reader_may_look() -> None:
    assert set(ids_in(b"[" + PING + b',{"ID":"x"}]')) == {1, "x"}
    assert ids_in(b"no json") == ()
    assert ids_in(PING[:-1]) == (1,)
    assert 1 in ids_in(PING.replace(b"ping", b"p\xffng"))
    assert [is_plain_id(value) for value in (1, "a", True, 1.5, None, 2**60, "a\0")] == [True, True, *[False] * 5]


def test_the_strategy_makes_right_and_wrong_messages_of_many_kinds() -> None:
    rules: Counter[str] = Counter()

    @QUICK
    @given(protocol_messages(SESSIONS))
    def collect(case: MessageCase) -> None:
        reading = case.read(SESSIONS)
        rules[reading.rule or ("open" if reading.open else "valid")] += 1
        json.dumps(case.as_json())
        assert len(case.body) <= 256 * 1024

    collect()
    assert len(rules) >= 7
    assert rules["valid"] >= 30


@pytest.mark.parametrize("revision", [SESSIONS, NEWEST])
def test_a_case_shrinks_to_one_change_of_the_plainest_message(revision: Revision) -> None:
    def has_number_for_version(case: MessageCase) -> bool:
        message = case.read(revision).message
        version = message.get("jsonrpc") if isinstance(message, dict) else None
        return isinstance(version, int | float) and not isinstance(version, bool)

    often = settings(QUICK, max_examples=2000)
    random = Random(0)  # noqa: S311 - repeatable, not secret
    found = find(protocol_messages(revision), has_number_for_version, settings=often, random=random)
    plain = correct_messages(revision)[0]
    assert json.loads(found.body) == {**plain, "jsonrpc": 0}
    assert found.headers == ()


@pytest.mark.parametrize("message", [*correct_messages(NEWEST), None, [], [1], {}, "x", {"a": [{}]}])
def test_every_change_applies_to_every_message(message: Any) -> None:
    for shape in SHAPES:
        for number in range(0, DETAILS, 7):
            json.dumps(changed(message, change_of(shape, number % len(ODD_VALUES), number)))


def test_ids_are_fresh_each_time_that_a_case_is_sent() -> None:
    case = unchanged(correct_messages(SESSIONS)[0], SESSIONS)
    first, second = case.numbered(), case.numbered()
    assert first != second
    assert str(OWN_ID).encode() not in first
    assert len(first) == len(case.body)


def test_headers_that_mirror_a_message_go_along_where_it_cannot_be_read() -> None:
    case = unchanged(next(one for one in correct_messages(NEWEST) if one["method"] == "prompts/get"), NEWEST)
    assert sent_headers(case) == {}
    spoiled = MessageCase(case.body[:-1], (("mcp-name", None),), case.mirrored)
    assert sent_headers(spoiled) == {"mcp-method": "prompts/get", "mcp-name": None}
