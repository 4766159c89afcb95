"""What programs cost, by the clocks of the operating system, and how results are written down."""

import contextlib
import datetime
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

NONE: Final = "-"
"""Stands where there is nothing to compare."""
_LOAD: Final = os.getloadavg()[0]
"""How many programs wanted to run before this one measured."""
RESULTS: Final = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Usage:
    """What some processes have used so far."""

    cpu_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ran to its end."""

    status: int
    seconds: float
    cpu_s: float
    """Its processor seconds, those of its children among them."""
    output: str


def usage(pids: Iterable[int]) -> Usage:
    """What the processes and all below them have used; those that ended meanwhile count for nothing."""
    cpu, rss = 0.0, 0
    for pid in pids:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            times = process.cpu_times()
            cpu += times.user + times.system
            rss += process.memory_info().rss
    return Usage(cpu, rss)


@contextlib.contextmanager
def started(
    command: Sequence[str], directory: Path, *, said: str = "", environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a program in a directory, with `said` on its standard input; what it prints goes to `output` there.

    `environment` is added to that of this process. The program is ended with the block.
    """
    typed = directory / "input"
    typed.write_text(said, encoding="utf-8")
    extended = {**os.environ, **(environment or {})}
    with (directory / "output").open("wb") as output, typed.open("rb") as source:
        process = subprocess.Popen(  # noqa: S603 - programs that the benchmarks name
            command, cwd=directory, env=extended, stdin=source, stdout=output, stderr=subprocess.STDOUT
        )
        with process:
            try:
                yield process
            finally:
                if process.returncode is None:
                    process.kill()


def printed(directory: Path) -> str:
    """What the program that was last started in a directory has printed."""
    return (directory / "output").read_text(encoding="utf-8", errors="replace")


def run(command: Sequence[str], directory: Path) -> Ended:
    """Run a program to its end in a directory; see `started`."""
    began = time.perf_counter()
    with started(command, directory) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    return Ended(process.returncode, seconds, used.ru_utime + used.ru_stime, printed(directory))


def machine() -> str:
    """When and where: one sentence without a period."""
    when = datetime.datetime.now(datetime.UTC).date().isoformat()
    cores = f"{os.cpu_count()} cores ({_processor()})"
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{when}, {cores}, {system}, load before {_LOAD:.1f}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; every column but the first is of numbers."""
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (columns, rule, *rows))


def ratio(value: float, base: float) -> str:
    """How many times the base."""
    return f"{value / base:.2f}x" if value > 0 and base > 0 else NONE


def median(values: Iterable[float]) -> float:
    """The median of what several rounds gave."""
    return statistics.median(values)


def publish(name: str, text: str, *, write: bool) -> None:
    """Print a result under a line that says when, where and by which command, and keep it if told to."""
    command = " ".join(["python", "-m", f"benchmarks.{name}", *sys.argv[1:]])
    page = f"{machine()}.\n\n    {command}\n\n{text}"
    sys.stdout.write(page)
    if write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.md").write_text(f"# {name.capitalize()}\n\n{page}", encoding="utf-8")


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
