"""Values that strict readers of JSON refuse."""

import json

import msgspec
from hypothesis import given
from mcp_audit_harness.model import Revision
from mcp_audit_reports.plain import DEPTH, plain

from tests.unit.reports.hostile import JSON, STEADY


@STEADY
@given(JSON)
def test_every_value_becomes_strict_json(value: object) -> None:
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    assert msgspec.json.decode(text.encode()) == plain(value)


def test_what_json_cannot_say_is_said_in_words() -> None:
    assert plain([float("nan"), float("-inf"), 1 << 2000, "a\ud800", Revision.V2025_11_25, (True, None)]) == [
        "nan",
        "-inf",
        "[an integer of 2001 bits]",
        "a\\ud800",
        "2025-11-25",
        [True, None],
    ]


def test_depth_is_bounded() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    text = json.dumps(plain(deep))
    assert text.count("[") == DEPTH + 2
    assert "[nested deeper]" in text
