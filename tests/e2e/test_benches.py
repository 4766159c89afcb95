"""The clean reference server on every bench: nothing fails, and every check passes where it is proven."""

import fcntl
import functools
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Final, TypeAlias

import anyio
import pytest
from mcp_audit_harness.api import load_catalogue, observe
from mcp_audit_harness.calibration.reference import bench_options, stdio_reference
from mcp_audit_harness.declare import Bench, Check
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.engine.saved import Run, dump, load
from mcp_audit_harness.model import (
    Call,
    Consent,
    Impact,
    Implementation,
    Report,
    Requirement,
    Revision,
    RowKind,
    Status,
    Transport,
)
from mcp_audit_harness.policy import Options

from tests.benches import served

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

Stand: TypeAlias = tuple[Bench, Transport]
CATALOGUE: Final = load_catalogue()
_APART: Final = frozenset({Bench.PROCESS})
"""Benches on which there are checks of load only."""
_NEWEST: Final = frozenset({Bench.PLANTED, Bench.TLS})
"""Benches whose checks look at what no revision changes."""
_NEWEST_REVISIONS: Final = (Revision.V2025_11_25, Revision.V2026_07_28)
"""Of each era. Over stdio each conversation costs a process: there the others are left to `mcp-audit calibrate`."""
STANDS: Final[tuple[Stand, ...]] = (
    *(
        (bench, Transport.SSE if bench is Bench.LEGACY_SSE else Transport.HTTP)
        for bench in Bench
        if bench not in _APART
    ),
    (Bench.DEFAULT, Transport.STDIO),
    (Bench.DIAGNOSTICS, Transport.STDIO),
)
SHARE_THAT_NEEDS_COOPERATION: Final = 0.85
ISSUERS: Final = re.compile("OAuth proxy|third-party flow|authorization server|authorization endpoint|issued token")
"""What duties need that bind who issues tokens, or stands before a third party that does: the server here only reads
them."""


def _of(area: str) -> list[str]:
    return [check.id for check in CATALOGUE.checks if check.area == area]


NO_OCCASION: Final[Mapping[str, str]] = {
    "schema/server-request": "the default server sends no requests",
    "discover/malformed-extension-id": "it declares no extensions",
    "tools/ignores-unresolved-reference": "its schemas refer to nothing outside themselves",
    "stateless/odd-answer-to-older-verbs": "it serves the handshake era, too",
    "stateless/serves-without-version-header": "it serves the handshake era, too",
    "stateless/initialize-refused-without-versions": "it serves the handshake era, too",
    "authorization/no-token-issuer": "it issues no tokens itself",
    "authorization/no-client-registration": "it issues no tokens itself",
    "authorization/redirects-anywhere": "it issues no tokens itself",
    "lifecycle/serves-undeclared-capability": "it declares tools, resources and prompts",
    "http/repeats-event-id": "its events have no ids",
    "logging/accepts-unknown-level": "it declares no logging",
    "logging/wrong-code-for-unknown-level": "it declares no logging",
    "csrf/upgrades-for-foreign-origin": "it has no WebSocket",
    "injection/expands-entities": "no tool of it reads XML",
    "injection/resolves-external-entities": "no tool of it reads XML",
    "injection/splits-requests-at-newlines": "no tool of it fetches addresses",
    "injection/evaluates-code": "no tool of it takes any text",
    "injection/evaluates-templates": "no tool of it takes any text",
    "injection/reads-text-as-option": "no tool of it takes any text",
    "injection/runs-commands-unseen": "no tool of it takes any text",
    "injection/runs-shell-commands": "no tool of it takes any text",
    "outputs/unescaped-formula": "no tool of it writes tables",
    "outputs/unescaped-html": "no tool of it writes HTML",
    "principals/handle-guessable": "no handle goes from one tool to another",
    "principals/serves-foreign-object": "no handle goes from one tool to another",
    "resources/serves-unlisted-neighbour": "no resource has a number",
    "ssrf/allows-lookalike-address": "no tool of it fetches addresses",
    "ssrf/follows-redirect-inside": "no tool of it fetches addresses",
    "ssrf/identifier-becomes-path": "no tool of it fetches addresses",
    "ssrf/sends-credentials-out": "no tool of it fetches addresses",
    **dict.fromkeys(_of("pins"), "nothing was pinned"),
    **dict.fromkeys(_of("oauth"), "it has no login of its own"),
}
"""Checks that never pass on the clean server: their faults switch on what it does not do."""
ABOUT_HTTP: Final[Mapping[str, str]] = {
    "jsonrpc/swallows-invalid-json": "that a POST is accepted shows in its status",
    "jsonrpc/takes-odd-id-for-notification": "that a POST is accepted shows in its status",
    "stateless/wrong-status-for-missing-context": "stdio has no status",
    "stateless/protocol-error-without-400": "stdio has no status",
    "stateless/change-told-to-a-request": "stdio has one stream",
    "logging/message-on-other-stream": "stdio has one stream",
    "tasks/get-as-stream": "stdio has one stream",
    "tasks/breaks-transport": "stdio has no media types",
    "elicitation/completes-for-others": "stdio has one client",
}
"""Checks that judge HTTP alone, of scenarios that serve others over stdio, too."""


ReportOf: TypeAlias = Callable[[Stand], Report]
EACH: Final = pytest.mark.parametrize("stand", STANDS, ids=lambda stand: f"{stand[0]} {stand[1]}")


@pytest.fixture(scope="session")
def report_of(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ReportOf:
    """Return what gives the report of a stand, which is audited once for all workers of pytest."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent

    @functools.cache
    def found(stand: Stand) -> Report:
        file = shared / f"{stand[0]}-{stand[1]}.run.json"
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                file.write_bytes(dump(anyio.run(_observed, *stand)))
        return judge(load(file.read_bytes()), CATALOGUE, _options(*stand))

    return found


async def _observed(bench: Bench, transport: Transport) -> Run:
    at_hand = nullcontext(stdio_reference((), bench)) if transport is Transport.STDIO else served((), bench)
    with at_hand as target:
        return await observe(target, CATALOGUE, _options(bench, transport))


def _options(bench: Bench, transport: Transport) -> Options:
    """Return the options of the audit; the tools do no harm, so all may be called, whatever their annotations say."""
    allowed = bench_options(Options(consent=Consent(call=Call.ALL), timeout_s=20.0), bench)
    return replace(allowed, revisions=_revisions(bench, transport))


def _revisions(bench: Bench, transport: Transport) -> tuple[Revision, ...]:
    return _NEWEST_REVISIONS if bench in _NEWEST or transport is Transport.STDIO else tuple(Revision)


def _proven_on(check: Check, stand: Stand) -> bool:
    bench, transport = stand
    scenario = check.scenario
    standard = scenario.impact is not Impact.INTRUSIVE and not scenario.deep
    applies = any(CATALOGUE.applies(check, revision) for revision in _revisions(bench, transport))
    return standard and applies and scenario.bench is bench and transport in scenario.transports


@EACH
def test_nothing_fails_on_any_bench(stand: Stand, report_of: ReportOf) -> None:
    wrong = {Status.FAIL, Status.ERROR}
    found = {
        f"{result.revision} {result.check}: {result.status} {result.message}"
        for result in report_of(stand).results
        if result.status in wrong
    }
    assert found == set()


@EACH
def test_every_check_sees_what_it_is_about_on_its_bench(stand: Stand, report_of: ReportOf) -> None:
    checks = {check.id: check for check in CATALOGUE.checks}
    unseen = {
        f"{result.revision} {result.check}: {result.message}"
        for result in report_of(stand).results
        if result.status is Status.NOT_OBSERVED and _proven_on(checks[result.check], stand)
        if result.check not in NO_OCCASION
    }
    assert unseen == set()


@EACH
def test_every_check_passes_on_its_bench(stand: Stand, report_of: ReportOf) -> None:
    passed = {result.check for result in report_of(stand).results if result.status is Status.PASS}
    not_here = {*NO_OCCASION, *(ABOUT_HTTP if stand[1] is Transport.STDIO else ())}
    proven = {check.id for check in CATALOGUE.checks if _proven_on(check, stand)}
    assert proven - passed == proven & not_here


def _impossible(row: Requirement, revision: Revision) -> bool:
    """Whether no server can be seen to do it: servers of this revision have no occasion to."""
    cited = row.at(revision)
    return cited is not None and bool(cited.excluded)


@pytest.mark.parametrize("revision", Revision, ids=str)
def test_most_duties_that_need_cooperation_are_seen_to_hold(revision: Revision, report_of: ReportOf) -> None:
    rows = [row for row in CATALOGUE.requirements if row.of_servers and row.at(revision)]
    needing = {row.id for row in rows if row.observable == "needs-cooperation" and not _impossible(row, revision)}
    of_issuers = {row.id for row in rows if row.id in needing and ISSUERS.search(row.needs)}
    held = {
        row.requirement
        for stand in STANDS
        for row in report_of(stand).matrix
        if row.kind is RowKind.DUTY and row.revision is revision and row.implementation is Implementation.IMPLEMENTED
    }
    seen = needing & held
    print(f"{revision}: {len(seen)} of {len(needing)}, {len(of_issuers)} of them duties of token issuers")  # noqa: T201
    assert len(seen) >= SHARE_THAT_NEEDS_COOPERATION * len(needing - of_issuers), sorted(needing - of_issuers - seen)
