"""Strict decoding with a reason for every refusal, and what a value is to JSON-RPC."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.wire.codec import MessageKind, WireError, classify, decode, dump, parse, parse_or_none

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | VALUES,
        "id": VALUES,
        "method": st.text() | VALUES,
        "params": VALUES,
        "result": VALUES,
        "error": st.fixed_dictionaries({"code": VALUES, "message": VALUES}) | VALUES,
    },
)


def strictly(data: bytes | str) -> Any:
    return decode(data, max_bytes=16 * 1024 * 1024, max_depth=64)


def reason(data: bytes | str) -> str:
    with pytest.raises(WireError) as caught:
        strictly(data)
    return caught.value.reason


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_wire_error(data: bytes) -> None:
    try:
        value = strictly(data)
    except WireError:
        return
    assert value == json.loads(data)


@given(VALUES)
def test_what_is_dumped_is_decoded_to_the_same(value: Any) -> None:
    assert strictly(dump(value)) == value


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff", "not-utf8"),
        ('{"a": 1}'.encode("utf-16"), "not-utf8"),
        (b"", "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b"NaN", "not-a-number"),
        (b"[-Infinity]", "not-a-number"),
        (b"1e400", "not-a-number"),
        (b"9" * 5000, "number-too-long"),
        (b'{"a": 1, "a": 1}', "duplicate-key"),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "duplicate-key"),
        (b"[" * 65 + b"]" * 65, "too-deep"),
        (b"[" * 10_000_000, "too-deep"),
        ('{"a":' * 2_000_000, "too-deep"),
    ],
    ids=lambda value: None if isinstance(value, str) and "-" in value else ascii(value[:12]),
)
def test_each_refusal_has_its_reason(data: bytes | str, expected: str) -> None:
    assert reason(data) == expected


@pytest.mark.parametrize("data", [b'"123456"', '"123456"', '"\u20ac\u20ac"'])
def test_the_limit_is_in_bytes_whatever_the_text_is_given_as(data: bytes | str) -> None:
    assert decode(data, max_bytes=8, max_depth=1)
    with pytest.raises(WireError, match="more than 7 bytes"):
        decode(data, max_bytes=7, max_depth=1)


def test_nesting_up_to_the_limit_is_decoded() -> None:
    assert strictly(b"[" * 64 + b"]" * 64)


def test_a_lone_surrogate_that_is_escaped_is_decoded_and_dumped_again() -> None:
    value = strictly(rb'{"\ud800": "\udfff"}')
    assert value == {"\ud800": "\udfff"}
    assert strictly(dump(value)) == value


def test_the_tolerant_parser_takes_the_last_of_members_with_one_name() -> None:
    assert parse('{"a": 1, "a": 2}') == {"a": 2}


def test_the_tolerant_parser_gives_reasons_too() -> None:
    with pytest.raises(WireError) as caught:
        parse(b"\xc3(")
    assert caught.value.reason == "not-utf8"
    assert parse_or_none(b"\xc3(") is None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"jsonrpc": "2.0", "id": 1, "method": "ping"}, MessageKind.REQUEST),
        ({"jsonrpc": "2.0", "id": 0, "method": "ping", "params": []}, MessageKind.REQUEST),
        ({"jsonrpc": "2.0", "method": "notifications/x", "params": {}}, MessageKind.NOTIFICATION),
        ({"jsonrpc": "2.0", "id": "", "result": None}, MessageKind.RESULT),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": ""}}, MessageKind.ERROR),
        ({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": ""}}, MessageKind.ERROR),
        ({"jsonrpc": "2.0", "error": {"code": -32700, "message": ""}}, MessageKind.ERROR),
        ([{}], MessageKind.BATCH),
    ],
    ids=str,
)
def test_messages_are_told_apart(message: Any, kind: MessageKind) -> None:
    assert classify(message) == (kind, "")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ([], "an empty batch"),
        ("ping", "neither an object nor a batch"),
        ({"id": 1, "result": {}}, "jsonrpc is not '2.0'"),
        ({"jsonrpc": 2.0, "id": 1, "result": {}}, "jsonrpc is not '2.0'"),
        ({"jsonrpc": "2.0", "id": 1}, "no method, result or error"),
        ({"jsonrpc": "2.0", "id": 1, "result": {}, "error": None}, "result and error in one message"),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "result": {}}, "method and result in one message"),
        ({"jsonrpc": "2.0", "method": 1}, "method is not a string"),
        ({"jsonrpc": "2.0", "method": "a", "params": None}, "params is neither an object nor an array"),
        ({"jsonrpc": "2.0", "method": "a", "id": None}, "id is neither a string nor a number"),
        ({"jsonrpc": "2.0", "result": {}}, "id is neither a string nor a number"),
        ({"jsonrpc": "2.0", "id": True, "result": {}}, "id is neither a string nor a number"),
        ({"jsonrpc": "2.0", "id": 1, "error": "x"}, "error is not an object"),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": True, "message": ""}}, "error.code is not an integer"),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}, "error.message is not a string"),
        (
            {"jsonrpc": "2.0", "id": [], "error": {"code": 1, "message": ""}},
            "id is neither a string, a number nor null",
        ),
    ],
    ids=str,
)
def test_an_invalid_message_has_a_reason(message: Any, why: str) -> None:
    assert classify(message) == (MessageKind.INVALID, why)


@given(VALUES | MEMBERS)
def test_any_value_is_of_one_kind_and_invalid_ones_alone_have_a_reason(value: Any) -> None:
    kind, why = classify(value)
    assert bool(why) == (kind is MessageKind.INVALID)
