"""Drives one run: starts the generator, reads what it says line by line, watches the target's processes meanwhile."""

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from subprocess import PIPE
from typing import TypeAlias
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import msgspec
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from ..errors import HarnessError, TargetError
from ..lab.processes import reading
from ..model import HttpTarget, JsonObject, Offer, ProcessReading, Target
from ..model.loading import LoadRun, LoadSecond, ProcessSample
from .plan import Ask, Generated, Plan, may_load
from .run import Watched, run_of
from .settings import LoadSettings

Read: TypeAlias = Callable[[], Awaitable[ProcessReading]]
"""Looks at the target's processes; raises TargetError with the reason where that cannot be done."""

_GENERATOR = (sys.executable, "-m", "mcp_audit_harness.load.generator")
_LONGEST_LINE = 64 << 20
_GRACE_S = 60.0
"""For what follows the last stage: late answers, sessions to end, workers to hand over what they counted."""
_ENDING_S = 10.0
_EVERY_S = 1.0
_SETTLING_S = 10.0
"""How long a target gets to close what clients have left open."""
_STDERR_KEPT = 8 << 10


@dataclass(slots=True)
class Loader:
    """Loads one target as the operator chose."""

    target: Target
    settings: LoadSettings
    command: Sequence[str] = _GENERATOR
    """Starts the generator, which takes a plan from its standard input."""

    async def run(self, asks: Sequence[Ask], offer: Offer, read: Read, subscribe: Sequence[str] = ()) -> LoadRun:
        """Produce the load and return what came of it; `samples` and `left_out` are the caller's to fill in.

        Raises:
            TargetError: if the target is on a host that the operator did not name.
            HarnessError: if the generator fails.
        """
        self._demand_permission()
        plan = self._plan(asks, offer, subscribe)
        drive = _Drive(plan, self.settings, read, self.command)
        generated = await drive.hold()
        return run_of(plan, generated, drive.watched, self.settings.baseline)

    def _demand_permission(self) -> None:
        if isinstance(self.target, HttpTarget):
            host = urlsplit(self.target.url).hostname or ""
            if not may_load(host, self.settings.hosts):
                raise TargetError(f"load goes to this machine only; if you may load {host}: --i-am-authorized {host}")

    def _plan(self, asks: Sequence[Ask], offer: Offer, subscribe: Sequence[str]) -> Plan:
        http = self.target if isinstance(self.target, HttpTarget) else None
        stdio = None if isinstance(self.target, HttpTarget) else self.target
        return Plan(
            url=http.url if http else "",
            headers=http.headers if http else (),
            verify_tls=http.verify_tls if http else True,
            argv=stdio.argv if stdio else (),
            env=stdio.env if stdio else (),
            cwd=stdio.cwd if stdio else None,
            revision=offer.revision,
            profile=self.settings.profile,
            asks=tuple(asks),
            subscribe=tuple(subscribe),
            schemas={tool["name"]: tool["inputSchema"] for tool in offer.tools if _has_schema(tool)},
            seed=self.settings.seed,
            processes=self.settings.processes,
            expect_workers=self.settings.expect_workers,
            master_bind=self.settings.master_bind,
            web_port=self.settings.web_port,
            metrics_port=self.settings.metrics_port,
        )


@dataclass(slots=True)
class _Drive:
    """One generator and what it has said so far."""

    plan: Plan
    settings: LoadSettings
    read: Read
    command: Sequence[str]
    watched: Watched = field(default_factory=Watched)
    done: Generated | None = None
    pids: tuple[int, ...] = ()
    said: bytearray = field(default_factory=bytearray)
    begun: float = 0.0
    """When the warm-up ended, by the monotonic clock: known from the first second that the generator tells of."""
    told: bool = False
    looked: list[tuple[float, ProcessReading]] = field(default_factory=list)

    async def hold(self) -> Generated:
        """Let the generator produce its load; end it with the scope that this runs in, at the latest in time."""
        await self._look_before()
        async with _generator(self.command) as process:
            longest = self.plan.longest_s + _GRACE_S
            with anyio.move_on_after(longest) as scope:
                await self._attend(process)
            if scope.cancelled_caught:
                raise HarnessError(f"the load generator did not end within {longest:.0f} s")
        if self.done is None:
            why = self.said.decode(errors="replace").strip().rpartition("\n")[2]
            raise HarnessError(f"the load generator failed: {why or 'it said nothing'}")
        self.watched.samples.extend(_sampled(found, at - self.begun) for at, found in self.looked)
        await self._look_after()
        return self.done

    async def _attend(self, process: Process) -> None:
        assert process.stdin is not None  # noqa: S101 - opened with pipes
        self.begun = time.monotonic() + self.plan.profile.warmup_s
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._drain, process)
            await process.stdin.send(msgspec.json.encode(self.plan) + b"\n")
            tasks.start_soon(self._sample)
            await self._listen(process)
            await process.wait()
            tasks.cancel_scope.cancel()

    async def _listen(self, process: Process) -> None:
        """Take every line until the generator closes its standard output."""
        assert process.stdout is not None  # noqa: S101
        lines = BufferedByteReceiveStream(process.stdout)
        while True:
            try:
                line = await lines.receive_until(b"\n", _LONGEST_LINE)
            except anyio.IncompleteRead:
                return
            self._take(line)

    def _take(self, line: bytes) -> None:
        for kind, raw in msgspec.json.decode(line, type=dict[str, msgspec.Raw]).items():
            match kind:
                case "second":
                    second = msgspec.json.decode(raw, type=LoadSecond)
                    ended = time.monotonic() - second.at_s - 1.0
                    self.begun = min(self.begun, ended) if self.told else ended
                    self.told = True
                    self.settings.tell(second)
                case "pids":
                    self.pids = msgspec.json.decode(raw, type=tuple[int, ...])
                    self.watched.servers = max(1, len(self.pids))
                case "web":
                    self.settings.announce(f"dashboard at {msgspec.json.decode(raw, type=str)}")
                case "done":
                    self.done = msgspec.json.decode(raw, type=Generated)

    async def _drain(self, process: Process) -> None:
        assert process.stderr is not None  # noqa: S101
        async for chunk in process.stderr:
            self.said += chunk
            del self.said[:-_STDERR_KEPT]

    async def _reading(self) -> ProcessReading:
        if self.plan.url:
            return await self.read()
        if not self.pids:
            raise TargetError("the generator has not said which processes it started")
        return await anyio.to_thread.run_sync(reading, self.pids)

    async def _sample(self) -> None:
        """Look at the target's processes every second, until the target is found to be none that can be looked into."""
        while True:
            try:
                found = await self._reading()
            except TargetError as error:
                self.watched.trouble = str(error)
                if self.plan.url:
                    return
            else:
                self.looked.append((time.monotonic(), found))
            await anyio.sleep(_EVERY_S)

    async def _look_before(self) -> None:
        if self.plan.url:
            try:
                self.watched.handles_before = (await self.read()).handles
            except TargetError as error:
                self.watched.trouble = str(error)

    async def _look_after(self) -> None:
        """Count open handles again, as soon as they are back to what they were, at the latest after some seconds."""
        before = self.watched.handles_before
        if before is None:
            return
        with anyio.move_on_after(_SETTLING_S):
            while True:
                try:
                    self.watched.handles_after = (await self.read()).handles
                except TargetError as error:
                    self.watched.trouble = str(error)
                    return
                if self.watched.handles_after <= before:
                    return
                await anyio.sleep(0.25)


def _has_schema(tool: JsonObject) -> bool:
    return isinstance(tool.get("name"), str) and isinstance(tool.get("inputSchema"), dict)


def _sampled(found: ProcessReading, at_s: float) -> ProcessSample:
    megabytes = round(found.rss_bytes / 1e6, 3)
    return ProcessSample(
        round(at_s, 2), megabytes, round(found.cpu_s, 2), found.handles, found.threads, found.processes
    )


@asynccontextmanager
async def _generator(command: Sequence[str]) -> AsyncIterator[Process]:
    """Yield a generator; it is ended with the block: asked first, then killed."""
    process = await anyio.open_process(command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                process.terminate()
                with anyio.move_on_after(_ENDING_S):
                    await process.wait()
            if process.returncode is None:
                process.kill()
            await process.aclose()
