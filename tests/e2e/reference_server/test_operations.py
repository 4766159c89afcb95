"""What an operator sees and does: health, metrics, logs, the audit log, and a stop that waits for answers."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from oraclepack_mcp.telemetry.audit_log import hash_of, verify

from tests.e2e.reference_client import JSON_AND_SSE, META, MODERN, Client, events, request

pytestmark = pytest.mark.e2e

PROGRAM = """
import json, os, sys
import anyio
from oraclepack_mcp.cli import announce
from oraclepack_mcp.http.listening import serve_http
from oraclepack_mcp.http.serving import Surroundings, serve_over_http
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings

def check():
    if sys.argv[2:]:
        raise OSError(sys.argv[2])

def stop_runs():
    sys.stdout.write("the runs are stopped\\n")
    sys.stdout.flush()

async def wait_for_release(ctx, call_next):
    while ctx.method == "tools/call" and not os.path.exists(os.environ.get("RELEASE", "/")):
        await anyio.sleep(0.02)
    return await call_next(ctx)

settings = Settings(transport="streamable-http", port=0, **json.loads(sys.argv[1]))
surroundings = Surroundings(checks={"roots": check}, on_draining=stop_runs)
server = build_server(settings)
server.middleware.append(wait_for_release)
serve_http(serve_over_http(server, settings, surroundings), settings, on_listening=announce)
"""


class Served:
    """One server as a process."""

    def __init__(self, settings: dict[str, Any], *arguments: str) -> None:
        command = [sys.executable, "-P", "-c", PROGRAM, json.dumps(settings), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.logged = ""
        while not (line := self.process.stderr.readline()).startswith("http"):
            assert line, "it ended before it served"
            self.logged += line
        self.url = line.strip()
        self.client = Client(self.url)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.http.get(self.url.replace("/mcp", path), headers=headers)

    def said(self) -> dict[str, float]:
        lines = [line for line in self.get("/metrics").text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def stop(self) -> tuple[str, str]:
        self.client.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        stdout, stderr = self.process.communicate(timeout=30)
        return stdout, self.logged + stderr


@contextmanager
def served(*arguments: str, **settings: Any) -> Iterator[Served]:
    running = Served(settings, *arguments)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def test_it_lives_and_is_ready(server: Served) -> None:
    assert server.get("/livez").text == "alive\n"
    assert server.get("/readyz").json() == {"status": "ready", "dependencies": {"roots": "ok"}}


def test_it_is_not_ready_without_what_it_stands_on() -> None:
    with served("a path nobody should see") as server:
        answer = server.get("/readyz")

    assert (answer.status_code, answer.json()["dependencies"]) == (503, {"roots": "failed"})
    assert "nobody" not in answer.text


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_who_does_not_mean_this_server_is_turned_away_here_too(server: Served, path: str) -> None:
    assert server.get(path, Host="attacker.example").status_code == 421
    assert server.get(path, Origin="http://attacker.example").status_code == 403


def test_metrics_count_requests_errors_calls_and_sessions(server: Served) -> None:
    before = server.said()
    session = server.client.open("2025-11-25")
    server.client.post(request("no/such"), session)
    server.client.stateless("no/such")
    server.client.post(b"nope", session)
    server.client.post(request("tools/call", call("oraclepack_list_packs")), session)
    server.client.stateless("tools/call", call("oraclepack_validate_pack", pack="gone.md"))
    after = server.said()

    def rose(name: str) -> float:
        return sum(value - before.get(key, 0) for key, value in after.items() if re.fullmatch(name, key))

    assert rose(r"oraclepack_http_requests_total\{method=\"POST\",status=\"200\"\}") >= 3
    assert rose(r"oraclepack_jsonrpc_errors_total\{code=\"-32601\"\}") == 2
    assert rose(r"oraclepack_jsonrpc_errors_total\{code=\"-32700\"\}") == 1
    assert rose(r"oraclepack_tool_calls_total\{outcome=\"ok\",tool=\"\w+\"\}") == 1
    assert rose(r"oraclepack_tool_calls_total\{outcome=\"NOT_FOUND\",tool=\"\w+\"\}") == 1
    assert after["oraclepack_sessions"] >= 1
    assert after["oraclepack_http_in_flight"] == 1, "the question for the metrics itself"
    assert rose(r"oraclepack_http_request_seconds_count\{method=\"POST\"\}") == 7


def test_an_answer_names_its_request(server: Served) -> None:
    ids = {server.client.stateless("tools/list").headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3
    own = server.client.stateless("tools/list", None, {"X-Request-Id": "my-own-id-1"})
    assert own.headers["x-request-id"] == "my-own-id-1"


@pytest.mark.parametrize("revision", ["2025-11-25", MODERN])
def test_the_audit_log_and_the_log_tell_of_a_call_under_the_id_of_its_request(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "audit.jsonl"
    settings = {"telemetry": {"audit_log": str(path), "log_level": "info"}}
    with served(**settings) as server:
        given = call("oraclepack_validate_pack", pack="private-name.md")
        headers = {"X-Request-Id": "request-of-the-test", "Authorization": "Bearer t0psecret"}
        if revision == MODERN:
            server.client.stateless("tools/call", given, headers)
        else:
            server.client.post(request("tools/call", given), {**server.client.open(revision), **headers})
        _, stderr = server.stop()

    (entry,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert (entry["request_id"], entry["principal"]) == ("request-of-the-test", "local")
    assert (entry["tool"], entry["outcome"]) == ("oraclepack_validate_pack", "NOT_FOUND")
    assert entry["arguments_sha256"] == hash_of({"pack": "private-name.md"})
    assert verify(path) == []
    lines = [json.loads(line) for line in stderr.splitlines()]
    (told,) = [line for line in lines if line["event"] == "tool call"]
    assert (told["tool"], told["request_id"]) == ("oraclepack_validate_pack", "request-of-the-test")
    assert any(line["event"] == "request" and line["request_id"] == "request-of-the-test" for line in lines)
    for secret in ("private-name", "t0psecret"):
        assert secret not in stderr + path.read_text()


def test_a_request_in_flight_is_answered_before_the_server_ends() -> None:
    body = json.dumps(request("tools/list", {"_meta": META})).encode()
    head = [f"{name}: {value}" for name, value in {**JSON_AND_SSE, "MCP-Protocol-Version": MODERN}.items()]
    with served() as server:
        host = server.url.split("/")[2]
        address = (host.split(":")[0], int(host.split(":")[1]))
        lines = ["POST /mcp HTTP/1.1", f"Host: {host}", "Mcp-Method: tools/list", f"Content-Length: {len(body)}", *head]
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body[:10])
            while server.said()["oraclepack_http_in_flight"] != 2:
                time.sleep(0.01)
            server.process.send_signal(signal.SIGTERM)
            _wait_until_refused(address)
            connection.sendall(body[10:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        stdout, stderr = server.stop()

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"oraclepack_list_packs" in answer
    assert (stdout, stderr) == ("the runs are stopped\n", "")


def _wait_until_refused(address: tuple[str, int]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=5).close()
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError("the server still accepts connections")


def test_open_streams_end_with_the_server_long_before_the_grace_does() -> None:
    ended: list[tuple[int, str]] = []
    opened = threading.Semaphore(0)

    def listen(server: Served, method: str, headers: dict[str, str], body: bytes | None) -> None:
        with (
            httpx2.Client(timeout=60) as http,
            http.stream(method, server.url, headers={**JSON_AND_SSE, **headers}, content=body) as stream,
        ):
            opened.release()
            ended.append((stream.status_code, "".join(stream.iter_text())))

    listening = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "subscriptions/listen"}
    asked = {"notifications": {"resourcesListChanged": True}, "_meta": META}
    body = json.dumps(request("subscriptions/listen", asked)).encode()
    with served(shutdown_grace_s=300) as server:
        session = server.client.open("2025-11-25")
        threads = [
            threading.Thread(target=listen, args=(server, "GET", session, None)),
            threading.Thread(target=listen, args=(server, "POST", listening, body)),
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert opened.acquire(timeout=20)
        _, stderr = server.stop()
        for thread in threads:
            thread.join(20)

    assert stderr == ""
    assert [status for status, _ in ended] == [200, 200]


def test_an_answer_on_an_event_stream_is_not_cut_by_the_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK answers handshake-era requests on event streams, which its library would end at the signal."""
    release = tmp_path / "release"
    monkeypatch.setenv("RELEASE", str(release))
    answers: list[Any] = []
    with served() as server:
        session = server.client.open("2025-11-25")

        def ask() -> None:
            other = Client(server.url)
            answers.extend(events(other.post(request("tools/call", call("oraclepack_list_packs")), session)))
            other.http.close()

        thread = threading.Thread(target=ask)
        thread.start()
        while server.said()["oraclepack_http_in_flight"] != 2:
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1.5)  # the library looks twice a second: long enough for it to do what it must not
        release.touch()
        thread.join(30)
        server.stop()

    assert [list(answer) for answer in answers] == [["jsonrpc", "id", "result"]]


def test_metrics_with_a_token_are_for_those_who_have_it() -> None:
    with served(telemetry={"metrics_token": "sesame-open"}) as server:
        assert server.get("/metrics").status_code == 401
        assert server.get("/metrics", Authorization="Bearer sesame-open").status_code == 200
