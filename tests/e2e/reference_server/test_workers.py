"""Several workers behind one address, as processes."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from tests.e2e.reference_client import MODERN, Client, events, initialize, request

pytestmark = pytest.mark.e2e

PROGRAM = """
import json, sys
from oraclepack_mcp.cli import announce
from oraclepack_mcp.http.workers import serve_with_workers
from oraclepack_mcp.settings import Settings
serve_with_workers(Settings(transport="streamable-http", port=0, **json.loads(sys.argv[1])), on_listening=announce)
"""


class Served:
    """A parent with its workers."""

    def __init__(self, settings: dict[str, object]) -> None:
        command = [sys.executable, "-P", "-c", PROGRAM, json.dumps(settings)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.url = self.process.stderr.readline().strip()

    def workers(self) -> set[int]:
        pid = self.process.pid
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    def stop(self) -> str:
        if self.process.poll() is None:
            self.process.terminate()
        _, stderr = self.process.communicate(timeout=30)
        return stderr


@contextlib.contextmanager
def served(**settings: object) -> Iterator[Served]:
    running = Served({"workers": 2, **settings})
    try:
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def served_in(directory: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Workers whose private files lie below a directory; its name is short, as the path of a socket has to be."""
    monkeypatch.setenv("TMPDIR", directory)
    with served() as running:
        yield running


@contextlib.contextmanager
def new_client(url: str) -> Iterator[Client]:
    """A client whose connections are its own."""
    client = Client(url)
    try:
        yield client
    finally:
        client.http.close()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def open_on_each(url: str) -> dict[str, dict[str, str]]:
    """One session on every worker, by the worker's number; which worker takes a connection is chance."""
    found: dict[str, dict[str, str]] = {}

    def look(_: int) -> None:
        with new_client(url) as client:
            headers = client.open("2025-11-25")
            found[headers["Mcp-Session-Id"].partition(".")[0]] = headers

    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            list(pool.map(look, range(16)))
            if len(found) == 2:
                return found
    raise AssertionError("one worker took every connection")


@pytest.fixture(scope="module")
def pair() -> Iterator[Served]:
    with served() as running:
        yield running


def test_a_session_is_usable_over_forty_new_connections_from_whichever_worker(pair: Served) -> None:
    sessions = open_on_each(pair.url)

    def use(number: int) -> int:
        with new_client(pair.url) as client:
            answer = client.post(request("tools/list", identity=number), sessions[str(number % 2)])
            assert answer.headers["mcp-session-id"] == sessions[str(number % 2)]["Mcp-Session-Id"]
            identity: int = events(answer)[0]["id"]
            return identity

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(40))) == list(range(40))


def test_session_ids_stay_long_and_different(pair: Served) -> None:
    with new_client(pair.url) as client:
        ids = {client.open("2025-11-25")["Mcp-Session-Id"] for _ in range(10)}

    assert len(ids) == 10
    assert all(len(identity) >= 34 for identity in ids)


def test_every_session_streams_and_ends_whichever_worker_is_asked(pair: Served) -> None:
    for headers in open_on_each(pair.url).values():
        for _ in range(6):
            with (
                new_client(pair.url) as client,
                client.http.stream("GET", pair.url, headers={**headers, "Accept": "text/event-stream"}) as stream,
            ):
                assert stream.status_code == 200
                assert stream.headers["content-type"].startswith("text/event-stream")
                with new_client(pair.url) as other:
                    second = other.http.get(pair.url, headers={**headers, "Accept": "text/event-stream"})
                    assert second.status_code == 409, "the first stream is open"
            wait_until_free(pair.url, headers)
        with new_client(pair.url) as client:
            assert client.http.delete(pair.url, headers=headers).status_code == 200
            assert client.post(request("ping"), headers).status_code == 404


def wait_until_free(url: str, headers: dict[str, str]) -> None:
    """Wait until the session has noticed that its stream was left."""

    def is_free() -> bool:
        with (
            new_client(url) as client,
            client.http.stream("GET", url, headers={**headers, "Accept": "text/event-stream"}) as stream,
        ):
            return stream.status_code == 200

    wait_for(is_free)
    wait_for(is_free)


def test_progress_and_large_bodies_cross_between_workers(pair: Served) -> None:
    large = {"name": "oraclepack_validate_pack", "arguments": {"pack": "x" * 300_000}}
    telling = {"name": "oraclepack_list_packs", "arguments": {"limit": 2}, "_meta": {"progressToken": 7}}
    for headers in open_on_each(pair.url).values():
        for _ in range(4):
            with new_client(pair.url) as client:
                assert "error" in json.dumps(events(client.post(request("tools/call", large), headers))[0]).lower()
                *told, _ = events(client.post(request("tools/call", telling), headers))
                assert [message["params"]["progress"] for message in told] == [1, 2]


def test_the_caller_is_checked_wherever_its_session_is(pair: Served) -> None:
    for headers in open_on_each(pair.url).values():
        for _ in range(4):
            with new_client(pair.url) as client:
                wrong = {**headers, "Host": "attacker.example"}
                assert client.post(request("ping"), wrong).status_code == 421
                assert client.post(request("ping"), {**headers, "Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize("session", ["7.0123456789abcdef0123456789abcdef", "0.unknown", "1.unknown", "unknown", "1."])
def test_an_unknown_session_is_not_found_on_any_worker(pair: Served, session: str) -> None:
    for _ in range(6):
        with new_client(pair.url) as client:
            assert client.post(request("ping"), {"Mcp-Session-Id": session}).status_code == 404


def test_a_killed_worker_is_replaced_and_stateless_requests_go_on() -> None:
    with served() as running:
        sessions = open_on_each(running.url)
        before = running.workers()
        os.kill(min(before), signal.SIGKILL)
        for _ in range(20):
            with new_client(running.url) as client:
                assert client.stateless("tools/list").status_code == 200
        wait_for(lambda: len(running.workers() - before) == 1 and len(open_on_each(running.url)) == 2)
        with new_client(running.url) as client:
            statuses = sorted(client.post(request("ping"), headers).status_code for headers in sessions.values())
        stderr = running.stop()

    assert statuses == [200, 404], "the sessions of the killed worker are gone, the others are not"
    assert [json.loads(line)["event"] for line in stderr.splitlines()] == ["worker ended"]
    assert running.process.returncode == 0


def test_a_signal_ends_all_workers_and_what_they_stream() -> None:
    with served() as running:
        workers, url = running.workers(), running.url
        ended: list[str] = []

        def listen(headers: dict[str, str]) -> None:
            with (
                new_client(url) as client,
                client.http.stream("GET", url, headers={**headers, "Accept": "text/event-stream"}) as stream,
            ):
                opened.release()
                ended.append("".join(stream.iter_text()))

        opened = threading.Semaphore(0)
        threads = [threading.Thread(target=listen, args=(headers,)) for headers in open_on_each(url).values()]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert opened.acquire(timeout=20)
        stderr = running.stop()
        for thread in threads:
            thread.join(20)

    assert len(ended) == 2, "both streams ended as streams do, not as torn connections"
    assert (running.process.returncode, stderr) == (0, "")
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_workers_end_and_clean_up_when_their_parent_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="op-") as directory, served_in(directory, monkeypatch) as running:
        workers = running.workers()
        assert len(workers) == 2
        running.process.kill()
        wait_for(lambda: not any(_runs(pid) for pid in workers))
        assert list(Path(directory).iterdir()) == []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_no_worker_can_serve_is_an_error_that_says_why() -> None:
    running = Served({"workers": 2, "roots": [{"name": "gone", "path": "/no/such/directory"}]})
    assert running.process.stderr is not None
    with running.process.stderr as stream:
        stderr = stream.read()  # what the line of the address has read ahead is in this stream only

    assert running.process.wait(30) == 1
    assert "OSError" in stderr
    assert "No such file or directory" in stderr


def test_stateless_requests_are_served_by_whichever_worker(pair: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: _discover(pair.url), range(40))) == [200] * 40


def _discover(url: str) -> int:
    with new_client(url) as client:
        status: int = client.stateless("server/discover").status_code
        return status


def test_a_client_that_leaves_is_noticed_by_the_worker_that_serves_it(pair: Served) -> None:
    for headers in open_on_each(pair.url).values():
        with httpx2.Client(timeout=10) as http:
            for _ in range(3):
                with http.stream("GET", pair.url, headers={**headers, "Accept": "text/event-stream"}):
                    pass
        wait_until_free(pair.url, headers)


def test_initialize_of_every_revision_opens_a_session_somewhere(pair: Served) -> None:
    with new_client(pair.url) as client:
        for revision in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
            assert client.post(initialize(revision)).headers["mcp-session-id"][:2] in {"0.", "1."}
        assert "mcp-session-id" not in client.stateless("tools/list").headers
        assert MODERN > "2025-11-25"


def test_a_burst_of_connections_is_shared() -> None:
    with served() as running, contextlib.ExitStack() as opened:
        address = urlsplit(running.url)
        for _ in range(60):
            opened.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))

        def held() -> list[int]:
            established = [psutil.Process(pid).net_connections("tcp") for pid in running.workers()]
            return [sum(one.status == psutil.CONN_ESTABLISHED for one in of_worker) for of_worker in established]

        wait_for(lambda: sum(held()) == 60)
        assert min(held()) >= 20
