"""One audit in a process of its own, watched: what it connects to, how much memory it takes, what it writes.

The process is forked from a server that has everything imported, so that an audit costs no start-up, and so that
`VmHWM` (proc_pid_status(5)) less what the process began with is what the audit itself took.
"""

import ipaddress
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mcp_audit_harness.cli import main

_RENDERING_S = 60.0
MATRICES = ("console", "markdown", "json", "csv")


@dataclass(frozen=True, slots=True)
class Ended:
    """How one audit went."""

    exit_code: int | None
    """None: it had to be killed."""
    elapsed_s: float
    cpu_s: float
    """Of which the processor was busy with it."""
    growth_mib: float
    """Peak of resident memory over what the process began with."""
    foreign: tuple[str, ...]
    """Addresses that it tried to resolve or connect to, other than the target's and its own."""
    terminal: bytes = b""
    """What has reached the terminal from which it was started."""


def audit(words: Sequence[str], directory: Path, *, port: int | None, limit_s: float) -> Ended:
    """Run `mcp-audit WORDS` with its reports in `directory`, for at most `limit_s` seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.warm"])
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=_audited, args=(list(words), str(directory), port, far))
    process.start()
    began = time.monotonic()  # not before: the first start imports everything
    far.close()
    found: dict[str, Any] = {"exit_code": None, "cpu_s": -1.0, "growth_mib": -1.0, "foreign": [], "terminal": b""}
    with suppress(EOFError):
        if near.poll(limit_s):
            found |= near.recv()
    elapsed = time.monotonic() - began
    with suppress(EOFError):
        if found["exit_code"] is not None and near.poll(_RENDERING_S):
            near.recv()  # the matrix has been written, too
    if process.is_alive():
        process.join(1)
        process.kill()
    process.join(10)
    return Ended(elapsed_s=elapsed, **{**found, "foreign": tuple(found["foreign"])})


def _audited(words: list[str], directory: str, port: int | None, results: Connection) -> None:
    os.chdir(directory)
    terminal = _own_terminal()
    foreign: list[str] = []
    own: set[int] = {port} if port is not None else set()
    sys.addaudithook(_guard(own, foreign))
    before = _memory("VmRSS")
    _forget_peak()
    code = _program([*words, "--out", "out", "--format", "console,json,markdown"], "audit")
    growth, busy = _memory("VmHWM") - before, time.process_time()
    seen = _read(terminal)
    results.send({"exit_code": code, "cpu_s": busy, "growth_mib": growth, "foreign": foreign, "terminal": seen})
    if Path("out/report.json").exists():
        for form in MATRICES:
            _program(["matrix", "out/report.json", "--format", form], f"matrix-{form}")
    results.send({})


def _program(words: list[str], name: str) -> int:
    """Run the command line, its output in files."""
    with (
        Path(f"{name}.stdout").open("w", encoding="utf-8", newline="") as out,
        Path(f"{name}.stderr").open("w", encoding="utf-8", newline="") as err,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main(words)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
    return 0


def _guard(own: set[int], foreign: list[str]) -> Any:
    """Return an audit hook (PEP 578) that keeps every connection to foreign addresses from being made."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.bind" and isinstance(args[1], tuple):
            own.add(-1)  # whoever listens on a port of its own choice, a canary say, may connect to it
        elif event == "socket.connect" and isinstance(args[1], tuple):
            _allow(str(args[1][0]), int(args[1][1]))
        elif event == "socket.getaddrinfo" and not _is_here(_text(args[0])):
            foreign.append(f"resolves {_text(args[0])}")
            raise PermissionError("a foreign name")

    def _allow(host: str, port: int) -> None:
        if not _is_here(host) or (port not in own and -1 not in own):
            foreign.append(f"connects to {host}:{port}")
            raise PermissionError("a foreign address")

    return hook


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _own_terminal() -> int | None:
    """Lead a session with a terminal of its own; returns its other end."""
    with suppress(OSError):
        os.setsid()
        near, far = os.openpty()
        os.close(os.open(os.ttyname(far), os.O_RDWR))  # the first one that a session leader opens becomes its own
        os.dup2(far, 0)
        os.set_blocking(near, False)
        return near
    return None


def _read(terminal: int | None) -> bytes:
    if terminal is None:
        return b""
    with suppress(OSError):
        return os.read(terminal, 65536)
    return b""


def _memory(field: str) -> float:
    """Return a size in MiB."""
    if not Path("/proc/self/status").exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # bytes on macOS
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
