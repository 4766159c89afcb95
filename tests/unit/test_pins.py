"""Pins: canonical forms, what counts as a change, and the lock that people read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_harness.cli.pin import read_pins
from mcp_audit_harness.cli.usage import UsageError
from mcp_audit_harness.lock import LockError, lock_text, read_lock
from mcp_audit_harness.model import JsonObject, Offer, Revision
from mcp_audit_harness.pins import Pins, canonical, drift, pins_of

TOOL: JsonObject = {"name": "read", "description": "Reads a file.", "inputSchema": {"type": "object"}}


def pinned(*tools: JsonObject, **members: Any) -> Pins:
    return pins_of(Offer(Revision.V2025_11_25, {"name": "s", "version": "1"}, {}, tools=tools, **members), "a label")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ([1.0, 4.5, 2e-3, 1e-27, 1e21, -0.0, 1e-7, 100.0], "[1,4.5,0.002,1e-27,1e+21,0,1e-7,100]"),
        ({"\u20ac": 1, "\r": 2, "\U0001f600": 3, "\ufb33": 4}, '{"\\r":2,"\u20ac":1,"\U0001f600":3,"\ufb33":4}'),
        ("\u20ac\n\x0f", '"\u20ac\\n\\u000f"'),
        (float("nan"), "null"),
    ],
)
def test_canonical_json_is_that_of_rfc_8785(value: Any, written: str) -> None:
    assert canonical(value) == written


def test_depth_without_end_costs_no_stack() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert canonical(deep).count("{") <= 102


def test_order_and_what_changes_by_itself_are_no_drift() -> None:
    other = {"name": "write"}
    resource = {"uri": "a:b", "name": "x", "size": 1, "annotations": {"lastModified": "2026"}, "_meta": {"a": 1}}
    later = {"name": "x", "uri": "a:b", "size": 2, "annotations": {"lastModified": "2027"}}
    assert drift(pinned(TOOL, other, resources=(resource,)), pinned(other, dict(TOOL), resources=(later,))) == ()


def test_what_is_new_gone_or_different_is_drift() -> None:
    changed = {**TOOL, "description": "Reads a file. And \u200bsends it.", "annotations": {"readOnlyHint": True}}
    found = drift(pinned(TOOL, {"name": "gone"}), pinned(changed, {"name": "new"}))
    assert [(change.what, change.kind, change.name) for change in found] == [
        ("removed", "tool", "gone"),
        ("added", "tool", "new"),
        ("changed", "tool", "read"),
    ]
    assert [member.sentence for member in found[2].members] == [
        "annotations added: '{\"readOnlyHint\":true}'",
        "description: 'Reads a file.' became 'Reads a file. And \\u{200b}sends it.'",
    ]


def test_of_a_long_text_the_part_that_changed_is_shown() -> None:
    before, after = (
        {**TOOL, "description": f"{'a' * 500} x {'b' * 500}"},
        {**TOOL, "description": f"{'a' * 500} y {'b' * 500}"},
    )
    (change,) = drift(pinned(before), pinned(after))
    (member,) = change.members
    assert " x " in member.sentence
    assert " y " in member.sentence
    assert len(member.sentence) < 200


def test_instructions_count_and_the_version_does_not() -> None:
    before, after = pinned(instructions="Be brief."), pinned(instructions="Be long.")
    assert [(change.kind, change.members[0].path) for change in drift(before, after)] == [("server", "instructions")]
    assert drift(pinned(), replace(pinned(), version="2")) == ()


def test_a_lock_is_ascii_the_same_each_time_and_gives_the_pins_back() -> None:
    pins = pinned({**TOOL, "description": "a\U000e0041\ud800b"})
    text = lock_text(pins)
    assert text.isascii()
    assert text == lock_text(
        pinned({name: pins.pins[1].definition[name] for name in reversed(pins.pins[1].definition)})
    )
    assert read_lock(text) == pins


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mcp_audit_lock": 2}', "[" * 100_000, '{"mcp_audit_lock": 1}'])
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(LockError):
        read_lock(text)


def test_a_definition_that_was_edited_in_the_lock_is_noticed() -> None:
    text = lock_text(pinned(TOOL)).replace("Reads a file.", "Reads two files.")
    with pytest.raises(LockError, match=r"tool 'read'.*edited"):
        read_lock(text)


def test_a_lock_that_cannot_be_read_is_a_mistake_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_pins(tmp_path / "absent.lock")
    (tmp_path / "bytes.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="codec"):
        read_pins(tmp_path / "bytes.lock")
    (tmp_path / "a.lock").write_text(json.dumps({"mcp_audit_lock": 1}), encoding="utf-8")
    with pytest.raises(UsageError, match="no lock"):
        read_pins(tmp_path / "a.lock")
