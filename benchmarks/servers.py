"""Programs that listen on a free port of this machine while something is measured, each in a directory of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from .hardened import HOST, NEVER_REFUSED, free_port, stop

_START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that accepts connections."""

    url: str
    """Of its MCP endpoint."""
    pids: tuple[int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Without which it lets nobody in."""

    @property
    def origin(self) -> str:
        """Its URL without a path."""
        return self.url.removesuffix("/mcp")


@contextlib.contextmanager
def serving(command: Callable[[int, Path], Sequence[str]]) -> Iterator[Server]:
    """Start what `command` gives for a port and a directory to write to, and end it afterwards.

    The directory is the home of the program, too: it finds no settings of the person who measures.

    Raises:
        RuntimeError: it ended, or did not listen in time; the text is what it said.
    """
    with tempfile.TemporaryDirectory(prefix="measured-") as name:
        home, port = Path(name), free_port()
        environment = {**os.environ, "HOME": name, "XDG_CONFIG_HOME": name, "PYTHONDONTWRITEBYTECODE": "1"}
        log = home / "log"
        with log.open("wb") as said, _start(command(port, home), home, environment, said) as process:
            try:
                _wait_until_listening(process, port, log)
                yield Server(f"http://{HOST}:{port}/mcp", (process.pid,))
            finally:
                stop(process)


@contextlib.contextmanager
def reference_server(profile: str = "default") -> Iterator[Server]:
    """The reference server as it is shipped, but for a rate limit that a benchmark would meet."""

    def command(port: int, home: Path) -> Sequence[str]:
        file = home / "settings.toml"
        rate = f"requests = {NEVER_REFUSED}\ncalls_of_a_tool = {NEVER_REFUSED}\n"
        file.write_text(f'transport = "streamable-http"\nprofile = "{profile}"\n[limits.anonymous]\n{rate}')
        return (sys.executable, "-m", "oraclepack_mcp", "--config", str(file), "--port", str(port))

    with serving(command) as server:
        yield server


def metric(server: Server, name: str, label: str = "") -> float:
    """The sum of a counter of the reference server, or of those of its series that have a label like `tool="x"`."""
    with urllib.request.urlopen(f"{server.origin}/metrics", timeout=10) as answer:  # noqa: S310 - our own server
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{") and label in line)


def posts(server: Server) -> float:
    """How many POST requests the reference server has counted."""
    return metric(server, "oraclepack_http_requests_total", 'method="POST"')


def _start(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], said: IO[bytes]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - programs that the benchmarks name
        command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
    )


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} does not listen: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)
