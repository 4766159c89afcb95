"""How fast is fuzzing: `mcp-audit fuzz` beside `wrk`, which only sends, and beside `mcp-fuzzer`, in one run.

    python -m benchmarks.fuzzing [--quick] [--write] [--cases 3000] [--environments DIR]

All three call one tool of the reference server over HTTP on this machine. The server counts the requests that reach it.
Each fuzzer runs twice, with few cases and with many, and the difference of the two runs gives its rate: what a program
needs to start, to list and to report is left out. Beside it stands how many cases one second of the program's own
processor time makes, whatever else the machine is doing.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from . import wrk
from .asking import Era, Request
from .installed import FUZZER, add_option, programs_of
from .measuring import publish, ratio, run, table
from .servers import Server, metric, posts, reference_server

ARGUMENTS: Final = "fuzz/accepts-invalid-arguments"
FEW: Final = 100
OURS: Final = "mcp-audit fuzz"
_CONNECTIONS: Final = 4
_COLUMNS: Final = (
    "program",
    "cases",
    "requests",
    "cases/s",
    "mcp-audit is",
    "cases per processor second",
    "mcp-audit is",
)


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


def counted(server: Server, tool: str) -> tuple[float, float]:
    """How many calls of a tool, and how many POST requests, the server has counted."""
    return metric(server, "oraclepack_tool_calls_total", f'tool="{tool}"'), posts(server)


def cost(command: Sequence[str], server: Server, tool: str, directory: Path) -> Cost:
    """Run a program to its end; its cases are the calls of the tool. Findings are no failure here."""
    calls, requests = counted(server, tool)
    ended = run(command, directory)
    if ended.status not in {0, 1}:
        raise RuntimeError(ended.output[-3000:])
    after = counted(server, tool)
    return Cost(after[0] - calls, after[1] - requests, ended.seconds, ended.cpu_s)


def only_sent(server: Server, request: Request, seconds: int, directory: Path) -> Cost:
    """Send the same valid call over as many connections as `mcp-audit fuzz` uses."""
    prepared = [wrk.Prepared(request.headers(Era.STATELESS), request.body(Era.STATELESS, 1))]
    sent = wrk.send(server.url, prepared, directory, connections=_CONNECTIONS, seconds=seconds)
    return Cost(sent.requests, sent.requests, sent.seconds, sent.own_cpu_s)


def ours(server: Server, tool: str, directory: Path) -> Callable[[int], Cost]:
    """Return what fuzzes with that many cases, those of prompts and templates among them; its report counts them."""

    def fuzz(cases: int) -> Cost:
        out = directory / f"ours-{cases}"
        options = ["--tool", tool, "--only", ARGUMENTS, "--revision", Era.STATELESS.value, "--seed", "1"]
        program = str(Path(sys.executable).with_name("mcp-audit"))
        command = [program, "fuzz", server.url, *options, "--cases", str(cases), "--out", str(out), "--quiet"]
        spent = cost(command, server, tool, directory)
        return replace(spent, cases=json.loads((out / "report.json").read_text())["fuzz"]["cases"])

    return fuzz


def peer(program: str, server: Server, tool: str, directory: Path) -> Callable[[int], Cost]:
    """Return what has the other fuzzer call a tool that often."""

    def fuzz(cases: int) -> Cost:
        options = ["--mode", "tools", "--protocol", "streamablehttp", "--phase", "both", "--seed", "42"]
        rest = ["--tool", tool, "--runs", str(cases // 2), "--output-dir", str(directory / f"peer-{cases}")]
        return cost([program, *options, "--endpoint", server.url, *rest], server, tool, directory)

    return fuzz


def steady(run: Callable[[int], Cost], cases: int) -> Cost:
    """Return what the cases beyond the first few cost."""
    few = run(FEW)
    return run(cases) - few


def tabulated(spent_by: dict[str, Cost]) -> str:
    """The Markdown of the measurement."""
    mine = spent_by[OURS]
    rows = []
    for name, spent in spent_by.items():
        rate, thrift = spent.cases / spent.seconds, spent.cases / spent.processor_s
        faster, thriftier = ratio(mine.cases / mine.seconds, rate), ratio(mine.cases / mine.processor_s, thrift)
        sent = (f"{spent.cases:.0f}", f"{spent.requests:.0f}")
        rows.append([name, *sent, f"{rate:.0f}", faster, f"{thrift:.0f}", thriftier])
    return table(_COLUMNS, rows)


def main() -> None:
    """Measure and print a table."""
    args = _arguments()
    request = Request("tools/call", args.tool, json.loads(args.arguments))
    cases, seconds = (800, 2) if args.quick else (args.cases, args.seconds)
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as place, reference_server() as server:
        directory = Path(place)
        spent_by = {"wrk": only_sent(server, request, seconds, directory)}
        spent_by[OURS] = steady(ours(server, args.tool, directory), cases)
        if not args.quick:
            program = str(programs_of(FUZZER, args.environments) / "mcp-fuzzer")
            spent_by[FUZZER] = steady(peer(program, server, args.tool, directory), args.peer_cases)
    publish("fuzzing", f"Tool: `{args.tool}`.\n\n{tabulated(spent_by)}", write=args.write)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add_option(parser)
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--peer-cases", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=10, help="how long wrk sends")
    parser.add_argument("--tool", default="oraclepack_get_pack")
    parser.add_argument("--arguments", default='{"pack": "release-readiness.md"}', help="JSON, for wrk")
    parser.add_argument("--quick", action="store_true", help="few cases, and only ours: to see that it works")
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
