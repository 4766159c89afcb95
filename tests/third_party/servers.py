"""Servers that nobody here wrote: how each is started, on 127.0.0.1 only and in a directory of its own."""

import importlib.metadata
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from mcp_audit_harness import HttpTarget, StdioTarget
from mcp_audit_harness.model import Call, Consent

OURS: Final = importlib.metadata.version("mcp-audit")
HERE: Final = Path(__file__).parent
_START_S: Final = 60.0
_STOP_S: Final = 10.0
Command: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """One server in one version over one transport."""

    name: str
    """How the published reports call it."""
    version: str
    transport: str
    """`stdio`, `streamable-http` or `http+sse`."""
    command: Command
    """With {bin:ENVIRONMENT}, {node_modules}, {here}, {scratch} and {port} to be filled in."""
    label: str
    """How a reader would write the target."""
    path: str = "/mcp"
    environment: tuple[tuple[str, str], ...] = ()
    one_of_several: bool = False
    """Whether other versions of it are published, too."""
    call: Call = Call.READONLY
    """Which tools the audit may call: all where the tools are ours and do no harm."""

    @property
    def consent(self) -> Consent:
        """What the audit may do."""
        return Consent(call=self.call)

    @property
    def slug(self) -> str:
        """Names the published file."""
        name = f"{self.name} {self.version}" if self.one_of_several else self.name
        return f"{name.replace(' ', '-')}-{self.transport.replace('+', '-')}"

    @property
    def title(self) -> str:
        """Names the server, its version and its transport in one line."""
        return f"{self.name} {self.version} {self.transport}"


def _node(package: str, *arguments: str) -> Command:
    script = "{node_modules}/@modelcontextprotocol/" + package + "/dist/index.js"
    return ("node", "--require", "{here}/only_loopback.cjs", script, *arguments)


_PORT = (("PORT", "{port}"),)
_MEMORY = (("MEMORY_FILE_PATH", "{scratch}/memory.jsonl"),)


def _two_tools(name: str, version: str, environment: str, script: str) -> tuple[Server, Server]:
    command = (f"{{{environment}}}/bin/python", f"{{here}}/two_tools/{script}.py")
    return (
        Server(name, version, "streamable-http", (*command, "{port}"), "http://127.0.0.1:8000/mcp"),
        Server(name, version, "stdio", command, f"python {script}.py"),
    )


def _showcase(version: str, environment: str) -> tuple[Server, Server]:
    """All that a version of chuk-mcp-server offers."""
    name = "showcase on chuk-mcp-server"
    command = (f"{{{environment}}}/bin/python", "{here}/showcase/on_chuk.py")
    url = "http://127.0.0.1:8000/mcp"
    return (
        Server(name, version, "streamable-http", (*command, "{port}"), url, one_of_several=True, call=Call.ALL),
        Server(name, version, "stdio", command, "python on_chuk.py", one_of_several=True, call=Call.ALL),
    )


def _reference() -> tuple[Server, Server, Server]:
    """Our own, as it is shipped, and with its fixtures."""
    name, program = "oraclepack-mcp", (sys.executable, "-m", "oraclepack_mcp")
    http = (*program, "--transport", "streamable-http", "--port", "{port}")
    url = "http://127.0.0.1:8000/mcp"
    fixtures = f"{name} with diagnostics"
    return (
        Server(name, OURS, "streamable-http", http, url),
        Server(name, OURS, "stdio", program, "oraclepack-mcp"),
        Server(fixtures, OURS, "streamable-http", (*http, "--profile", "diagnostics"), url, call=Call.ALL),
    )


SERVERS: Final = (
    Server(
        "server-everything",
        "2026.8.31",
        "streamable-http",
        _node("server-everything", "streamableHttp"),
        "http://127.0.0.1:8000/mcp",
        environment=_PORT,
    ),
    Server(
        "server-everything",
        "2026.8.31",
        "http+sse",
        _node("server-everything", "sse"),
        "http://127.0.0.1:8000/sse",
        path="/sse",
        environment=_PORT,
    ),
    Server(
        "server-everything", "2026.8.31", "stdio", _node("server-everything", "stdio"), "mcp-server-everything stdio"
    ),
    Server(
        "server-filesystem",
        "2026.8.31",
        "stdio",
        _node("server-filesystem", "{scratch}/files"),
        "mcp-server-filesystem DIRECTORY",
    ),
    Server("server-memory", "2026.8.31", "stdio", _node("server-memory"), "mcp-server-memory", environment=_MEMORY),
    Server(
        "mcp-server-git",
        "2026.10.19",
        "stdio",
        ("{git}/bin/mcp-server-git", "--repository", "{scratch}/repository"),
        "mcp-server-git --repository REPOSITORY",
    ),
    Server(
        "mcp-server-time",
        "2026.10.19",
        "stdio",
        ("{time}/bin/mcp-server-time", "--local-timezone", "UTC"),
        "mcp-server-time --local-timezone UTC",
    ),
    Server("mcp-server-fetch", "2026.10.24", "stdio", ("{fetch}/bin/mcp-server-fetch",), "mcp-server-fetch"),
    *_two_tools("two tools on mcp 1", "1.30.0", "mcp130", "on_mcp130"),
    *_two_tools("two tools on mcp 2", "2.3.0", "mcp23", "on_mcp23"),
    *_two_tools("two tools on fastmcp", "4.1.2", "fastmcp", "on_fastmcp4"),
    *_two_tools("two tools on chuk-mcp-server", "0.26.1", "chuk", "on_chuk"),
    *_showcase("0.16.5", "chuk0165"),
    *_showcase("0.18.0", "chuk0180"),
    *_showcase("0.26.1", "chuk"),
    *_reference(),
)


@contextmanager
def running(server: Server, environments: Path) -> Iterator[HttpTarget | StdioTarget]:
    """Yield the target; an HTTP server runs until the block ends, a stdio server is the auditor's to start."""
    with tempfile.TemporaryDirectory(prefix="mcp-audit-") as directory:
        scratch = Path(directory)
        _furnish(scratch)
        port = _free_port()
        places = {
            "node_modules": str(environments / "npm" / "node_modules"),
            "here": str(HERE),
            "scratch": directory,
            "port": str(port),
            **{path.name: str(path) for path in environments.iterdir()},
        }
        argv = tuple(word.format_map(places) for word in server.command)
        added = {"HOME": str(scratch / "home"), "PYTHONUNBUFFERED": "1"}
        added |= {name: value.format_map(places) for name, value in server.environment}
        if server.transport == "stdio":
            yield StdioTarget(argv, tuple(added.items()), directory)
            return
        with _listening(argv, added, scratch, port):
            yield HttpTarget(f"http://127.0.0.1:{port}{server.path}")


def _furnish(scratch: Path) -> None:
    """Make what the servers work on: a home, a directory of files, a repository with one commit."""
    for name in ("home", "files", "repository"):
        (scratch / name).mkdir()
    (scratch / "files" / "note.txt").write_text("nothing of interest\n")
    git = shutil.which("git")
    if git is None:
        raise RuntimeError("git is needed to make a repository for mcp-server-git")
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid")
    where = (git, "-C", str(scratch / "repository"))
    subprocess.run([*where, "init", "--quiet"], check=True)
    subprocess.run([*where, *identity, "commit", "--quiet", "--allow-empty", "--message", "first"], check=True)


@contextmanager
def _listening(argv: Command, added: Mapping[str, str], scratch: Path, port: int) -> Iterator[None]:
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(
            argv,
            env={**os.environ, **added},
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, scratch / "log")
        yield
    finally:
        _end(process)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server does not listen: {log.read_text(errors='replace')[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
            if number == signal.SIGKILL:
                return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
