"""JSON is read and written as Go's package does it."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs import go_json
from oraclepack_mcp.runs.go_json import Members, Number, Reader

_TEXT = st.text(st.characters(codec="utf-8"))
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


def as_python(value: Any) -> Any:
    if isinstance(value, Number):
        return float(value)
    if isinstance(value, Members):
        return {key: as_python(item) for key, item in value}
    return [as_python(item) for item in value] if isinstance(value, list) else value


def with_floats(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {key: with_floats(item) for key, item in value.items()}
    return [with_floats(item) for item in value] if isinstance(value, list) else value


def refuse(name: str) -> None:
    raise ValueError(name)


def code_of(raw: bytes) -> str:
    with pytest.raises(DomainError) as caught:
        go_json.parse(raw)
    return caught.value.code


@given(_VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    written = go_json.dump(value)

    assert as_python(go_json.parse(written)) == with_floats(value)
    assert with_floats(json.loads(written)) == with_floats(value)


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_integer_of_64_bits_is_read_as_it_is_written(value: int) -> None:
    assert go_json.integer(go_json.parse(go_json.dump(value)), None, "n") == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_as_it_is_written(value: float) -> None:
    assert go_json.floating(go_json.parse(go_json.dump(value)), None, "x") == value


@given(st.binary(max_size=50) | _TEXT.map(str.encode) | _VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused_as_no_json(raw: bytes) -> None:
    try:
        json.loads(raw.decode("utf-8", "replace"), parse_constant=refuse)
    except ValueError:
        assert code_of(raw) == "STATE_INVALID_JSON"
    else:
        go_json.parse(raw)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5.0, "5"),
        (4.7, "4.7"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (-0.0, "-0"),
        ("<a&b>\u2028\u2029", '"\\u003ca\\u0026b\\u003e\\u2028\\u2029"'),
        ("\x01\t\n\x7fé", '"\\u0001\\t\\n\x7fé"'),
        ("\ud800", '"\ufffd"'),
        ({}, "{}"),
        ([], "[]"),
        ({"a": [1, {"b": None}]}, '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ]\n}'),
    ],
)
def test_numbers_escapes_and_indentation_are_those_of_go(value: object, written: str) -> None:
    assert go_json.dump(value).decode() == written


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_infinity_and_nan_are_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON has no infinity"):
        go_json.dump(number)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"NaN",
        b"[Infinity]",
        b"{} x",
        b"\xef\xbb\xbf{}",
        b'"\x01"',
        b"01",
        b"[1,]",
        b"'a'",
        b"9" * 100_000 + b"x",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 101 + b"]" * 101,
    ],
)
def test_what_is_no_json_or_too_deep_is_refused(raw: bytes) -> None:
    assert code_of(raw) == "STATE_INVALID_JSON"


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    text = "[" * 5000 + '\\"' * 10

    assert go_json.parse(f'["{text}"]'.encode()) == ["[" * 5000 + '"' * 10]


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 400_000, b'"' * 800_001, b"{" + b'"a":1,' * 150_000])
def test_hostile_text_of_a_mebibyte_is_refused_in_time(raw: bytes) -> None:
    before = time.process_time()

    assert code_of(raw) == "STATE_INVALID_JSON"
    assert time.process_time() - before < 5  # seconds of processor time; a quadratic scan takes hours


def test_an_escape_that_is_half_a_character_and_bytes_that_are_no_text_become_the_replacement() -> None:
    assert go_json.parse(b'["\\ud800", "\xff", "\\ud83d\\ude00"]') == ["\ufffd", "\ufffd", "\U0001f600"]


def test_members_match_without_case_but_only_for_letters_that_go_folds() -> None:
    read: dict[str, Reader[Any]] = {"start_time": go_json.text}

    for key in ("start_time", "START_time", "\u017ftart_time"):
        assert go_json.read_object(go_json.parse(f'{{"{key}": "x"}}'.encode()), read, "o") == {"start_time": "x"}
    for key in ("\ufb06art_time", "starttime", "start_time "):
        assert go_json.read_object(go_json.parse(f'{{"{key}": "x"}}'.encode()), read, "o") == {}


def test_a_later_member_wins_and_null_leaves_a_value_as_it_is() -> None:
    read: dict[str, Reader[Any]] = {"a": go_json.text, "m": go_json.mapping(go_json.integer)}
    raw = b'{"a": "1", "A": "2", "a": null, "m": {"x": 1}, "M": {"y": 2}}'

    assert go_json.read_object(go_json.parse(raw), read, "o") == {"a": "2", "m": {"x": 1, "y": 2}}
    assert go_json.read_object(go_json.parse(b'{"m": {"x": 1}, "m": null}'), read, "o") == {}


@pytest.mark.parametrize(
    ("reader", "raw"),
    [
        (go_json.text, b"1"),
        (go_json.text, b"{}"),
        (go_json.integer, b'"3"'),
        (go_json.integer, b"2.5"),
        (go_json.integer, b"2.0"),
        (go_json.integer, b"1e3"),
        (go_json.integer, b"9223372036854775808"),
        (go_json.integer, b"true"),
        (go_json.integer, b"9" * 5000),
        (go_json.floating, b'"1"'),
        (go_json.floating, b"1e400"),
        (go_json.boolean, b"0"),
        (go_json.boolean, b'"true"'),
        (go_json.array(go_json.text), b"{}"),
        (go_json.array(go_json.text), b"[1]"),
        (go_json.mapping(go_json.text), b"[]"),
        (go_json.mapping(go_json.text), b'{"a": 1}'),
        (go_json.time, b'"yesterday"'),
        (go_json.time, b'"2026-02-29T00:00:00Z"'),
        (go_json.time, b'"2026-01-01T24:00:00Z"'),
        (go_json.time, b'"2026-01-01T00:00:00+24:00"'),
        (go_json.time, b'"2026-01-01 00:00:00Z"'),
        (go_json.time, b'"2026-01-01T00:00:00z"'),
        (go_json.time, b'"2026-01-01T00:00:00,5Z"'),
        (go_json.time, b'"2026-01-01T00:00:00Z\\n"'),
    ],
)
def test_a_value_of_another_type_is_refused(reader: Any, raw: bytes) -> None:
    with pytest.raises(DomainError) as caught:
        reader(go_json.parse(raw), None, "the place")
    assert caught.value.code == "STATE_WRONG_TYPE"
    assert caught.value.sentence.startswith("the place")
