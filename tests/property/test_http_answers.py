"""HTTP answers: any header, any body in any chunks, any bytes on a connection end in an outcome, within the bounds."""

import gzip
import zlib

from hypothesis import example, given
from hypothesis import strategies as st
from mcp_audit_harness.model import Outcome
from mcp_audit_harness.session.inbox import Inbox
from mcp_audit_harness.transport.faults import one_line
from mcp_audit_harness.transport.inflate import decoder
from mcp_audit_harness.transport.raw import RawAnswer
from mcp_audit_harness.transport.reading import Headers, HttpAnswer, HttpLimits, Reading

from .messages import TEXT
from .searching import CUTS, chunks, searched, spoiled

_LIMITS = HttpLimits(body_bytes=200, event_bytes=60, events=3)
_STREAMS = spoiled(
    (b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n', b"event: endpoint\ndata: /x\n\n"),
    (b"data:", b"\n\n", b"id: 1\n"),
)
_BODIES = TEXT | _STREAMS
_PACKED = st.one_of(
    _BODIES,
    _BODIES.map(gzip.compress),
    _BODIES.map(zlib.compress),
    _BODIES.map(lambda body: zlib.compress(body)[2:-4]),
    _BODIES.map(lambda body: gzip.compress(body) + gzip.compress(body)),
    st.just(gzip.compress(bytes(1 << 20))),
)
_FIELDS = st.sampled_from(
    [
        ("content-type", "text/event-stream"),
        ("content-type", "Text/Event-Stream ; charset=latin-1"),
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
        ("content-encoding", "DEFLATE"),
        ("content-encoding", "br, gzip"),
        ("content-encoding", "\x00"),
    ]
)
_HEADERS: st.SearchStrategy[Headers] = st.lists(_FIELDS, max_size=4).map(tuple)
_STATUSES = st.sampled_from([200, 202, 204, 400, 500])


def _read(status: int, headers: Headers, body: bytes, cuts: list[int], *, awaiting: bool) -> HttpAnswer:
    inbox = Inbox({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    reading = Reading(_LIMITS, inbox, awaiting=awaiting)
    reading.begin(status, headers)
    for chunk in chunks(body, cuts):
        reading.take(chunk)
        if reading.fault is not None:
            break
    return reading.answer(reading.broke(reading.fault) if reading.fault is not None else reading.ended(), 0.0)


@searched(400)
@given(_STATUSES, _HEADERS, _PACKED, CUTS, st.booleans())
@example(200, (("content-encoding", "gzip"),), gzip.compress(bytes(1 << 20)), [], False)
@example(200, (("content-encoding", "gzip"),), b"\x1f\x8b\x08", [1, 2], False)
def test_any_answer_has_an_outcome_and_stays_within_its_bounds(
    status: int, headers: Headers, body: bytes, cuts: list[int], awaiting: bool
) -> None:
    answer = _read(status, headers, body, cuts, awaiting=awaiting)
    assert answer.outcome in {Outcome.ANSWERED, Outcome.CLOSED, Outcome.TOO_LARGE, Outcome.MALFORMED}
    assert len(answer.body) <= _LIMITS.body_bytes
    assert len(answer.events) <= _LIMITS.events
    assert all(len(event.data) <= _LIMITS.event_bytes for event in answer.events)
    assert answer.note.isprintable()


@searched(200)
@given(_HEADERS, _PACKED, CUTS)
@example((("content-encoding", "deflate"),), zlib.compress(b"x" * 50)[2:-4], [1])
@example((("content-encoding", "deflate"),), b"\x00\x00", [0])
def test_how_an_answer_arrives_changes_nothing_of_it(headers: Headers, body: bytes, cuts: list[int]) -> None:
    at_once = _read(200, headers, body, [], awaiting=False)
    in_pieces = _read(200, headers, body, cuts, awaiting=False)
    if at_once.outcome is Outcome.ANSWERED:
        assert in_pieces == at_once
    else:
        assert in_pieces.outcome is not Outcome.ANSWERED or in_pieces.events


@searched(200)
@given(st.text(max_size=12) | _FIELDS.map(lambda field: field[1]), _PACKED, st.integers(0, 50), CUTS)
def test_a_decoder_gives_no_more_than_there_is_room_for(coding: str, body: bytes, room: int, cuts: list[int]) -> None:
    unpacking, note = decoder(coding)
    assert note.isprintable()
    for chunk in chunks(body, cuts):
        try:
            assert len(unpacking.feed(chunk, room + 1)) <= room + 1
        except zlib.error:
            return


_CONNECTIONS = spoiled(
    (
        b'HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{"jsonrpc":"2.0","id":1,"result":{}}',
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"9\r\ndata: 1\n\n\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nx",
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    ),
    (
        *(
            b"HTTP/1.1 ",
            b"HTTP/2 200\r\n\r\n",
            b"\r\n",
            b"\n",
            b"\r\n\r\n",
            b": ",
            b"0\r\n\r\n",
            b"ffffffffffffffff\r\n",
        ),
        *(b"Content-Length: -1\r\n", b"Content-Length: 1\r\nContent-Length: 2\r\n", b"Transfer-Encoding: gzip\r\n"),
        *(b"Content-Encoding: gzip\r\n", b" folded\r\n", b"\x00", b"\xff", b"HTTP/1.1 999 \xe9\r\n\r\n", b"a" * 70_000),
    ),
)


@searched(500)
@given(st.sampled_from([b"GET", b"POST", b"HEAD", b"CONNECTED"]), _CONNECTIONS, CUTS, st.booleans())
@example(b"GET", b"HTTP/1.1 101 X\r\n\r\n", [], True)
@example(b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", [], False)
def test_whatever_a_connection_carries_becomes_an_outcome(
    verb: bytes, stream: bytes, cuts: list[int], closes: bool
) -> None:
    answer = RawAnswer(verb, Reading(_LIMITS, lambda event: event.data == "1"))
    for chunk in filter(None, chunks(stream, cuts)):
        answer.take(chunk)
        if answer.fault is not None:
            break
    if closes and answer.fault is None:
        answer.take(b"")
    if answer.fault is not None:
        end = answer.broke(answer.fault)
    else:
        end = answer.closed() if answer.eof else answer.reading.timed_out(1.0)
    seen = answer.result(end, 0.0)
    assert seen.outcome in set(Outcome) - {Outcome.UNREACHABLE, Outcome.RESET}
    assert seen.note.isprintable()
    assert len(seen.events) <= _LIMITS.events
    assert seen.status is not None or len(seen.body) <= len(stream)


@searched(200)
@given(st.text(max_size=400))
@example("\x1b[2J" * 200)
def test_a_note_is_one_short_printable_line(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert len(shown) <= 240
