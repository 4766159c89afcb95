"""How fast is fuzzing: `mcp-audit fuzz` beside `wrk`, which only sends, and beside `mcp-fuzzer`, in one run.

    python benchmarks/fuzzing.py --peer VENV/bin/mcp-fuzzer [--cases 3000] [--tool oraclepack_get_pack]

All three call one tool of the reference server over HTTP on this machine. The server counts the requests that reach it.
Each fuzzer runs twice, with few cases and with many, and the difference of the two runs gives its rate: what a program
needs to start, to list and to report is left out. Beside it stands how many cases one second of the program's own
processor time makes, whatever else the machine is doing.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import IO

REVISION = "2026-07-28"
ARGUMENTS = "fuzz/accepts-invalid-arguments"
FEW = 100
_META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
}
_LUA = """wrk.method = "POST"
wrk.body = {body}
wrk.headers["content-type"] = "application/json"
wrk.headers["accept"] = "application/json, text/event-stream"
wrk.headers["mcp-protocol-version"] = "{revision}"
wrk.headers["mcp-method"] = "tools/call"
wrk.headers["mcp-name"] = "{tool}"
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program came to."""

    cases: float
    requests: float
    seconds: float
    processor_s: float

    def __sub__(self, other: "Cost") -> "Cost":
        mine, theirs = astuple(self), astuple(other)
        return Cost(*(one - another for one, another in zip(mine, theirs, strict=True)))


@contextmanager
def reference_server(log: Path) -> Iterator[str]:
    """Yield the origin of a running reference server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oraclepack_mcp", "--transport", "streamable-http", "--port", str(port)]
    with log.open("wb") as output, _start(command, output, log.parent) as process:
        try:
            for _ in range(600):
                try:
                    counted(f"http://127.0.0.1:{port}", "")
                    break
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.1)
            else:
                raise RuntimeError(log.read_text(errors="replace"))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _start(command: Sequence[str], output: IO[bytes], directory: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - programs that the caller names
        command, stdout=output, stderr=output, cwd=directory, stdin=subprocess.DEVNULL
    )


def counted(origin: str, tool: str) -> tuple[float, float]:
    """Return how many calls of a tool, and how many POST requests, the server has counted."""
    with urllib.request.urlopen(f"{origin}/metrics", timeout=10) as answer:  # noqa: S310 - our own server
        text = answer.read().decode()
    calls = re.findall(rf'^oraclepack_tool_calls_total{{[^}}]*tool="{tool}"}} (\S+)$', text, re.MULTILINE)
    posts = re.findall(r'^oraclepack_http_requests_total{method="POST"[^}]*} (\S+)$', text, re.MULTILINE)
    return sum(map(float, calls)), sum(map(float, posts))


def cost(command: Sequence[str], origin: str, tool: str, directory: Path) -> Cost:
    """Run a program to its end; its cases are the calls of the tool. Findings are no failure here."""
    (calls, requests), started = counted(origin, tool), time.perf_counter()
    with (directory / "output").open("wb") as output:
        process = _start(command, output, directory)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode not in {0, 1}:
        raise RuntimeError((directory / "output").read_text(errors="replace")[-3000:])
    after = counted(origin, tool)
    return Cost(after[0] - calls, after[1] - requests, seconds, usage.ru_utime + usage.ru_stime)


def wrk(origin: str, tool: str, arguments: str, seconds: int, directory: Path) -> Cost:
    """Send the same valid call over as many connections as `mcp-audit fuzz` uses."""
    params = {"name": tool, "arguments": json.loads(arguments), "_meta": _META}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    script = directory / "call.lua"
    script.write_text(_LUA.format(body=json.dumps(body), revision=REVISION, tool=tool))
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is not installed: apt install wrk")
    sent = cost([program, "-t1", "-c4", f"-d{seconds}s", "-s", str(script), f"{origin}/mcp"], origin, tool, directory)
    output = (directory / "output").read_text()
    if "Non-2xx" in output:
        raise RuntimeError(output)
    return sent


def ours(origin: str, tool: str, directory: Path) -> Callable[[int], Cost]:
    """Return what fuzzes with that many cases, those of prompts and templates among them; its report counts them."""

    def run(cases: int) -> Cost:
        out = directory / f"ours-{cases}"
        options = ["--tool", tool, "--only", ARGUMENTS, "--revision", REVISION, "--cases", str(cases), "--seed", "1"]
        program = str(Path(sys.executable).with_name("mcp-audit"))
        command = [program, "fuzz", f"{origin}/mcp", *options, "--out", str(out), "--quiet"]
        spent = cost(command, origin, tool, directory)
        return replace(spent, cases=json.loads((out / "report.json").read_text())["fuzz"]["cases"])

    return run


def peer(program: str, origin: str, tool: str, directory: Path) -> Callable[[int], Cost]:
    """Return what has the other fuzzer call a tool that often."""

    def run(cases: int) -> Cost:
        options = ["--mode", "tools", "--protocol", "streamablehttp", "--phase", "both", "--seed", "42"]
        rest = ["--tool", tool, "--runs", str(cases // 2), "--output-dir", str(directory / f"peer-{cases}")]
        return cost([program, *options, "--endpoint", f"{origin}/mcp", *rest], origin, tool, directory)

    return run


def steady(run: Callable[[int], Cost], cases: int) -> Cost:
    """Return what the cases beyond the first few cost."""
    few = run(FEW)
    return run(cases) - few


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="the mcp-fuzzer to compare with; left out without it")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--peer-cases", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=10, help="how long wrk sends")
    parser.add_argument("--tool", default="oraclepack_get_pack")
    parser.add_argument("--arguments", default='{"pack": "release-readiness.md"}', help="JSON, for wrk")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, reference_server(Path(place) / "server.log") as origin:
        directory = Path(place)
        rows = [("wrk", wrk(origin, args.tool, args.arguments, args.seconds, directory))]
        rows.append(("mcp-audit fuzz", steady(ours(origin, args.tool, directory), args.cases)))
        if args.peer:
            rows.append(("mcp-fuzzer", steady(peer(args.peer, origin, args.tool, directory), args.peer_cases)))
    sys.stdout.write(table(rows, args.tool))


def table(rows: Sequence[tuple[str, Cost]], tool: str) -> str:
    """Return the Markdown of the measurement."""
    when = datetime.datetime.now(datetime.UTC).date().isoformat()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    machine = f"{os.cpu_count()} processors, {platform.machine()}, {platform.system()} {platform.release()}"
    rates = {name: (spent.cases / spent.seconds, spent.cases / spent.processor_s) for name, spent in rows}
    ratio, frugal = rates["mcp-audit fuzz"]
    lines = [
        f"{when}, Python {platform.python_version()}, {machine}; load {load}. Tool: `{tool}`.",
        "",
        "| program | cases | requests | cases/s | mcp-audit is | cases per processor second | mcp-audit is |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, spent in rows:
        rate, own = rates[name]
        sent = f"{spent.cases:.0f} | {spent.requests:.0f}"
        lines.append(f"| {name} | {sent} | {rate:.0f} | {ratio / rate:.2f}x | {own:.0f} | {frugal / own:.2f}x |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
