"""What producing load costs: the generator of `mcp-audit load` beside `wrk` and a plain Locust `HttpUser`.

    python -m benchmarks.generator [--quick] [--write] [--seconds 10] [--rate 500] [--clients 8]

All call one tool of a stub that does nothing but answer and count. The processor seconds are those of the program
itself, and of a time in which it does nothing but load: what it needs to start and to end is left out.
"""

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from mcp_audit_harness.load.plan import Ask, Plan, Profile, Stage
from mcp_audit_harness.model import Revision
from mcp_audit_harness.model.loading import Arrivals

from . import wrk
from .asking import Era
from .contestants import ADD
from .measuring import printed, publish, ratio, started, table, usage
from .servers import Server, serving

LOCUSTFILE: Final = Path(__file__).with_name("rivals") / "locust_http_user.py"
NO_LIMIT: Final = 20_000.0
"""More than any of them can send."""
OURS: Final = "mcp-audit load"
LOCUST: Final = "Locust HttpUser"
_COLUMNS: Final = ("generator", "requests/s", "core-seconds per 1000 requests", "of wrk", f"of {LOCUST}")
_PAUSE_MS: Final = 100
_SETTLING_SECONDS: Final = 1
_MARGIN_SECONDS: Final = 3
_PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try."""

    clients: int
    rate: float | None
    """Requests a second of all clients together; None: as many as they can."""


@dataclass(frozen=True, slots=True)
class Program:
    """How one is started."""

    command: Sequence[str]
    proof: str = ""
    """What it prints if it was content with every answer; a program without ends with another status if it was not."""
    said: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


Generate: TypeAlias = Callable[[Server, Effort, int], Program]
"""Gives what loads a server for so many seconds."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program did and used."""

    per_second: float
    cpu_s_per_1000: float


def ours(server: Server, effort: Effort, seconds: int) -> Program:
    """Our own generator, open loop at a rate, and else closed."""
    profile = Profile(
        name="benchmark",
        title="Benchmark",
        stages=(Stage(effort.rate or NO_LIMIT, seconds),),
        clients=effort.clients,
        warmup_s=0.0,
        arrivals=Arrivals.OPEN if effort.rate else Arrivals.CLOSED,
    )
    call = Ask("tools/call add", ADD.method, 1.0, ({"name": ADD.tool, "arguments": dict(ADD.arguments)},))
    plan = Plan(
        url=server.url,
        headers=(),
        verify_tls=True,
        argv=(),
        env=(),
        cwd=None,
        revision=Revision(Era.STATELESS.value),
        profile=profile,
        asks=(call,),
    )
    command = (sys.executable, "-m", "mcp_audit_harness.load.generator")
    return Program(command, '"errors":[]', msgspec.json.encode(plan).decode() + "\n")


def with_wrk(directory: Path, server: Server, effort: Effort, seconds: int) -> Program:
    """`wrk` is a closed loop; at a rate it has as many connections, each of which pauses, as come near to it."""
    prepared = [wrk.Prepared(ADD.headers(Era.STATELESS), ADD.body(Era.STATELESS, number)) for number in range(1, 33)]
    pause_ms = _PAUSE_MS if effort.rate else 0
    connections = round(effort.rate * _PAUSE_MS / 1000) if effort.rate else effort.clients
    command = wrk.command(server.url, prepared, directory, connections=connections, seconds=seconds, pause_ms=pause_ms)
    return Program(command, '"errors":0}')


def with_locust(server: Server, effort: Effort, seconds: int) -> Program:
    """A user of Locust on `requests`, which waits between two requests so that all together come to the rate."""
    options = ("--headless", "-u", str(effort.clients), "-r", str(effort.clients), "-t", f"{seconds}s")
    command = (
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(LOCUSTFILE),
        *options,
        "--host",
        server.origin,
        "--only-summary",
    )
    sent = {"body": ADD.body(Era.STATELESS, 1), "headers": ADD.headers(Era.STATELESS)}
    environment = {"PREPARED": json.dumps(sent), "RATE": str((effort.rate or 0) / effort.clients)}
    return Program(command, environment=environment)


def cost(generate: Generate, server: Server, effort: Effort, seconds: int, directory: Path) -> Cost:
    """Start a program and look at it twice while it loads."""
    length = _SETTLING_SECONDS + seconds + _MARGIN_SECONDS
    program, before = generate(server, effort, length), counted(server)
    with started(program.command, directory, said=program.said, environment=program.environment) as process:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while counted(server) == before:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(printed(directory)[-2000:])
            time.sleep(0.1)
        time.sleep(_SETTLING_SECONDS)
        begun = time.perf_counter(), usage([process.pid]).cpu_s, counted(server)
        time.sleep(seconds)
        ended = time.perf_counter(), usage([process.pid]).cpu_s, counted(server)
        if process.wait(_PATIENCE_SECONDS) != 0 or program.proof not in printed(directory):
            raise RuntimeError(printed(directory)[-2000:])
    passed, cpu_s, requests = (late - early for early, late in zip(begun, ended, strict=True))
    return Cost(requests / passed, cpu_s / requests * 1000)


def counted(server: Server) -> int:
    """How many requests the stub has answered."""
    with urllib.request.urlopen(f"{server.origin}/count", timeout=10) as answer:  # noqa: S310 - our own server
        return int(answer.read())


def rows(costs: dict[str, Cost]) -> list[Sequence[str]]:
    """A row for each program."""
    bases = [costs["wrk"], costs[LOCUST]]
    return [
        (
            name,
            f"{seen.per_second:.0f}",
            f"{seen.cpu_s_per_1000:.3f}",
            *(ratio(seen.cpu_s_per_1000, base.cpu_s_per_1000) for base in bases),
        )
        for name, seen in costs.items()
    ]


def main() -> None:
    """Measure, and print a table for a fixed rate and one for as fast as it goes."""
    args = _arguments()
    seconds = 2 if args.quick else args.seconds
    pages = []
    with (
        tempfile.TemporaryDirectory(prefix="generator-") as name,
        serving(lambda port, _: (sys.executable, str(Path(__file__).with_name("stub.py")), str(port))) as server,
    ):
        directory = Path(name)
        programs: dict[str, Generate] = {"wrk": partial(with_wrk, directory), OURS: ours, LOCUST: with_locust}
        for rate in (args.rate, None):
            effort = Effort(args.clients, rate)
            costs = {title: cost(generate, server, effort, seconds, directory) for title, generate in programs.items()}
            title = f"{rate:.0f} requests/s" if rate else f"As fast as {args.clients} clients can"
            pages.append(f"## {title}\n\n{table(_COLUMNS, rows(costs))}")
    publish("generator", "\n".join(pages), write=args.write)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=float, default=500.0, help="requests a second")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="two seconds: to see that all works")
    parser.add_argument("--write", action="store_true", help="keep the tables in benchmarks/results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
