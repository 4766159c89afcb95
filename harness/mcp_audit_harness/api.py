"""The Python API: audit a target, get a report. The command line, the pytest plugin and other tools stand on it."""

import importlib.metadata
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import anyio

from .catalogue import Catalogue
from .declare import Check
from .engine.allotment import Allotment
from .engine.events import Emit, Event, Surveyed
from .engine.judge import judge
from .engine.run import Runner
from .engine.saved import Run
from .engine.select import Plan, Step, plan
from .errors import TargetError
from .lab.planting import Plantation
from .load.driving import Loader
from .model import Era, HttpTarget, JsonObject, Report, Revision, Survey, Target, ToolInfo, Transport
from .pins import Pins, pins_of
from .policy import Options, Profile, may_call
from .probe import Probe
from .session.bounds import Bounds
from .session.connect import connect
from .session.connector import Connector, LiveSession
from .session.credentials import Credentials
from .session.http_exchange import basic_login
from .session.live import LiveProbe, SessionPool
from .session.redaction import inherited_secrets
from .session.transcript import ROOM, Transcript
from .survey import survey_target

_SHORTEST_TOKEN = 16
"""Shorter texts can be in an answer by chance."""
_PATIENCE_WITH_PROCESSES = 4.0
"""A stdio server is started anew for each conversation of its own, which can take a second."""
_GROUPS_IN_A_HURRY = 40
"""The quick profile asks rarely whether the target still answers: of a dead one it names a range of groups."""


PACKS = "mcp_audit.scenarios"
"""The group of entry points by which packs of checks are found."""


def load_catalogue() -> Catalogue:
    """Return the catalogue of every installed check pack."""
    packs = sorted(importlib.metadata.entry_points(group=PACKS), key=lambda entry: entry.name)
    catalogue = Catalogue((), ())
    for pack in packs:
        catalogue = catalogue.merged(pack.load()())
    return catalogue


def has_fault(check: Check) -> bool:
    """Return whether the reference server has a fault of the check's name: for each that comes with this program."""
    return check.judge.__module__.partition(".")[0] in _own_packages()


@cache
def _own_packages() -> frozenset[str]:
    packs = importlib.metadata.distribution("mcp-audit").entry_points.select(group=PACKS)
    return frozenset(pack.module for pack in packs)


def tool_info() -> ToolInfo:
    """Return the name and the version of this program."""
    return ToolInfo("mcp-audit", importlib.metadata.version("mcp-audit"))


def as_rfc3339(moment: datetime) -> str:
    """Return a moment in UTC as reports write it, to the second."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


async def audit(target: Target, *, profile: str = "standard", options: Options | None = None) -> Report:
    """Audit `target` with every installed check and return the report.

    `options` says everything else; `profile` overrides its profile. A target that cannot be audited gives a report
    whose `survey` is None and whose `failure` says why; nothing that the target does raises.
    """
    chosen = replace(options or Options(), profile=Profile(profile))
    catalogue = load_catalogue()
    return judge(await observe(target, catalogue, chosen), catalogue, chosen)


def _unwatched(_: Event) -> None:
    """Let an event pass that nobody watches."""


async def observe(
    target: Target, catalogue: Catalogue, options: Options, emit: Emit = _unwatched, *, interruptible: bool = False
) -> Run:
    """Hold all the conversations that the options allow and return what was seen, unjudged.

    When `interruptible`, SIGINT and SIGTERM end the run early (main thread only); what was seen until then is
    returned, marked as incomplete.
    """
    observation = _Observation(target, catalogue, options, emit)
    async with anyio.create_task_group() as tasks:
        if interruptible:
            tasks.start_soon(observation.end_on_signal)
        await observation.hold()
        tasks.cancel_scope.cancel()
    return observation.result()


async def take_pins(target: Target, options: Options) -> Pins:
    """Return pins of all that the target offers at its newest revision; nothing is called.

    Raises:
        TargetError: if it cannot be reached, is no MCP server, or a list of it cannot be read to its end.
    """
    survey = await take_survey(target, options)
    newest = survey.offers[-1]
    if newest.notes:
        raise TargetError(f"not everything that the target offers could be read: {newest.notes[0]}")
    return pins_of(newest, survey.label)


async def survey_and_plan(target: Target, catalogue: Catalogue, options: Options) -> tuple[Survey, Plan]:
    """Return what a run would do, without doing it; raises TargetError if the target cannot be audited."""
    survey = await take_survey(target, options)
    return survey, plan(catalogue, survey, options)


async def take_survey(target: Target, options: Options) -> Survey:
    """Return what the target offers; nothing is called. Raises TargetError if it cannot be audited."""
    transcript = Transcript(secrets=operator_secrets(target))
    connector = await connect(target, transcript, Bounds(probe_timeout_s=options.timeout_s))
    try:
        return await survey_target(connector, target, options.revisions)
    finally:
        await connector.aclose()


def operator_secrets(target: Target) -> tuple[str, ...]:
    """Return everything of the operator's that may not be recorded, in the forms in which it travels."""
    if not isinstance(target, HttpTarget):
        return (*(value for _, value in target.env if value), *inherited_secrets(os.environ))
    values = [value for _, value in (*target.headers, *target.identities) if value]
    bare = [value.partition(" ")[2] for value in values if value.lower().startswith(("bearer ", "basic "))]
    login = (urlsplit(target.url).password, basic_login(target.url))
    return tuple(value for value in (*values, *bare, *login) if value)


def operator_tokens(target: Target) -> tuple[str, ...]:
    """Return the operator's tokens, and the signatures of those that have one: what no answer may hold."""
    if not isinstance(target, HttpTarget):
        return ()
    shown = [value for name, value in target.headers if name.lower() == "authorization"]
    bare = [value.partition(" ")[2].strip() for value in (*shown, *(value for _, value in target.identities))]
    signatures = [token.rpartition(".")[2] for token in bare if token.count(".") == 2]
    return tuple(text for text in (*bare, *signatures) if len(text) >= _SHORTEST_TOKEN)


@dataclass(slots=True)
class _Observation:
    """One run in the making: what is known so far survives an interruption."""

    target: Target
    catalogue: Catalogue
    options: Options
    emit: Emit
    transcript: Transcript = field(init=False)
    plantation: Plantation | None = None
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun: float = field(default_factory=time.monotonic)
    survey: Survey | None = None
    plan: Plan | None = None
    runner: Runner | None = None
    failure: str = ""
    unfinished: str = ""
    interrupted: bool = False
    overrun: bool = False

    def __post_init__(self) -> None:
        self.transcript = Transcript(secrets=operator_secrets(self.target), tokens=operator_tokens(self.target))
        self.transcript.on_full = self.end_for_memory
        if self.options.consent.plant_dir:
            self.plantation = Plantation(self.options.consent.plant_dir)

    async def end_on_signal(self) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                self.interrupted = True
                self.scope.cancel()

    def end_for_memory(self) -> None:
        """End the run: the target has sent more than can be kept."""
        self.overrun = True
        self.scope.cancel()

    async def hold(self) -> None:
        self.scope.deadline = anyio.current_time() + self.options.budget_s
        with self.scope:
            try:
                await self._converse()
            except TargetError as error:
                self.failure = str(error)
        if self.scope.cancelled_caught:
            self.unfinished = self._why_ended()
            if self.survey is None:
                more = "" if self.overrun else "; allow more with --budget"
                self.failure = f"{self.unfinished} before the target was understood{more}"

    def _why_ended(self) -> str:
        if self.interrupted:
            return "the run was interrupted"
        if self.overrun:
            return f"the target sent more than the {ROOM >> 20} MiB that an audit keeps"
        return f"the budget of {self.options.budget_s:g} s was spent"

    async def _converse(self) -> None:
        bounds = Bounds(probe_timeout_s=self.options.timeout_s)
        connector = await connect(self.target, self.transcript, bounds)
        try:
            shared = connector.transport is Transport.STDIO
            async with SessionPool(connector) as pool:
                keep = pool.adopt if shared else None
                self.survey = await survey_target(connector, self.target, self.options.revisions, keep)
                self.emit(Surveyed(self.survey))
                self.plan = plan(self.catalogue, self.survey, self.options)
                credentials = Credentials.of(self.target)
                probes = _Probes(
                    self.target,
                    connector,
                    pool,
                    self.transcript,
                    self.survey,
                    self.options,
                    credentials,
                    self.plantation,
                    Allotment.of(self.plan, self.options, self.begun),
                )
                self.runner = Runner(
                    self.plan,
                    probes.open,
                    probes.control,
                    self.emit,
                    self.transcript.silent,
                    self.options.concurrency,
                    lanes=shared,
                    patience=_PATIENCE_WITH_PROCESSES if shared else 1.0,
                    groups_per_control=_GROUPS_IN_A_HURRY if self.options.profile is Profile.QUICK else 1,
                )
                await self.runner.run()
        finally:
            if self.plantation is not None:
                self.plantation.clear()
            with anyio.CancelScope(shield=True), anyio.move_on_after(5):
                await connector.aclose()

    def result(self) -> Run:
        reason = self.unfinished or "the scenario did not run"
        return Run(
            tool=tool_info(),
            target_kind="http" if isinstance(self.target, HttpTarget) else "stdio",
            target_label=self.target.label,
            started_at=as_rfc3339(self.started),
            duration_s=round(time.monotonic() - self.begun, 3),
            complete=not self.unfinished and not self.failure,
            seed=self.options.seed,
            survey=self.survey,
            records=self.runner.records(reason) if self.runner else (),
            skips=self.plan.skips if self.plan else (),
            exchanges=self.transcript.exchanges,
            notes=tuple(_notes(self.survey)) + ((self.unfinished,) if self.unfinished else ()),
            failure=self.failure,
        )


def _notes(survey: Survey | None) -> list[str]:
    if survey is None:
        return []
    return [*survey.notes, *(f"{offer.revision}: {note}" for offer in survey.offers for note in offer.notes)]


@dataclass(frozen=True, slots=True)
class _Probes:
    """Opens probes for the runner, and asks the liveness control."""

    target: Target
    connector: Connector
    pool: SessionPool
    transcript: Transcript
    survey: Survey
    options: Options
    credentials: Credentials
    plantation: Plantation | None
    allotment: Allotment

    def open(self, step: Step) -> AbstractAsyncContextManager[Probe]:
        return self._open(step)

    @asynccontextmanager
    async def _open(self, step: Step) -> AsyncIterator[Probe]:
        probe = LiveProbe(
            self.connector,
            self.pool,
            self.transcript,
            scenario=step.scenario.name,
            revision=step.revision,
            survey=self.survey,
            consent=self.options.consent,
            may_call=self._may_call,
            seed=self.options.seed,
            credentials=self.credentials,
            plantation=self.plantation,
            pins=self.options.pins,
            fuzzing=self.allotment.settings(step),
            loader=Loader(self.target, self.options.load) if step.scenario.load and self.options.load else None,
        )
        async with probe:
            yield probe

    def _may_call(self, tool: JsonObject) -> bool:
        return may_call(tool, self.options.consent)

    async def control(self, group: str) -> bool:
        """Ask for an ordinary answer on a new conversation, twice at most; True if it came."""
        revision = self.survey.revisions[-1]
        for _ in range(2):
            async with self._conversation(revision, f"liveness.{group}") as session:
                if await _answers(session, revision):
                    return True
        return False

    @asynccontextmanager
    async def _conversation(self, revision: Revision, scenario: str) -> AsyncIterator[LiveSession]:
        """Yield a new conversation, or, where one costs a process, the shared one (a new one if that has ended)."""
        if self.connector.transport is Transport.STDIO:
            async with self.pool.acquire(revision, scenario) as session:
                yield session
            return
        session = await self.connector.open(revision, scenario)
        try:
            yield session
        finally:
            await session.close()


async def _answers(session: LiveSession, revision: Revision) -> bool:
    return (await session.request("ping" if revision.era is Era.HANDSHAKE else "server/discover")).ok
