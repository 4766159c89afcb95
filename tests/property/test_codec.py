"""The JSON-RPC codec: any bytes are a value, or a `WireError` with its reason."""

import json
from collections.abc import Callable
from typing import Any, get_args

from hypothesis import example, given
from mcp_audit_harness.wire.codec import (
    MessageKind,
    Reason,
    WireError,
    classify,
    count_values,
    decode,
    dump,
    identity,
    objects,
    parse,
    parse_or_none,
    request_ids,
)

from .messages import MESSAGES, TEXT, VALUES
from .searching import searched

_REASONS = get_args(Reason)


@searched(400)
@given(TEXT)
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"[" * 64 + b"9" * 5000)
@example(b'"\\ud800"')
@example(b'{"\\ud800":1,"\\ud800":2}')
@example(b"[1e400]")
def test_both_readers_give_a_value_or_a_reason(data: bytes) -> None:
    for text in (data, data.decode("utf-8", "surrogateescape")):
        value = _read(lambda: parse(text, depth=64))  # noqa: B023
        strict = _read(lambda: decode(text, max_bytes=1 << 20, max_depth=64))  # noqa: B023
        for refused in (value, strict):
            if isinstance(refused, WireError):
                assert refused.reason in _REASONS
                assert len(str(refused)) < 300
        if not isinstance(value, WireError):
            assert _beyond_a_double(value) or parse(dump(value), depth=64) == value
        if not isinstance(strict, WireError):
            assert strict == value


@searched(200)
@given(TEXT)
def test_what_the_strict_reader_takes_every_reader_takes_alike(data: bytes) -> None:
    try:
        value = decode(data, max_bytes=1 << 20, max_depth=64)
    except WireError:
        return
    assert value == json.loads(data)
    assert json.dumps(value, allow_nan=False)
    assert _depth(value) <= 64
    assert _values(value) <= count_values(data)


@searched(150)
@given(MESSAGES | VALUES)
def test_every_value_is_a_kind_of_message_or_has_a_reason_why_not(message: Any) -> None:
    kind, why = classify(message)
    assert (kind is MessageKind.INVALID) == bool(why)
    method, rpc_id = identity(message)
    assert method is None or isinstance(method, str)
    assert rpc_id is None or isinstance(rpc_id, str | int)
    assert len(request_ids(message)) <= len(list(objects(message)))
    assert parse_or_none(dump(message)) == message


def _read(read: Callable[[], Any]) -> Any:
    """Return the value, or why there is none."""
    try:
        return read()
    except WireError as refused:
        return refused


def _beyond_a_double(value: Any) -> bool:
    """Whether the tolerant reader took a number that JSON can write and a double cannot hold."""
    return "Infinity" in json.dumps(value)


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list) or not value:
        return int(isinstance(value, dict | list))
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value))


def _values(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 1
    return 1 + sum(map(_values, value.values() if isinstance(value, dict) else value))
