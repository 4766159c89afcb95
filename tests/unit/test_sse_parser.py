"""The event stream parser against the rules of WHATWG HTML 9.2.6, and against any bytes in any chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.model import SseEvent
from mcp_audit_harness.transport.sse_parser import SseParser


def parse(*chunks: bytes, event_bytes: int = 1000, events: int = 100) -> list[SseEvent]:
    parser = SseParser(event_bytes=event_bytes, events=events)
    return [event for chunk in chunks for event in parser.feed(chunk)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_all_three_line_ends_separate_fields_and_events(end: bytes) -> None:
    stream = end.join([b"event: add", b"data: 1", b"", b"data: 2", b"", b""])
    assert parse(stream) == [SseEvent("add", "1"), SseEvent("message", "2")]


@pytest.mark.parametrize(
    ("block", "event"),
    [
        (b"data\n\n", SseEvent("message", "")),
        (b"data\ndata\n\n", SseEvent("message", "\n")),
        (b"data:x\ndata: y\n\n", SseEvent("message", "x\ny")),
        (b"data:  two spaces\n\n", SseEvent("message", " two spaces")),
        (b": comment\ndata: x\nunknown: y\n\n", SseEvent("message", "x")),
        (b"id: 7\nretry: 250\ndata: x\n\n", SseEvent("message", "x", "7", 250)),
        (b"id\ndata: x\n\n", SseEvent("message", "x", "")),
        (b"id: a\0b\ndata: x\n\n", SseEvent("message", "x")),
        (b"retry: 1.5\ndata: x\n\n", SseEvent("message", "x")),
        ("retry: \u0661\ndata: x\n\n".encode(), SseEvent("message", "x")),
        (b"retry: " + b"9" * 5000 + b"\ndata: x\n\n", SseEvent("message", "x")),
        (b"Data: case matters\ndata: x\n\n", SseEvent("message", "x")),
        (b"data: \xff\n\n", SseEvent("message", "\ufffd")),
        ("data: grün\n\n".encode(), SseEvent("message", "grün")),
        (b"\xef\xbb\xbfdata: x\n\n", SseEvent("message", "x")),
    ],
)
def test_a_block_is_read_as_the_standard_says(block: bytes, event: SseEvent) -> None:
    assert parse(block, event_bytes=10_000) == [event]


def test_a_byte_order_mark_counts_only_at_the_start() -> None:
    assert parse(b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n") == [SseEvent("message", "1")]


def test_a_block_without_data_is_kept_with_an_empty_type_if_it_holds_an_id_or_a_retry_time() -> None:
    assert parse(b"event: x\n\nid: 1\n\nretry: 5\n\n: only a comment\n\n") == [
        SseEvent("", "", "1"),
        SseEvent("", "", None, 5),
    ]


def test_the_last_event_id_survives_blocks_that_have_none() -> None:
    parser = SseParser(event_bytes=100, events=10)
    parser.feed(b"id: 1\ndata: a\n\ndata: b\n\n")
    assert parser.last_event_id == "1"


def test_an_event_without_its_empty_line_is_not_dispatched() -> None:
    parser = SseParser(event_bytes=100, events=10)
    assert parser.feed(b"data: x\n") == []
    assert parser.unfinished


def test_a_carriage_return_ends_the_line_at_once_and_swallows_a_line_feed_in_the_next_chunk() -> None:
    assert parse(b"data: x\r\r") == [SseEvent("message", "x")]
    assert parse(b"data: x\r", b"\n", b"data: y\r", b"\n\r", b"\n") == [SseEvent("message", "x\ny")]


def test_a_line_without_end_is_cut_at_the_bound() -> None:
    parser = SseParser(event_bytes=10, events=10)
    assert parser.feed(b"data: 12345") == []
    assert parser.overflow == "an event is longer than 10 bytes"
    assert parser.feed(b"\n\n") == []


def test_many_data_lines_of_one_event_are_cut_at_the_bound() -> None:
    parser = SseParser(event_bytes=20, events=10)
    parser.feed(b"data: 1\n" * 3)
    assert "longer than 20" in parser.overflow


def test_events_over_the_bound_are_cut_and_the_count_can_be_restarted() -> None:
    parser = SseParser(event_bytes=100, events=2)
    assert len(parser.feed(b"data: x\n\n" * 2)) == 2
    parser.restart_count()
    assert len(parser.feed(b"data: x\n\n" * 3)) == 2
    assert parser.overflow == "more than 2 events"


FRAGMENTS = st.sampled_from(
    [b"data:", b"data: {}", b"id: 1", b"id:\0", b"event: x", b"retry: 10", b":", b"\r", b"\n", b"\r\n", b"\xef\xbb\xbf"]
)


@given(st.lists(st.one_of(FRAGMENTS, st.binary(max_size=5)), max_size=40), st.data())
def test_any_bytes_in_any_chunks_give_the_same_events_or_the_same_bound(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(pieces)
    whole = SseParser(event_bytes=30, events=4)
    expected = whole.feed(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    parts = SseParser(event_bytes=30, events=4)
    found: list[SseEvent] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += parts.feed(stream[start:stop])
    assert found == expected
    assert (parts.overflow, parts.unfinished, parts.last_event_id) == (
        whole.overflow,
        whole.unfinished,
        whole.last_event_id,
    )
