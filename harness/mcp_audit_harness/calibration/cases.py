"""The cases: what is audited, and what the report has to say."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import anyio.to_thread

from ..api import has_fault
from ..catalogue import Catalogue
from ..declare import Bench, Check
from ..fuzz.settings import FuzzSettings
from ..model import Era, HttpTarget, Report, Revision, Status, Target, Transport
from ..policy import Options, Profile
from . import servers
from .loads import compares, consent_to, load_of
from .reference import bench_options, http_reference, stdio_reference

Opens: TypeAlias = Callable[[], AbstractAsyncContextManager[Target]]
Judges: TypeAlias = Callable[[Report], str]
"""Returns what is wrong with a report; empty if it is as required."""
Serves: TypeAlias = Callable[[Sequence[str], Bench], AbstractContextManager[HttpTarget]]
"""Serves the reference server with the named faults on a bench over HTTP and gives the target that it is."""

_ALSO_OFFERED = {"http/refuses-absent-version-header": (Revision.V2025_03_26,), "eras": (Revision.V2025_11_25,)}
"""Revisions that a check, or every check of an area, has to see on offer before it judges another."""
_TALKATIVE = tuple(
    f"{area}/*"
    for area in (
        "tools",
        "resources",
        "prompts",
        "completion",
        "elicitation",
        "jsonrpc",
        "lifecycle",
        "ping",
        "subscriptions",
    )
)
"""Areas whose checks give those something to judge that look at what was said."""
_SEEN_WITH_HANDSHAKE = frozenset(
    {
        "logging",
        "cancellation/breaks-session",
        "cancellation/goes-on-after-cancel",
        "http/stream-left-open",
        "http/malformed-event",
        "schema/server-request",
    }
)
"""Checks, or areas of checks, of which the reference server gives occasion in the handshake era only."""
_OVER_STDIO = frozenset({"fuzz/dirty-stdout"})
"""Checks of stdio alone, of scenarios that serve others over HTTP, too."""
_FUZZ = FuzzSettings(cases=500)
"""Within so many generated cases a fault has to be found."""
_FUZZED_TOOLS = ("oraclepack_list_packs", "test_structured_content")
"""The tools that go wrong at some arguments where a fault is one of arguments: no others are fuzzed."""
_TRIES_OF_LOAD = 3
_PINNED = "pins"
"""The area whose checks compare with definitions that were pinned on the clean server."""
_PATIENT = Options(timeout_s=10.0, budget_s=120.0)
"""For servers that answer: a busy machine must not look like a silent server."""


@dataclass(frozen=True, slots=True)
class Case:
    """One server of known behaviour."""

    name: str
    requires: str
    """The required outcome in words."""
    open: Opens
    judge: Judges
    audits: tuple[Options, ...] = (Options(timeout_s=3.0, budget_s=120.0),)
    """Each has the required outcome, on a server of its own: one that goes wrong may stay so."""
    reviewed: Opens | None = None
    """The server whose definitions were pinned before the audit; None: there are no pins."""
    measured: Opens | None = None
    """The server that was loaded before the audit, to compare with; None: there is no earlier run."""
    tries: int = 1
    """How often it is run until it has its outcome: what is measured may be spoiled by whatever else a machine does."""


def cases(catalogue: Catalogue, serve: Serves = http_reference, *, near: bool = False) -> tuple[Case, ...]:
    """Return every case, those of known bad hosts first, then the clean server, then one for each check with a fault.

    Of the bystanders of a fault `near` takes those that it is most likely to trip, at one revision: a fraction of the
    time.
    """
    faults = (fault_case(check, catalogue, serve, near=near) for check in catalogue.checks if has_fault(check))
    return (*_hosts(), *_clean(serve), *faults)


def _hosts() -> Iterable[Case]:
    for name, behaviour, phrase in (
        ("black hole", servers.black_hole, "does not answer"),
        ("web page", servers.web_page, "web page"),
        ("json api", servers.json_api, "not JSON-RPC"),
        ("redirect loop", servers.redirect_loop, "redirects"),
        ("unauthorized", servers.unauthorized, "requires authorization"),
        ("endless stream", servers.endless_stream, "never answers"),
        ("ten gigabytes", servers.huge_body, "more than the harness reads"),
        ("refuse all", servers.refuse_all, "refuses every revision"),
    ):
        requires = f"not audited, no result; the reason says {phrase!r}"
        yield Case(name, requires, _opens(behaviour), _not_audited(phrase))
    yield Case("dead port", "not audited, no result", _opens_closed, _not_audited("nothing answers"))
    yield Case("grant all", "audited; it fails at what it grants", _opens(servers.grant_all), _grants)
    yield Case("dies mid-run", "no PASS after its death, no harness error", _opens_dying, _died)


def _clean(serve: Serves) -> Iterable[Case]:
    requires = "no FAIL, no ERROR"
    yield Case("clean over http", requires, _opens_reference((), serve), _spotless, (_PATIENT,))
    yield Case("clean over stdio", requires, _opens_stdio(()), _spotless, (_PATIENT,))


def fault_case(check: Check, catalogue: Catalogue, serve: Serves = http_reference, *, near: bool = False) -> Case:
    """Return the case of the fault that is named after `check`: exactly that check fails.

    It is audited at every revision at which the check applies, on the bench of its scenario, where every tool may be
    called: none of them does harm. The checks near to it look on at each of them; those of the quick profile, to see
    that no bystander fails, at the newest of each era.
    """
    bench = check.scenario.bench
    http = bench is Bench.LEGACY_SSE or (Transport.HTTP in check.scenario.transports and check.id not in _OVER_STDIO)
    opens = _opens_reference((check.id,), serve, bench) if http else _opens_stdio((check.id,), bench)
    applying = [revision for revision in Revision if catalogue.applies(check, revision)]
    options = bench_options(_PATIENT, bench, check.scenario.impact)
    requires = f"exactly {check.id} fails, at every revision at which it applies"
    clean = _opens_reference((), serve, bench)
    if check.scenario.load:
        audits: Iterable[Options] = _loaded(check, applying, options, near=near)
    elif check.scenario.deep:
        own = tuple(other.id for other in catalogue.checks if other.scenario is check.scenario)
        audits = _deep(applying, replace(options, only=own if near else ("fuzz/*",)), near=near)
    else:
        audits = _near(check, applying, options) if near else _audits(check, applying, options, crowded=not http)
    reviewed = clean if check.area == _PINNED else None
    measured = clean if compares(check.id) else None
    tries = _TRIES_OF_LOAD if check.scenario.load else 1
    return Case(f"fault {check.id}", requires, opens, _exactly(check.id), tuple(audits), reviewed, measured, tries)


def _near(check: Check, applying: Sequence[Revision], options: Options) -> Iterable[Options]:
    """Yield the audit of a fault at the newest revision, with the checks of its area and those of every message."""
    also, newest = _ALSO_OFFERED.get(check.id, _ALSO_OFFERED.get(check.area, ())), _newest(applying)
    chosen = newest[:1] if {check.id, check.area} & _SEEN_WITH_HANDSHAKE else newest[-1:]
    profile = Profile.STANDARD if check.scenario.observes else Profile.QUICK
    yield replace(options, profile=profile, revisions=_of(also, chosen), only=_neighbours(check))


def _deep(applying: Sequence[Revision], options: Options, *, near: bool) -> Iterable[Options]:
    """Yield the audit of a fault that only generated requests find, at the newest revision, or that of each era."""
    newest = _newest(applying)
    consent = replace(options.consent, tools=_FUZZED_TOOLS)
    revisions = _of(newest[-1:] if near else newest)
    yield replace(options, profile=Profile.DEEP, revisions=revisions, fuzz=_FUZZ, consent=consent, budget_s=300.0)


def _loaded(check: Check, applying: Sequence[Revision], options: Options, *, near: bool) -> Iterable[Options]:
    """Yield the audit of a fault that only load brings out, at the newest revision, or that of each era."""
    newest, consent = _newest(applying), consent_to(options.consent)
    for revision in newest[-1:] if near else newest:
        yield replace(options, revisions=(revision,), only=("load/*",), load=load_of(check.id), consent=consent)


def _audits(check: Check, applying: Sequence[Revision], options: Options, *, crowded: bool) -> Iterable[Options]:
    """Yield the audits of a fault: with all checks that the quick profile has, and with its neighbours everywhere.

    Over stdio each conversation costs a process, so that all are looked at with the newest revision only.
    """
    also, newest = _ALSO_OFFERED.get(check.id, _ALSO_OFFERED.get(check.area, ())), _newest(applying)
    profile = Profile.STANDARD if check.scenario.observes else Profile.QUICK
    yield replace(
        options, profile=profile, revisions=_of(also, newest[-1:] if crowded else newest), only=("*", check.id)
    )
    yield replace(options, revisions=_of(also, applying), only=_neighbours(check))


def _neighbours(check: Check) -> tuple[str, ...]:
    """Return which checks a fault is most likely to trip: those of its area, and those of every message."""
    return (check.id, f"{check.area}/*", "schema/*", *(_TALKATIVE if check.scenario.observes else ()))


def _newest(applying: Sequence[Revision]) -> list[Revision]:
    """Return the newest revision of each era."""
    newest = (max((found for found in applying if found.era is era), default=None) for era in Era)
    return [revision for revision in newest if revision is not None]


def _of(*groups: Iterable[Revision]) -> tuple[Revision, ...]:
    return tuple(dict.fromkeys(revision for group in groups for revision in group))


def _opens(behaviour: servers.Behaviour) -> Opens:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Target]:
        async with servers.listening(behaviour) as url:
            yield HttpTarget(url)

    return opened


@asynccontextmanager
async def _opens_closed() -> AsyncIterator[Target]:
    async with servers.closed_port() as url:
        yield HttpTarget(url)


@asynccontextmanager
async def _opens_dying() -> AsyncIterator[Target]:
    async with servers.listening(servers.Dying(answers=60)) as url:
        yield HttpTarget(url)


def _opens_reference(faults: tuple[str, ...], serve: Serves, bench: Bench = Bench.DEFAULT) -> Opens:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Target]:
        server = serve(faults, bench)
        target = await anyio.to_thread.run_sync(server.__enter__)
        try:
            yield target
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(server.__exit__, None, None, None)

    return opened


def _opens_stdio(faults: tuple[str, ...], bench: Bench = Bench.DEFAULT) -> Opens:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Target]:
        yield stdio_reference(faults, bench)

    return opened


def _not_audited(phrase: str) -> Judges:
    def judge(report: Report) -> str:
        if report.survey is not None or report.results:
            return f"it was audited, with {len(report.results)} results"
        return "" if phrase in report.failure else f"the reason is {report.failure!r}"

    return judge


def _spotless(report: Report) -> str:
    if report.survey is None:
        return f"not audited: {report.failure}"
    if not any(result.status is Status.PASS for result in report.results):
        return "nothing passed"
    return _listed([*_keys(report, Status.FAIL), *_errors(report)])


def _exactly(name: str) -> Judges:
    def judge(report: Report) -> str:
        if report.survey is None:
            return f"not audited: {report.failure}"
        failing, errors = _keys(report, Status.FAIL), _errors(report)
        if failing == {name} and not errors:
            blind = _blind(report, name)
            return f"not found at {blind}" if blind else ""
        reason = "" if name in failing else f"; {name}: {_why_not(report, name)}"
        return f"failing: {_listed([*failing, *errors]) or 'none'}{reason}"

    return judge


def _blind(report: Report, name: str) -> str:
    """Return the revisions at which the check judged and did not fail."""
    judged: dict[Revision, set[Status]] = {}
    for result in report.results:
        if result.check == name:
            judged.setdefault(result.revision, set()).add(result.status)
    missed = [rev for rev, seen in judged.items() if Status.FAIL not in seen and seen != {Status.NOT_APPLICABLE}]
    return _listed(f"{revision} ({', '.join(sorted(judged[revision]))})" for revision in missed)


def _grants(report: Report) -> str:
    failing = _keys(report, Status.FAIL)
    missing = {"lifecycle/echoes-unknown-version", "jsonrpc/serves-unknown-method"} - failing
    if missing:
        return f"it does not fail {_listed(missing)}"
    return _listed(_errors(report))


def _died(report: Report) -> str:
    if report.survey is None:
        return f"not audited: {report.failure}"
    if errors := _errors(report):
        return _listed(errors)
    unseen = [result for result in report.results if result.status is Status.NOT_OBSERVED]
    return "" if unseen else "every check claims to have seen something"


def _keys(report: Report, status: Status) -> set[str]:
    return {result.check for result in report.results if result.status is status}


def _errors(report: Report) -> set[str]:
    wrong = [result for result in report.results if result.status is Status.ERROR]
    return {f"{result.check} (ERROR: {result.message})" for result in wrong}


def _why_not(report: Report, name: str) -> str:
    """Say what became of the check that should have failed."""
    seen = {f"{result.status.value} {result.message}".strip() for result in report.results if result.check == name}
    return _listed(seen) or "no result"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
