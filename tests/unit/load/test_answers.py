"""What counts as an answer."""

import pytest
from mcp_audit_harness.load.generator.answers import agreed_version, failure, is_answer, take_events


@pytest.mark.parametrize(
    ("message", "kind", "what"),
    [
        (b"", "transport", "no message"),
        (b"<html>", "transport", "no JSON-RPC"),
        (b"[]", "transport", "no JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":7,"x":' + b"[" * 100_000, "transport", "no JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":8,"result":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":"7","result":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":true,"result":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":7.0,"result":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":[],"result":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":{},"error":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":7,"error":{"code":[],"message":[[]]}}', "jsonrpc", "no code"),
        (b'{"id":7,"result":{}}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":7}', "transport", "no answer to our id"),
        (b'{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"x"}}', "jsonrpc", "-32603"),
        (b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}', "jsonrpc", "-32700"),
        (b'{"jsonrpc":"2.0","id":7,"error":{}}', "jsonrpc", "no code"),
        (b'{"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":true}}', "tool", "isError"),
    ],
)
def test_what_fails(message: bytes, kind: str, what: str) -> None:
    found = failure(message, 7, "tools/call")

    assert found is not None
    assert found[:2] == (kind, what)


@pytest.mark.parametrize(
    "message",
    [
        b'{"jsonrpc":"2.0","id":7,"result":{}}',
        b'{"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":false}}',
        b'{"jsonrpc":"2.0","id":7,"result":{"content":[{"text":"\\"isError\\":true"}]}}',
        b'{"jsonrpc":"2.0","id":7,"result":{"content":[{"isError":true}]}}',
    ],
)
def test_what_does_not(message: bytes) -> None:
    assert failure(message, 7, "tools/call") is None


def test_only_the_result_of_a_tool_can_say_that_it_is_an_error() -> None:
    assert failure(b'{"jsonrpc":"2.0","id":7,"result":{"isError":true}}', 7, "resources/read") is None


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (b'{"result":{"protocolVersion":"2025-06-18"}}', "2025-06-18"),
        (b'{"result":{"protocolVersion":5}}', None),
        (b'{"result":[]}', None),
        (b'{"result":{"x":' + b"[" * 100_000, None),
    ],
)
def test_the_version_that_is_agreed_on(answer: bytes, version: str | None) -> None:
    assert agreed_version(answer) == version


def test_examples_are_short() -> None:
    said = b'{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"%b"}}' % (b"x" * 5000)

    found = failure(said, 7, "tools/list")

    assert found is not None
    assert len(found[2]) == 200


def test_the_answer_is_told_from_what_comes_before_it() -> None:
    assert not is_answer(b'{"jsonrpc":"2.0","method":"notifications/progress","params":{}}', 7)
    assert not is_answer(b'{"jsonrpc":"2.0","id":7,"method":"ping"}', 7)
    assert not is_answer(b"nonsense", 7)
    assert is_answer(b'{"jsonrpc":"2.0","id":7,"result":{}}', 7)
    assert is_answer(b'{"jsonrpc":"2.0","id":7,"error":{"code":1}}', 7)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_events_are_cut_off_whole(end: bytes) -> None:
    text = b"\n".join([b": hello", b"", b"event: message", b"data: a", b"data:b", b"", b"id: 5", b"data: "]).replace(
        b"\n", end
    )
    buffer = bytearray(text)

    assert list(take_events(buffer)) == [b"a\nb"]
    assert bytes(buffer) == b"id: 5" + end + b"data: "

    buffer += b"c" + end + end
    assert list(take_events(buffer)) == [b"c"]
    assert not buffer


def test_true_is_not_one() -> None:
    assert failure(b'{"jsonrpc":"2.0","id":true,"result":{}}', 1, "tools/list") is not None
    assert not is_answer(b'{"jsonrpc":"2.0","id":true,"result":{}}', 1)
