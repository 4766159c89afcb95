"""Every hostile server by name, and an audit of one of them."""

import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import child
from .auditor import Ended, audit
from .bodies import BODIES
from .content import CONTENT
from .elsewhere import ELSEWHERE
from .judge import judged
from .streams import STREAMS
from .wire import running

HTTP = {**BODIES, **STREAMS, **CONTENT, **ELSEWHERE}
STDIO = tuple(child.SERVERS)
GRACE_S = 20.0
"""What an audit may take beyond its budget: to close what is open, to judge, to write the reports."""
MEMORY_MIB = 1024.0
"""What an audit may take of memory, whatever the target sends."""
SANE = frozenset({0, 1, 3})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one hostile server achieved."""

    name: str
    ended: Ended
    visits: int
    """Connections to a port that it named."""
    left: tuple[str, ...]
    """Processes of it that were still there afterwards."""
    unsafe: tuple[str, ...]
    """What stood unescaped in a report."""

    def wrong(self, budget_s: float) -> list[str]:
        """Return everything that may not be."""
        end = self.ended
        faults = {
            f"did not end within {budget_s:g} + {GRACE_S:g} s": end.exit_code is None,
            f"exit code {end.exit_code}": end.exit_code is not None and end.exit_code not in SANE,
            f"took {end.growth_mib:.0f} MiB": end.growth_mib > MEMORY_MIB,
            f"reached out: {end.foreign}": bool(end.foreign),
            f"visited what it was pointed at, {self.visits} times": self.visits > 0,
            f"wrote to the terminal: {end.terminal!r}": bool(end.terminal),
            f"left processes: {self.left}": bool(self.left),
        }
        return [f"{self.name}: {fault}" for fault, true in faults.items() if true] + [
            f"{self.name}: {unsafe}" for unsafe in self.unsafe
        ]


def attempt(name: str, *, budget_s: float, timeout_s: float = 10.0, keep: Path | None = None) -> Outcome:
    """Audit one hostile server with a small budget; what the audit wrote is kept in a folder of `keep`."""
    options = ("--budget", str(budget_s), "--timeout", str(timeout_s))
    with tempfile.TemporaryDirectory() as place:
        directory = keep / name if keep is not None else Path(place)
        directory.mkdir(parents=True, exist_ok=True)
        if name in STDIO:
            return _attempt_stdio(name, options, directory, budget_s)
        with _http(name) as (url, port, visits):
            guarded = ("--header", "Authorization: Bearer the-right-token") if name.startswith("metadata-") else ()
            ended = audit((url, *guarded, *options), directory, port=port, limit_s=budget_s + GRACE_S)
        return Outcome(name, ended, visits(), (), tuple(judged(directory)))


def _attempt_stdio(name: str, options: tuple[str, ...], directory: Path, budget_s: float) -> Outcome:
    mark = f"hostile-{secrets.token_hex(8)}"
    command = (sys.executable, "-I", "-S", str(Path(child.__file__)), name, mark)
    ended = audit((*options, "--", *command), directory, port=None, limit_s=budget_s + GRACE_S)
    return Outcome(name, ended, 0, tuple(_left_over(mark)), tuple(judged(directory)))


def _left_over(mark: str) -> Iterator[str]:
    """Yield and end the processes that carry a mark, after a moment in which they may go by themselves."""
    for _ in range(20):
        if not list(_marked(mark)):
            return
        time.sleep(0.05)
    for pid in _marked(mark):
        yield f"{pid}"
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _marked(mark: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir() if Path("/proc").exists() else ():
        with suppress(OSError):
            if entry.name.isdigit() and mark.encode() in (entry / "cmdline").read_bytes():
                yield int(entry.name)


@contextmanager
def _http(name: str) -> Iterator[tuple[str, int, Callable[[], int]]]:
    with running(HTTP[name]) as server:
        yield f"http://127.0.0.1:{server.port}/mcp", server.port, server.visits
