"""What counts as a message, told from its bytes."""

import json
from typing import Any

import pytest
from oraclepack_mcp.protocol.strict import (
    MAX_DEPTH,
    Kind,
    RefusedError,
    batch_members,
    classify,
    decode,
    envelope_revision,
    negotiated,
)
from oraclepack_mcp.protocol.turns import Turns

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def refusal(message: Any) -> dict[str, Any]:
    with pytest.raises(RefusedError) as caught:
        classify(message)
    return caught.value.reply()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nope",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1,}',
        b'"\xff"',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_bytes_that_are_no_json_are_a_parse_error(raw: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        decode(raw)

    assert caught.value.code == -32700
    assert caught.value.id is None


def test_json_up_to_the_depth_limit_is_read() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert json.dumps(decode(deep), separators=(",", ":")).encode() == deep
    assert decode(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize("identity", [None, 1.5, True, False, {}, []])
def test_a_request_with_an_id_that_is_no_string_or_integer_is_refused_without_one(identity: object) -> None:
    reply = refusal({**PING, "id": identity})

    assert reply["error"]["code"] == -32600
    assert reply["id"] is None


@pytest.mark.parametrize(
    ("message", "identity"),
    [
        (5, None),
        ("ping", None),
        (None, None),
        ([], None),
        ({}, None),
        ({"id": 1, "method": "ping"}, 1),
        ({**PING, "jsonrpc": "1.0"}, 1),
        ({**PING, "jsonrpc": 2.0}, 1),
        ({**PING, "method": 7}, 1),
        ({**PING, "method": None}, 1),
        ({**PING, "params": 5}, 1),
        ({**PING, "params": "x"}, 1),
        ({**PING, "params": None}, 1),
        ({"jsonrpc": "2.0", "method": "x", "params": []}, None),
        ({"jsonrpc": "2.0", "id": 1}, 1),
        ({"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}, 1),
        ({"jsonrpc": "2.0", "result": {}}, None),
    ],
)
def test_what_is_no_request_object_is_an_invalid_request(message: Any, identity: object) -> None:
    reply = refusal(message)

    assert reply["error"]["code"] == -32600
    assert reply["id"] == identity
    assert "\n" not in reply["error"]["message"]


def test_params_passed_by_position_are_invalid_params() -> None:
    assert refusal({**PING, "params": []})["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (PING, Kind.REQUEST),
        ({**PING, "id": ""}, Kind.REQUEST),
        ({"jsonrpc": "2.0", "method": "x"}, Kind.NOTIFICATION),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, Kind.RESPONSE),
        ({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "x"}}, Kind.RESPONSE),
    ],
)
def test_each_kind_of_message_is_told_apart(message: Any, kind: Kind) -> None:
    assert classify(message) is kind


def test_a_batch_keeps_good_members_and_refuses_bad_ones_alone() -> None:
    members = batch_members([PING, 5, {"jsonrpc": "2.0", "id": 2, "method": "initialize"}])

    assert members[0] == PING
    assert [member.reply()["id"] for member in members if isinstance(member, RefusedError)] == [None, 2]
    with pytest.raises(RefusedError):
        batch_members([])


def test_the_revision_of_a_stateless_request_is_in_its_meta_but_initialize_has_none() -> None:
    params = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}

    assert envelope_revision({**PING, "params": params}) == "2026-07-28"
    assert envelope_revision({**PING, "method": "initialize", "params": params}) is None
    assert envelope_revision(PING) is None
    assert envelope_revision([PING]) is None


@pytest.mark.parametrize(
    ("asked", "given"), [("2025-03-26", "2025-03-26"), ("2026-07-28", "2025-11-25"), (7, "2025-11-25")]
)
def test_the_handshake_leads_to_the_revision_asked_for_or_the_latest(asked: object, given: str) -> None:
    assert negotiated({"params": {"protocolVersion": asked}}) == given


def test_only_requests_whose_ids_read_alike_take_turns() -> None:
    turns = Turns()
    lock = turns.of("session", PING)

    assert turns.of("session", {**PING, "id": "1"}) is lock
    assert turns.of("other", PING) is not lock
    assert turns.of("session", {"jsonrpc": "2.0", "id": 1, "result": {}}) is not lock
    assert turns.of("session", {"jsonrpc": "2.0", "method": "x"}) is not lock
