"""Eight times the hostile input takes about eight times the work, for everything that reads what a target sends."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from mcp_audit_harness.model import Revision
from mcp_audit_harness.session.inbox import Inbox
from mcp_audit_harness.session.redaction import Redaction
from mcp_audit_harness.transport.lines import LineFramer
from mcp_audit_harness.transport.raw import RawAnswer
from mcp_audit_harness.transport.reading import HttpLimits, Reading
from mcp_audit_harness.transport.sse_parser import SseParser
from mcp_audit_harness.wire.codec import WireError, decode, parse
from mcp_audit_harness.wire.schema import violations
from mcp_audit_reports.escape import code, fenced, json_text, prose
from mcp_audit_scenarios.attacks.addresses_inside import _HOST
from mcp_audit_scenarios.attacks.arguments_abuse import _TRACE
from mcp_audit_scenarios.attacks.invisible import _BLANKS
from mcp_audit_scenarios.attacks.leak_patterns import likely_secret, place, proven_secret, trace
from mcp_audit_scenarios.conformance.challenge import challenges
from mcp_audit_scenarios.conformance.elicitation import _EMAIL

from tests.exchanges import exchange

from .growing import grows_linearly

_PIECES = (
    *(
        "[",
        "{",
        '{"a":',
        "[1,",
        '"',
        "\\",
        "\\u",
        '"\\ud800',
        "9",
        "9,",
        "-",
        "1e9",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\x00",
    ),
    *("data:", "data:\n", "data: x\n\n", "id:\r", ":\n", "\ufeff", "\u202e", "`", "|", "@", "_", "*", "<", "&", "://"),
    *(
        "a",
        "A",
        "a.",
        "a=",
        'a="\\',
        "a,",
        "a ",
        ".",
        "/",
        "eyJ",
        "eyJ.",
        "/home/",
        "\nat ",
        "Error\n",
        "gh",
        "sk-",
        "(",
        "x@",
    ),
    *(
        "-----BEGIN PRIVATE KEY-----",
        'Traceback (most recent call last):\n File "',
        'File "a", line 1, in a\n',
        "HTTP/1.1 ",
    ),
    *("HTTP/1.1 200 OK\r\n", "a: b\r\n", "1\r\na\r\n", "0\r\n\r\n", ", ", '",'),
)


def _parsed(data: bytes) -> None:
    with suppress(WireError):
        parse(data, depth=64)


def _decoded(data: bytes) -> None:
    with suppress(WireError):
        decode(data, max_bytes=1 << 30, max_depth=64)


def _judged(data: bytes) -> None:
    try:
        value = parse(b"[" + data.rstrip(b",") + b"]", depth=64)
    except WireError:
        value = data.decode()
    for result in ({"tools": value}, {"content": [{"type": "text", "text": value}]}, {"more": value}):
        violations({"jsonrpc": "2.0", "id": 1, "result": result}, Revision.V2025_11_25, method="tools/list")


def _connected(data: bytes) -> None:
    answer = RawAnswer(b"GET", Reading(HttpLimits()))
    for start in range(0, len(data), 4096):
        if answer.fault is None:
            answer.take(data[start : start + 4096])


def _answered(data: bytes) -> None:
    reading = Reading(HttpLimits(), Inbox({"id": 1, "method": "x"}))
    reading.begin(200, (("content-type", "text/event-stream"),))
    for start in range(0, len(data), 512):
        reading.take(data[start : start + 512])


def _streamed(data: bytes) -> None:
    parser = SseParser(event_bytes=1 << 30, events=1 << 30)
    for start in range(0, len(data), 64):
        parser.feed(data[start : start + 64])


def _framed(data: bytes) -> None:
    framer = LineFramer(1 << 30)
    for start in range(0, len(data), 64):
        framer.feed(data[start : start + 64])


def _of_text(work: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: work(data.decode())


_REDACTION = Redaction(["secret-of-the-operator", "aaaaaaaaaaaaaaaaaaaaaaaa"])
_READERS: dict[str, Callable[[bytes], object]] = {
    "parse": _parsed,
    "decode": _decoded,
    "wire schema": _judged,
    "raw connection": _connected,
    "http answer": _answered,
    "event stream": _streamed,
    "lines": _framed,
    "redaction": _of_text(_REDACTION.text),
    "markdown": _of_text(lambda text: (prose(text), code(text), fenced(text))),
    "json": _of_text(json_text),
    "secrets": _of_text(lambda text: (proven_secret(text), likely_secret(text))),
    "traces": _of_text(lambda text: (trace(text), place(text), _TRACE.search(text))),
    "hosts": _of_text(_HOST.findall),
    "blanks": _of_text(_BLANKS.search),
    "addresses": _of_text(_EMAIL.search),
    "challenge": _of_text(lambda text: challenges(exchange(headers=(("www-authenticate", text),)))),
}


@pytest.mark.parametrize("name", list(_READERS))
def test_the_work_of_a_reader_grows_as_what_it_reads_does(name: str) -> None:
    growing_faster = [
        piece
        for piece in _PIECES
        if not grows_linearly(_READERS[name], lambda size: (piece * (size // len(piece))).encode())  # noqa: B023
    ]
    assert growing_faster == []


def test_work_that_grows_with_the_square_is_told_from_that() -> None:
    def looks_from_everywhere(data: bytes) -> int:
        return sum(data.find(b"\n```", start) for start in range(0, len(data), 8))

    assert grows_linearly(bytes.splitlines, lambda size: b"\n" * size)
    assert not grows_linearly(looks_from_everywhere, lambda size: b"`" * size)
