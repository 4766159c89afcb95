"""`demo` and `serve-reference`: the reference server as a child process."""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import HarnessError
from ..model import HttpTarget
from ..policy import FailOn, Options
from .audit import Output, audit_command
from .usage import UsageError

_START_LIMIT_LINES = 200


def demo_command(output: Output, faults: Sequence[str], fail_on: FailOn) -> int:
    """Start the reference server on a free loopback port, audit it, stop it, return the exit code."""
    with reference_server(faults) as url:
        return audit_command(HttpTarget(url), Options(), output, fail_on, strict=False)


def serve_reference_command(words: Sequence[str]) -> int:
    """Run the reference server in the foreground with the words given."""
    _demand_server()
    return subprocess.call([*_PROGRAM, *words])


@contextmanager
def reference_server(faults: Sequence[str] = ()) -> Iterator[str]:
    """Run the reference server, with the named faults, and yield its URL."""
    _demand_server()
    words = [word for fault in faults for word in ("--fault", fault)]
    command = [*_PROGRAM, "--transport", "streamable-http", "--port", "0", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)  # noqa: S603
    try:
        yield _url(process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()


_PROGRAM = (sys.executable, "-m", "oraclepack_faults")


def _url(process: "subprocess.Popen[str]") -> str:
    """Read stderr until the server says where it listens."""
    seen: list[str] = []
    for line in process.stderr or ():
        seen.append(line.strip())
        word = next((word for word in line.split() if word.startswith("http://127.0.0.1:")), None)
        if word is not None:
            threading.Thread(target=_drain, args=(process,), daemon=True).start()
            return word
        if len(seen) > _START_LIMIT_LINES:
            break
    raise HarnessError(f"the reference server did not start: {' '.join(seen[-3:])}")


def _drain(process: "subprocess.Popen[str]") -> None:
    """Read on, so that a full pipe never stops the server."""
    for _ in process.stderr or ():
        pass


def _demand_server() -> None:
    if importlib.util.find_spec("mcp") is None:
        raise UsageError("the reference server is not installed; install mcp-audit[server]")
