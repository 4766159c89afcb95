"""The console script `oraclepack-mcp`, as real processes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-c", "import sys; from oraclepack_faults.cli import main; sys.exit(main())")
ECHO = "lifecycle/echoes-unknown-version"
ORIGIN = "rebinding/accepts-foreign-origin"
NOISE = "stdio/writes-noise-to-stdout"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)


def versions(output: str) -> list[Any]:
    return [json.loads(line)["result"]["protocolVersion"] for line in output.splitlines() if line.startswith("{")]


@contextmanager
def listening(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """Starts the server on a free port; gives its URL and the lines that it wrote to stderr before it listened."""
    command = [*COMMAND, "--transport", "streamable-http", "--port", "0", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        for line in process.stderr:
            lines.append(line.rstrip("\n"))
            if line.startswith("http://"):
                break
        try:
            yield lines[-1], lines[:-1]
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_without_faults_stdio_is_the_clean_server() -> None:
    done = run("--transport", "stdio", stdin=json.dumps(INITIALIZE) + "\n")
    assert (done.returncode, versions(done.stdout), done.stderr) == (0, ["2025-11-25"], "")


def test_a_fault_breaks_stdio_and_says_so_loudly() -> None:
    done = run("--fault", ECHO, stdin=json.dumps(INITIALIZE) + "\n")
    assert (done.returncode, versions(done.stdout)) == (0, ["1999-01-01"])
    assert done.stderr.startswith("WARNING: this server is broken on purpose")
    assert f"  {ECHO}: " in done.stderr


def test_faults_of_several_kinds_are_switched_on_together() -> None:
    done = run("--fault", ECHO, "--fault", NOISE, stdin=json.dumps(INITIALIZE) + "\n")
    noise, answer = done.stdout.splitlines()
    assert noise.startswith("INFO ")
    assert versions(answer) == ["1999-01-01"]


def test_without_faults_http_is_the_clean_server() -> None:
    with listening() as (url, said), httpx2.Client(headers=HEADERS) as client:
        assert said == []
        assert client.post(url, json=INITIALIZE, headers={"origin": "http://evil.example"}).status_code == 403
        assert "2025-11-25" in client.post(url, json=INITIALIZE).text


def test_faults_break_http_and_say_so_loudly() -> None:
    with listening("--fault", ECHO, "--fault", ORIGIN) as (url, said), httpx2.Client(headers=HEADERS) as client:
        response = client.post(url, json=INITIALIZE, headers={"origin": "http://evil.example"})
    assert response.status_code == 200
    assert '"1999-01-01"' in response.text
    assert "WARNING" in said[0]
    assert len(said) == 3


def test_a_get_stream_through_the_fault_layer_opens_and_closes() -> None:
    with listening("--fault", ECHO) as (url, _), httpx2.Client(headers=HEADERS) as client:
        ready = {**INITIALIZE, "params": {**INITIALIZE["params"], "protocolVersion": "2025-06-18"}}  # type: ignore[dict-item]
        opened = client.post(url, json=ready)
        session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
        client.post(url, json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=session)
        with client.stream("GET", url, headers=session) as stream:
            assert stream.status_code == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
        ping = client.post(url, json={"jsonrpc": "2.0", "id": 2, "method": "ping"}, headers=session)
        assert ping.status_code == 200
        assert client.delete(url, headers=session).status_code == 200


def test_the_list_names_every_fault_with_its_sentence() -> None:
    done = run("--list-faults")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == sorted(names)
    assert {ECHO, ORIGIN, NOISE} <= set(names)
    assert all(line.rstrip().endswith(".") for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--fault", "lifecycle/echos"), "unknown fault 'lifecycle/echos': did you mean"),
        (("--fault", ECHO, "--transport", "streamable-http", "--host", "0.0.0.0"), "loopback address only"),  # noqa: S104
        (("--root", "nonsense"), "a root is NAME=PATH"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_exit_2(arguments: tuple[str, ...], sentence: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("oraclepack-mcp: error: ")
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr
