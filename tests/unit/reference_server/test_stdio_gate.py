"""A connection over lines: nothing unreadable is swallowed, batches are answered together, input may end early."""

from typing import Any

import pytest
from oraclepack_mcp.settings import Settings

from tests.unit.reference_server.test_features import META, MODERN, exchange, handshake, request

PING = {"jsonrpc": "2.0", "id": 3, "method": "ping"}


def replies(*said: object) -> list[tuple[Any, Any]]:
    """Id and error code of each answer."""
    return [(answer["id"], answer.get("error", {}).get("code")) for answer in exchange(*said)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nope", -32700),
        ('{"jsonrpc":"2.0","id":NaN,"method":"ping"}', -32700),
        ('{"jsonrpc":"2.0","method":"a\udcff"}', -32700),
        ("5", -32600),
        ("[]", -32600),
        ('{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        ('{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
        ('{"method":"ping"}', -32600),
    ],
)
def test_a_line_that_is_no_message_is_answered_without_an_id(line: str, expected: int) -> None:
    assert replies(line, PING) == [(None, expected), (3, None)]


def test_blank_lines_say_nothing() -> None:
    assert replies("", "  ", PING) == [(3, None)]


def test_an_oversized_line_is_refused_and_the_next_one_served() -> None:
    answers = exchange("x" * 2000, PING, settings=Settings(max_message_bytes=1024))

    assert [answer["id"] for answer in answers] == [None, 3]


def test_only_ping_is_served_before_initialize() -> None:
    assert replies(PING, request("tools/list")) == [(3, None), (2, -32600)]


def test_a_connection_is_initialized_once() -> None:
    opening = handshake("2025-11-25")[0]

    assert replies(opening, {**opening, "id": 9}, PING) == [(1, None), (9, -32600), (3, None)]


def test_a_batch_is_answered_by_one_line_where_the_revision_has_batches() -> None:
    notification = {"jsonrpc": "2.0", "method": "notifications/unheard"}
    opening, batch = exchange(*handshake("2025-03-26"), [PING, 5, notification, request("tools/list")])

    assert opening["id"] == 1
    assert sorted(str(answer["id"]) for answer in batch) == ["2", "3", "None"]


def test_ids_that_are_used_twice_in_a_batch_are_answered_twice() -> None:
    pings = [{**PING, "id": identity} for identity in (1, "1", 1)]

    assert sorted(map(str, (answer["id"] for answer in exchange(*handshake("2025-03-26"), pings)[1]))) == [
        "1",
        "1",
        "1",
    ]


def test_a_cancelled_member_does_not_hold_up_its_batch() -> None:
    slow = request("tools/call", {"name": "oraclepack_validate_pack", "arguments": {"pack": "release-readiness.md"}})
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}

    answers = exchange(*handshake("2025-03-26"), [PING, slow], cancel, {**PING, "id": 4})

    assert {"jsonrpc": "2.0", "id": 3, "result": {}} in next(answer for answer in answers if isinstance(answer, list))
    assert {"jsonrpc": "2.0", "id": 4, "result": {}} in answers


def test_a_batch_of_nothing_good_is_answered_and_one_of_notifications_is_not() -> None:
    notification = {"jsonrpc": "2.0", "method": "notifications/unheard"}
    answers = exchange(*handshake("2025-03-26"), [notification], [5, 6], PING)

    assert [answer["id"] for answer in answers[1]] == [None, None]
    assert answers[2]["id"] == 3


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-06-18", "2025-11-25"])
def test_a_batch_is_refused_at_other_revisions(revision: str) -> None:
    assert sorted(replies(*handshake(revision), [PING]), key=str) == [(1, None), (None, -32600)]


def test_a_batch_is_refused_in_the_stateless_era() -> None:
    first = request("tools/list", {"_meta": META})

    assert sorted(replies(first, [first]), key=str) == [(2, None), (None, -32600)]


def test_a_stateless_connection_refuses_the_handshake_and_names_its_revision() -> None:
    answers = exchange(request("tools/list", {"_meta": META}), {**handshake("2025-11-25")[0], "id": 8})
    refusal = next(answer for answer in answers if answer["id"] == 8)

    assert refusal["error"]["code"] == -32022
    assert MODERN in refusal["error"]["data"]["supported"]
