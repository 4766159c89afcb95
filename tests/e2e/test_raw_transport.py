"""Raw bytes, and HTTP from servers that do not speak it well: every way to fail is an outcome."""

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.model import Outcome
from mcp_audit_harness.transport.http import HttpClient, HttpRequest, parsed
from mcp_audit_harness.transport.raw import RawConnection
from mcp_audit_harness.transport.reading import HttpAnswer, HttpLimits

from tests.servers import answering, closed_port, read_request, reset

pytestmark = pytest.mark.e2e

Script = Callable[[socket.socket], None]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
LIMITS = HttpLimits(body_bytes=100_000, event_bytes=10_000, events=50)


def raw(url: str, data: bytes = GET, *, timeout: float = 5.0) -> HttpAnswer:
    return asyncio.run(RawConnection(parsed(url), limits=LIMITS).exchange(data, timeout=timeout))


def fetch(
    url: str,
    verb: str = "GET",
    headers: dict[str, str | None] | None = None,
    body: bytes | None = None,
    *,
    timeout: float = 5.0,
    verify_tls: bool = True,
) -> HttpAnswer:
    async def run() -> HttpAnswer:
        client = HttpClient(parsed(url).scheme, verify_tls=verify_tls, limits=LIMITS)
        try:
            request = HttpRequest.of(verb, url, headers or {}, body, agent="test")
            return await client.fetch(request, timeout=timeout)
        finally:
            await client.aclose()

    return asyncio.run(run())


def says(
    *pieces: bytes, then: Callable[[socket.socket], None] = socket.socket.close
) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        read_request(connection)
        for piece in pieces:
            connection.sendall(piece)
        then(connection)

    return script


def hang(connection: socket.socket) -> None:
    connection.recv(1)


BROKEN = [
    pytest.param(says(b"220 mail.example ESMTP\r\n\r\n"), Outcome.MALFORMED, "not HTTP/1.1", id="garbage"),
    pytest.param(
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", then=hang),
        Outcome.MALFORMED,
        "not HTTP/1.1",
        id="broken chunk",
    ),
    pytest.param(
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), Outcome.CLOSED, "middle of the answer", id="cut"
    ),
    pytest.param(says(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"), Outcome.MALFORMED, "not HTTP/1.1", id="bad header"),
    pytest.param(says(), Outcome.CLOSED, "without an HTTP answer", id="closed"),
    pytest.param(says(then=reset), Outcome.RESET, "reset", id="reset"),
    pytest.param(says(then=hang), Outcome.SILENT, "no answer within", id="silent"),
    pytest.param(
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", then=hang),
        Outcome.SILENT,
        "had not ended",
        id="stuck",
    ),
]


@pytest.mark.parametrize("send", [raw, fetch])
@pytest.mark.parametrize(("script", "outcome", "note"), BROKEN)
def test_what_is_not_a_whole_answer_has_an_outcome_of_its_own(
    send: Callable[..., HttpAnswer], script: Callable[[socket.socket], None], outcome: Outcome, note: str
) -> None:
    with answering(script) as url:
        answer = send(url, timeout=0.5 if outcome is Outcome.SILENT else 5.0)
    assert answer.outcome is outcome
    assert note in answer.note


@pytest.mark.parametrize("send", [raw, fetch])
def test_a_closed_port_is_unreachable(send: Callable[..., HttpAnswer]) -> None:
    answer = send(closed_port())
    assert (answer.outcome, answer.note) == (Outcome.UNREACHABLE, "connection refused")


@pytest.mark.parametrize("send", [raw, fetch])
def test_a_name_that_does_not_resolve_is_unreachable(send: Callable[..., HttpAnswer]) -> None:
    answer = send("http://name..invalid/")  # refused by the resolver before any look-up
    assert (answer.outcome, answer.note) == (Outcome.UNREACHABLE, "the host name cannot be resolved")


@pytest.mark.parametrize("send", [raw, fetch])
def test_ten_gigabytes_are_cut_at_the_bound(send: Callable[..., HttpAnswer]) -> None:
    sent = threading.Semaphore(0)

    def flood(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 10_000_000)
            sent.release()

    with answering(flood) as url:
        answer = send(url)
    assert answer.outcome is Outcome.TOO_LARGE
    assert len(answer.body) == 100_000
    assert sent._value < 5


def test_a_compression_bomb_costs_no_more_than_the_bound() -> None:
    import zlib

    bomb = zlib.compress(b"\0" * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with answering(says(head + bomb)) as url:
        answer = fetch(url)
    assert answer.outcome is Outcome.TOO_LARGE
    assert len(answer.body) == 100_000
    assert "although only identity was asked for" in answer.note


def test_a_compressed_answer_is_read_all_the_same() -> None:
    import gzip

    packed = gzip.compress(b'{"a": 1}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with answering(says(head + packed)) as url:
        assert fetch(url).body == b'{"a": 1}'


def test_a_broken_compressed_body_is_malformed() -> None:
    with answering(says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")) as url:
        assert fetch(url).outcome is Outcome.MALFORMED


def test_an_endless_event_stream_is_cut_by_its_number_of_events() -> None:
    def flood(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            connection.sendall(b"data: x\n\n" * 10)

    with answering(flood) as url:
        answer = fetch(url)
    assert (answer.outcome, len(answer.events)) == (Outcome.TOO_LARGE, 50)


def test_an_event_stream_that_says_nothing_is_bounded_by_time() -> None:
    script = says(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n", then=hang)
    with answering(script) as url:
        answer = fetch(url, timeout=0.3)
    assert (answer.outcome, answer.status) == (Outcome.ANSWERED, 200)
    assert answer.note == "stream still open after 0.3 s"


def test_raw_bytes_reach_the_target_as_they_are_and_its_answer_is_parsed() -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(OK)
        connection.close()

    with answering(script) as url:
        answer = raw(url, b"POST  / HTTP/1.1\r\nhOsT:x\r\n\r\n")
    assert seen == [b"POST  / HTTP/1.1\r\nhOsT:x\r\n\r\n"]
    assert (answer.outcome, answer.status, answer.body) == (Outcome.ANSWERED, 200, b"ok")


def test_a_second_answer_on_a_raw_connection_is_noted() -> None:
    with answering(says(OK, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) as url:
        answer = raw(url)
    assert answer.outcome is Outcome.ANSWERED
    assert "followed by: HTTP/1.1 404 Not Found" in answer.note


def test_a_raw_answer_that_is_not_http_is_kept_as_text() -> None:
    with answering(says(b"what?")) as url:
        answer = raw(url)
    assert (answer.outcome, answer.body) == (Outcome.MALFORMED, b"what?")


def test_the_answer_to_a_raw_head_request_has_no_body() -> None:
    with answering(says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")) as url:
        assert raw(url, b"HEAD / HTTP/1.1\r\n\r\n").outcome is Outcome.ANSWERED


def test_an_answer_sent_before_the_request_was_read_is_still_seen() -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1_000_000):
            pass

    with answering(script) as url:
        assert fetch(url, "POST", body=b"x" * 5_000_000).status == 413


def test_a_redirect_is_recorded_and_not_followed() -> None:
    script = says(b"HTTP/1.1 302 Found\r\nLocation: http://[broken\r\nContent-Length: 0\r\n\r\n")
    with answering(script) as url:
        answer = fetch(url)
    assert (answer.outcome, answer.status, answer.header("location")) == (Outcome.ANSWERED, 302, "http://[broken")


def test_only_the_named_headers_go_out() -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(OK)

    with answering(script) as url:
        fetch(url + "/a?b=c", headers={"host": "attacker.example", "x-é": None, "user-agent": None, "x-a": "é"})
    assert seen == [b"GET /a?b=c HTTP/1.1\r\nhost: attacker.example\r\naccept-encoding: identity\r\nx-a: \xe9\r\n\r\n"]


@pytest.mark.parametrize(
    "headers",
    [{"host": None}, {"x": "a\r\nb: c"}, {"bad name": "x"}, {"content-length": "1"}, {"content-length": None}],
)
def test_a_request_that_http_cannot_express_is_our_fault(headers: dict[str, str | None]) -> None:
    with answering(says(OK)) as url, pytest.raises(HarnessError, match="cannot be sent"):
        fetch(url, "POST", headers, b"xx")


def test_a_body_can_go_out_in_chunks() -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        while not b"".join(seen).endswith(b"0\r\n\r\n"):
            seen.append(connection.recv(1000))
        connection.sendall(OK)

    with answering(script) as url:
        fetch(url, "post", {"transfer-encoding": "chunked"}, b"xx")
    assert b"".join(seen).startswith(b"POST / ")
    assert b"".join(seen).endswith(b"\r\n\r\n2\r\nxx\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "no url", "http://", "http://[::1", "http://127.0.0.1:65536/", "http://x/\ud800"]
)
def test_what_is_not_an_http_url_is_refused(url: str) -> None:
    with pytest.raises(HarnessError):
        parsed(url)


@pytest.mark.parametrize("send", [raw, fetch])
def test_https_to_a_server_without_tls_says_so(send: Callable[..., HttpAnswer]) -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with answering(script) as url:
        answer = send(url.replace("http:", "https:"))
    assert answer.outcome is Outcome.UNREACHABLE
    assert "TLS handshake failed" in answer.note
