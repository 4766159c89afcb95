"""What a connection makes of what a server does with it."""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from geventhttpclient.connectionpool import ConnectionPool
from mcp_audit_harness.load.generator.connection import Connection, NoAnswerError

from tests.servers import answering, closed_port, read_request, reset

_OK = b"HTTP/1.1 200 OK\r\n"
_JSON = _OK + b"content-type: application/json\r\n"


def _never(_: bytes) -> bool:
    return False


@contextmanager
def _connected(script: Callable[[socket.socket], None], timeout_s: float = 5.0) -> Iterator[Connection]:
    with answering(script) as url:
        connection = _to(url, timeout_s)
        yield connection
        connection.close()


def _to(url: str, timeout_s: float = 5.0) -> Connection:
    place = urlsplit(url)
    assert place.hostname is not None
    assert place.port is not None
    return Connection(ConnectionPool(place.hostname, place.port, place.hostname, place.port, size=1), timeout_s)


def _saying(*answers: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        for answer in answers:
            read_request(connection)
            connection.sendall(answer)

    return script


def _resetting(connection: socket.socket) -> None:
    read_request(connection)
    reset(connection)


def _ask(connection: Connection) -> tuple[int, bytes]:
    status, _, body = connection.exchange(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n", _never)
    return status, body


@pytest.mark.parametrize(
    "answer",
    [
        _JSON + b"content-length: 2\r\n\r\n{}",
        _JSON + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + _JSON + b"content-length: 2\r\n\r\n{}",
        _JSON + b"connection: close\r\n\r\n{}",
    ],
)
def test_an_answer_is_its_status_and_its_body(answer: bytes) -> None:
    with _connected(_saying(answer)) as connection:
        assert _ask(connection) == (200, b"{}")


def test_one_connection_serves_one_request_after_the_other() -> None:
    answer = _JSON + b"content-length: 2\r\n\r\n{}"
    with _connected(_saying(answer, answer, answer)) as connection:
        assert [_ask(connection) for _ in range(3)] == [(200, b"{}")] * 3


def test_a_connection_that_the_server_ends_after_each_answer_is_opened_anew() -> None:
    answer = _JSON + b"connection: close\r\ncontent-length: 2\r\n\r\n{}"
    with _connected(_saying(answer)) as connection:
        assert [_ask(connection) for _ in range(3)] == [(200, b"{}")] * 3


def test_an_interim_answer_is_none() -> None:
    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.sendall(_JSON + b"content-length: 2\r\n\r\n{}")

    with _connected(script) as connection:
        assert _ask(connection) == (200, b"{}")


def test_a_connection_that_the_server_has_closed_meanwhile_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_audit_harness.load.generator.connection._STALE_S", 0.0)
    with _connected(_saying(_JSON + b"content-length: 2\r\n\r\n{}")) as connection:
        for _ in range(3):
            assert _ask(connection) == (200, b"{}")
            assert select.select([connection._socket], [], [], 10)[0]


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (_saying(b""), ("transport", "connection closed")),
        (_saying(_JSON + b"content-length: 10\r\n\r\n{}"), ("transport", "connection closed")),
        (_saying(b"SSH-2.0-OpenSSH\r\n\r\n"), ("transport", "no HTTP")),
        (_resetting, ("transport", "connection reset")),
    ],
)
def test_what_is_no_whole_answer_says_why(script: Callable[[socket.socket], None], failure: tuple[str, str]) -> None:
    with _connected(script) as connection, pytest.raises(NoAnswerError) as raised:
        _ask(connection)

    assert raised.value.failure[:2] == failure


def test_nobody_listens() -> None:
    with pytest.raises(NoAnswerError) as raised:
        _ask(_to(closed_port()))

    assert raised.value.failure[:2] == ("transport", "connection refused")


def test_bytes_that_drip_do_not_prolong_the_wait() -> None:
    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(_JSON + b"content-length: 1000\r\n\r\n")
        connection.settimeout(0.1)
        for _ in range(100):
            connection.sendall(b" ")
            try:
                connection.recv(1)
            except TimeoutError:
                continue
            return

    with _connected(script, timeout_s=0.5) as connection, pytest.raises(NoAnswerError) as raised:
        _ask(connection)

    assert raised.value.failure[:2] == ("timeout", "0.5 s")


@pytest.mark.parametrize("begins", [_OK, _JSON + b"content-length: 99999999999\r\n\r\n"])
def test_an_answer_without_an_end_is_given_up(begins: bytes) -> None:
    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(begins)
        for number in range(100_000):
            connection.sendall(b"x-%d: %b\r\n" % (number, b"y" * 10_000))

    with _connected(script, timeout_s=20.0) as connection, pytest.raises(NoAnswerError) as raised:
        _ask(connection)

    assert raised.value.failure[:2] == ("transport", "endless answer")


def test_an_event_stream_is_left_at_the_answer_and_read_to_its_end_before_the_next_request() -> None:
    stream = _OK + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    def script(connection: socket.socket) -> None:
        for _ in range(2):
            read_request(connection)
            connection.sendall(stream + b"9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n")
            connection.sendall(b"9\r\ndata: c\n\n\r\n0\r\n\r\n")

    with _connected(script) as connection:
        for _ in range(2):
            status, _, message = connection.exchange(b"POST / HTTP/1.1\r\n\r\n", lambda said: said == b"b")
            assert (status, message) == (200, b"b")
