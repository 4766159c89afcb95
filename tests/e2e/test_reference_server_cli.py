"""The command line of the reference server, as a process."""

import json
import os
import signal
import subprocess
import sys

import httpx2
import pytest

from tests.e2e.reference_client import initialize, request

pytestmark = pytest.mark.e2e


def run(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "oraclepack_mcp", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--transport", "streamable-http", "--host", "0.0.0.0"),  # noqa: S104 - refused, which is the point
        ("--transport", "streamable-http", "--host", "example.org"),
        ("--transport", "streamable-http", "--port", "99999"),
        ("--root", "nonsense"),
        ("--root", "gone=/no/such/directory"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    process = run(*arguments)
    stdout, stderr = process.communicate(timeout=30)

    assert process.returncode == 2
    assert stdout == ""
    assert stderr.startswith("oraclepack-mcp: error: ")
    assert stderr.count("\n") == 1


def test_the_address_is_printed_once_it_answers_and_a_signal_ends_the_server() -> None:
    process = run("--transport", "streamable-http", "--port", "0")
    assert process.stderr is not None
    url = process.stderr.readline().strip()
    headers = {"Accept": "application/json, text/event-stream"}
    answer = httpx2.post(url, json=initialize("2025-11-25"), headers=headers)
    assert '"protocolVersion":"2025-11-25"' in answer.text
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=30)

    assert url.startswith("http://127.0.0.1:")
    assert stderr == ""
    assert process.returncode in {0, -signal.SIGTERM}


def test_a_conversation_over_stdio_ends_with_stdin_and_answers_everything_first() -> None:
    process = run("--transport", "stdio")
    messages = [initialize("2025-06-18"), {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    messages += [
        request("tools/call", {"name": "oraclepack_validate_pack", "arguments": {"pack": "release-readiness.md"}}, 2)
    ]
    stdout, stderr = process.communicate("".join(f"{json.dumps(message)}\n" for message in messages), timeout=30)

    answers = {answer["id"]: answer for answer in map(json.loads, stdout.splitlines())}
    assert answers[1]["result"]["protocolVersion"] == "2025-06-18"
    assert answers[2]["result"]["structuredContent"]["ok"] is True
    assert (process.returncode, stderr) == (0, "")


def test_an_interrupt_ends_a_waiting_stdio_server() -> None:
    process = run("--transport", "stdio")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(initialize("2025-06-18")) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)

    assert process.wait(timeout=10) in {0, 130}
    process.communicate()
