from collections.abc import Sequence
from typing import Any

import pytest
from oraclepack_faults.event_stream import EventStream


def doubled(value: Any) -> Sequence[object]:
    return [{**value, "again": number} for number in (1, 2)]


def unchanged(value: Any) -> None:
    return None


def dropped(value: Any) -> Sequence[object]:
    return []


def test_a_payload_is_replaced_and_the_other_fields_stay() -> None:
    stream = EventStream(lambda value: [{"b": value["a"]}])
    assert stream.feed(b'id: 7\nevent: message\nretry: 5\ndata: {"a":1}\n\n') == (
        b'id: 7\nevent: message\nretry: 5\ndata: {"b":1}\n\n'
    )


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_events_are_found_however_they_are_cut(newline: bytes, size: int) -> None:
    text = newline.join([b"id: 1", b'data: {"a":', b"data: 1}", b"", b"data: ", b"", b'data: {"a":2}', b"", b""])
    stream = EventStream(lambda value: [{"b": value["a"]}])
    out = b"".join(stream.feed(text[start : start + size]) for start in range(0, len(text), size))
    wanted = [b"id: 1", b'data: {"b":1}', b"", b"data: ", b"", b'data: {"b":2}', b"", b""]
    assert out == newline.join(wanted)
    assert stream.close() == b""


@pytest.mark.parametrize(
    "block", [b"id: 1\ndata: \n\n", b"id: 1\ndata\n\n", b": ping\n\n", b"data: plain\n\n", b"id: 2\n\n"]
)
def test_priming_events_comments_and_text_pass_untouched(block: bytes) -> None:
    assert EventStream(doubled).feed(block) == block


def test_an_event_that_no_fault_changes_keeps_its_bytes() -> None:
    block = b'data:  { "a" : 1e2 }\n\n'
    assert EventStream(unchanged).feed(block) == block


def test_of_several_events_only_the_first_has_the_id() -> None:
    assert EventStream(doubled).feed(b'event: message\nid: 3\ndata: {"a":1}\n\n') == (
        b'event: message\nid: 3\ndata: {"a":1,"again":1}\n\nevent: message\ndata: {"a":1,"again":2}\n\n'
    )


def test_a_dropped_event_leaves_nothing() -> None:
    assert EventStream(dropped).feed(b'id: 3\ndata: {"a":1}\n\ndata:\n\n') == b"data:\n\n"


def test_bytes_with_newlines_become_several_data_lines() -> None:
    assert EventStream(lambda value: [b"{\n\n"]).feed(b"data: {}\n\n") == b"data: {\ndata: \ndata: \n\n"


def test_an_unfinished_event_is_held_back_and_given_out_at_the_end() -> None:
    stream = EventStream(doubled)
    assert stream.feed(b'data: {"a":1}\n') == b""
    assert stream.close() == b'data: {"a":1}\n'
