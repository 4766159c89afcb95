"""What producing load costs: the generator of `mcp-audit load` beside `wrk` and a plain Locust `HttpUser`.

    python -m benchmarks.generator [--quick] [--write] [--seconds 8] [--rate 500] [--clients 8]

All call one tool of a stub that does nothing but answer and count. Each runs twice, for a short time and for a longer
one: the difference leaves out what it needs to start and to end. Processor seconds are those of the program itself.
"""

import argparse
import json
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from mcp_audit_harness.load.plan import Ask, Generated, Plan, Profile, Stage
from mcp_audit_harness.model import Revision
from mcp_audit_harness.model.loading import Arrivals

from . import wrk
from .asking import Era
from .contestants import ADD
from .measuring import publish, ratio, run, table
from .servers import Server, serving

LOCUSTFILE: Final = Path(__file__).with_name("rivals") / "locust_http_user.py"
SHORT_SECONDS: Final = 2
NO_LIMIT: Final = 20_000.0
"""More than any of them can send."""
OURS: Final = "mcp-audit load"
_COLUMNS: Final = ("generator", "requests/s", "core-seconds per 1000 requests", "of wrk", "of Locust HttpUser")
_PAUSE_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try."""

    clients: int
    rate: float | None
    """Requests a second of all clients together; None: as many as they can."""


Generate: TypeAlias = Callable[[Server, Effort, int, Path], float]
"""Loads a server for so many seconds, and returns the processor seconds of the program."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program did and used."""

    per_second: float
    cpu_s_per_1000: float


def ours(server: Server, effort: Effort, seconds: int, directory: Path) -> float:
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
    told = msgspec.json.encode(plan).decode() + "\n"
    ended = run((sys.executable, "-m", "mcp_audit_harness.load.generator"), directory, said=told)
    line = ended.output.strip().rpartition("\n")[2]
    if ended.status != 0 or not line.startswith('{"done"'):
        raise RuntimeError(ended.output[-2000:])
    done = msgspec.json.decode(line, type=dict[str, Generated])["done"]
    if done.errors:
        raise RuntimeError(f"{OURS}: {done.errors}")
    return ended.cpu_s


def with_wrk(server: Server, effort: Effort, seconds: int, directory: Path) -> float:
    """`wrk` is a closed loop; at a rate it has as many connections, each of which pauses, as come near to it."""
    prepared = [wrk.Prepared(ADD.headers(Era.STATELESS), ADD.body(Era.STATELESS, number)) for number in range(1, 33)]
    pause_ms = _PAUSE_MS if effort.rate else 0
    connections = round(effort.rate * _PAUSE_MS / 1000) if effort.rate else effort.clients
    sent = wrk.send(server.url, prepared, directory, connections=connections, seconds=seconds, pause_ms=pause_ms)
    return sent.own_cpu_s


def with_locust(server: Server, effort: Effort, seconds: int, directory: Path) -> float:
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
    ended = run(command, directory, environment=environment)
    if ended.status != 0:
        raise RuntimeError(ended.output[-2000:])
    return ended.cpu_s


def cost(generate: Generate, server: Server, effort: Effort, seconds: int, directory: Path) -> Cost:
    """What the time beyond the first seconds costs."""
    seen = []
    for length in (SHORT_SECONDS, SHORT_SECONDS + seconds):
        before = counted(server)
        cpu_s = generate(server, effort, length, directory)
        seen.append((counted(server) - before, cpu_s))
    (few, little), (many, much) = seen
    if many <= few:
        raise RuntimeError(f"{many} requests in the longer run, {few} in the shorter one")
    return Cost((many - few) / seconds, (much - little) / (many - few) * 1000)


def counted(server: Server) -> int:
    """How many requests the stub has answered."""
    with urllib.request.urlopen(f"{server.origin}/count", timeout=10) as answer:  # noqa: S310 - our own server
        return int(answer.read())


def rows(costs: dict[str, Cost]) -> list[Sequence[str]]:
    """A row for each program."""
    bases = [costs["wrk"], costs["Locust HttpUser"]]
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
    programs: dict[str, Generate] = {"wrk": with_wrk, OURS: ours, "Locust HttpUser": with_locust}
    pages = []
    with (
        tempfile.TemporaryDirectory(prefix="generator-") as name,
        serving(lambda port, _: (sys.executable, str(Path(__file__).with_name("stub.py")), str(port))) as server,
    ):
        for rate in (args.rate, None):
            effort = Effort(args.clients, rate)
            costs = {title: cost(generate, server, effort, seconds, Path(name)) for title, generate in programs.items()}
            title = f"{rate:.0f} requests/s" if rate else f"As fast as {args.clients} clients can"
            pages.append(f"## {title}\n\n{table(_COLUMNS, rows(costs))}")
    publish("generator", "\n".join(pages), write=args.write)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=8, help="beyond the first two")
    parser.add_argument("--rate", type=float, default=500.0, help="requests a second")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="two seconds: to see that all works")
    parser.add_argument("--write", action="store_true", help="keep the tables in benchmarks/results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
