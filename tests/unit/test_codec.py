"""The codec: any bytes become a value or a ValueError, and messages are told apart by value and type of their ids."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.wire.codec import dump, identity, objects, parse, request_ids, rpc

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_value_error(data: bytes) -> None:
    try:
        value = parse(data, depth=64)
    except ValueError:
        return
    assert value == json.loads(data)


@given(JSON)
def test_what_is_dumped_is_one_line_and_parses_to_the_same(value: Any) -> None:
    data = dump(value)
    assert b"\n" not in data
    assert parse(data) == value


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 500_000, "[" * 65 + "]" * 65])
def test_deep_nesting_is_refused_and_never_exhausts_the_stack(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested|Expecting"):
        parse(text, depth=64)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}', "", "{", "nul", '{"a":1}x'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@given(JSON)
def test_any_value_can_be_asked_for_its_method_ids_and_objects(value: Any) -> None:
    method, rpc_id = identity(value)
    assert method is None or value["method"] == method
    assert rpc_id is None or value["id"] == rpc_id
    assert len(request_ids(value)) <= len(list(objects(value)))


def test_ids_of_another_type_are_other_ids() -> None:
    batch = [
        rpc("ping", None, 1),
        rpc("ping", None, "1"),
        {"method": "ping", "id": True},
        {"method": "ping", "id": None},
    ]
    assert request_ids(batch) == {(int, 1), (str, "1")}


def test_more_values_than_anybody_sends_are_not_parsed() -> None:
    with pytest.raises(ValueError, match="more than 1048576 values"):
        parse("[" + "{}," * 2_000_000 + "{}]", depth=64)
    assert len(parse("[" + "1," * 1000 + "1]", depth=64)) == 1001
