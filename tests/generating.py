"""The load generator as a process, for tests: what it says, with bounded waits."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import psutil
from mcp_audit_harness.load.plan import Ask, Generated, Plan, Profile, Stage
from mcp_audit_harness.model import Revision

PATIENCE_S: Final = 60.0
PING: Final = Ask("ping", "ping", 1.0, ({},))


def plan_of(
    url: str = "",
    argv: tuple[str, ...] = (),
    *,
    rate: float = 50,
    duration_s: float = 2,
    clients: int = 4,
    asks: tuple[Ask, ...] = (PING,),
    revision: Revision = Revision.V2025_11_25,
    **more: Any,
) -> Plan:
    """Return a plan for an HTTP or a stdio target with one stage; `more` goes to the profile or to the plan."""
    of_profile = {name: more.pop(name) for name in list(more) if name in Profile.__dataclass_fields__}
    profile = Profile(
        "test", "Test", (Stage(rate, duration_s),), clients, **{"warmup_s": 0.5, "timeout_s": 5.0, **of_profile}
    )
    return Plan(url, (), True, argv, (), None, revision, profile, asks, **more)


class Generator:
    """A running generator."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.said: dict[str, list[Any]] = {}
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, kind: str) -> Any:
        """Return what the next line of this kind says; fails if none comes."""
        while True:
            line = self._lines.get(timeout=PATIENCE_S)
            assert line, f"the generator ended before it said {kind!r}: {self.said}"
            [(word, value)] = msgspec.json.decode(line).items()
            self.said.setdefault(word, []).append(value)
            if word == kind:
                return value

    def finish(self) -> Generated:
        """Return the last word."""
        done = msgspec.convert(self.until("done"), Generated)
        assert self.process.wait(PATIENCE_S) == 0
        return done

    def workers(self) -> list[psutil.Process]:
        """Return the processes that it has started and that still run."""
        return psutil.Process(self.process.pid).children()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")


@contextmanager
def generator(plan: Plan, env: Mapping[str, str] | None = None, *before: str) -> Iterator[Generator]:
    """Start a generator with a plan; whatever is left of it is ended with the block. `before` stands before python."""
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "mcp_audit_harness.load.generator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            process.stdin.write(msgspec.json.encode(plan) + b"\n")
            process.stdin.flush()
            yield Generator(process)
        finally:
            process.kill()
            process.wait(PATIENCE_S)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of some processes end within the patience."""
    return not psutil.wait_procs(processes, timeout=PATIENCE_S)[1]
