"""Event streams and lines: any bytes, however they arrive, give what the standard says, within their bounds."""

from httpx2 import URL
from hypothesis import example, given
from hypothesis import strategies as st
from mcp_audit_harness.model import SseEvent
from mcp_audit_harness.transport.lines import Line, LineFramer
from mcp_audit_harness.transport.sse import SseChannel
from mcp_audit_harness.transport.sse_parser import SseParser

from .messages import TEXT
from .searching import CUTS, chunks, searched, spoiled

_EVENTS = spoiled(
    (
        b'event: message\nid: 7\nretry: 10\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
        b"data: a\r\ndata: b\r\n\r\n",
    ),
    (
        b"data:",
        b"data",
        b"data: ",
        b"id",
        b"id:\x00",
        b"event:",
        b"retry:1",
        b":",
        b"\r",
        b"\n",
        b"\xef\xbb\xbf",
        b"\xff",
    ),
)
_ENDPOINTS = st.sampled_from(
    [
        *(
            "/messages",
            "//evil.example/",
            "http://evil.example",
            "http://127.0.0.1:8000@evil.example/",
            "\\\\evil",
            "?a",
        ),
        *(
            "http://127.0.0.1:8000/x",
            "http://[",
            "http://127.0.0.1:99999/",
            "javascript:1",
            "",
            "\x00",
            "http:///x",
            "#",
        ),
        *("https://127.0.0.1:8000/", "http://user@127.0.0.1:8000/", "http://127.0.0.1:8000:1/", "http://\u2100/"),
    ]
)


def _as_the_standard_says(stream: bytes) -> list[tuple[str, str]]:
    """Type and data of the events that a browser dispatches, from the whole text at once (WHATWG HTML, 9.2.6)."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found, name, data = [], "", list[str]()
    for line in text.split("\n")[:-1]:
        if not line:
            if data:
                found.append((name or "message", "\n".join(data)))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
    return found


@searched(400)
@given(_EVENTS, CUTS)
@example(b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\n", [])
@example(b"data: \xe2\x82\xacx\n\n", [7])
def test_any_stream_gives_the_events_that_a_browser_would_see(stream: bytes, cuts: list[int]) -> None:
    parser = SseParser(event_bytes=1 << 16, events=1000)
    events: list[SseEvent] = [event for chunk in chunks(stream, cuts) for event in parser.feed(chunk)]
    assert not parser.overflow
    assert [(event.event, event.data) for event in events if event.event] == _as_the_standard_says(stream)


@searched(300)
@given(TEXT | _EVENTS, CUTS, st.integers(1, 40))
def test_lines_are_those_of_the_stream_and_none_is_longer_than_the_bound(
    stream: bytes, cuts: list[int], limit: int
) -> None:
    framer = LineFramer(limit)
    lines: list[Line] = [line for chunk in chunks(stream, cuts) for line in framer.feed(chunk)]
    last = framer.finish()
    *whole, rest = stream.split(b"\n")
    expected = [Line(line[:limit], cut=len(line) > limit) for line in whole]
    if len(rest) > limit:
        expected.append(Line(rest[:limit], cut=True))
    assert lines == expected
    assert last == (Line(rest, ended=False) if 0 < len(rest) <= limit else None)


@searched(300)
@given(st.lists(_ENDPOINTS | st.text(max_size=8), max_size=3).map("".join))
@example("http://127.0.0.1:8000\\@evil.example/")
@example("http:evil")
def test_an_endpoint_is_never_of_another_origin(reference: str) -> None:
    channel = SseChannel("http://127.0.0.1:8000/sse")
    endpoint = channel._resolve(reference)
    assert bool(endpoint.url) != bool(endpoint.refusal)
    if endpoint.url:
        assert URL(endpoint.url).origin == URL("http://127.0.0.1:8000").origin
        assert not URL(endpoint.url).userinfo
