"""For each check the server with the fault of its name: exactly that check fails. And the clean server passes them all.

The servers of the matrix run in this process, where they cost no start.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from mcp_audit_harness.api import audit, load_catalogue
from mcp_audit_harness.calibration.cases import Case, cases
from mcp_audit_harness.calibration.reference import legacy_target, stdio_reference
from mcp_audit_harness.calibration.run import run_case
from mcp_audit_harness.declare import Bench
from mcp_audit_harness.model import Call, Consent, HttpTarget, Report, Status, Target, Transport
from mcp_audit_harness.policy import Options
from oraclepack_faults.serve import running
from oraclepack_mcp.settings import Settings

from tests.authorized_server import authorized

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]


BENCHES = {
    Bench.DEFAULT: Settings(transport="streamable-http", port=0),
    Bench.DIAGNOSTICS: Settings(transport="streamable-http", port=0, profile="diagnostics"),
    Bench.LEGACY_SSE: Settings(transport="streamable-http", port=0, profile="diagnostics"),
}


@contextmanager
def _served(faults: Sequence[str], bench: Bench = Bench.DEFAULT) -> Iterator[HttpTarget]:
    if bench is Bench.AUTHORIZED:
        with authorized(faults) as target:
            yield target
        return
    with running(BENCHES[bench], faults) as url:
        yield legacy_target(url) if bench is Bench.LEGACY_SSE else HttpTarget(url)


CATALOGUE = load_catalogue()
CASES = [case for case in cases(CATALOGUE, _served) if not case.name.startswith("clean ")]
"""All but those of the clean server, of which more is required below."""

NEVER_SENT = {"schema/server-request": "the clean server sends no requests"}
NOT_OFFERED = {
    "lifecycle/serves-undeclared-capability": "it declares tools, resources and prompts",
    "http/repeats-event-id": "its events have no ids",
    "logging/accepts-unknown-level": "it declares no logging",
    "logging/wrong-code-for-unknown-level": "it declares no logging",
}
"""Checks to which the clean server gives no occasion; their faults switch on what it does not offer."""
ABOUT_HTTP = {
    "jsonrpc/swallows-invalid-json": "that a POST is accepted shows in its status",
    "jsonrpc/takes-odd-id-for-notification": "that a POST is accepted shows in its status",
    "stateless/wrong-status-for-missing-context": "stdio has no status",
}
"""Checks that judge HTTP alone, of scenarios that serve others over stdio, too."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_server_of_known_behaviour_has_its_required_outcome(case: Case) -> None:
    assert await run_case(case, CATALOGUE) == ""


async def test_every_check_of_http_passes_on_the_clean_server() -> None:
    with _served(()) as target:
        _assert_clean(await _audited(target), Transport.HTTP)


async def test_every_check_of_stdio_passes_on_the_clean_server() -> None:
    _assert_clean(await _audited(stdio_reference()), Transport.STDIO)


async def _audited(target: Target) -> Report:
    """Audit at every revision; the tools only read, so all may be called, also where no annotation says so."""
    return await audit(target, options=Options(consent=Consent(call=Call.ALL), timeout_s=20.0))


def _assert_clean(report: Report, transport: Transport) -> None:
    spotless = {Status.PASS, Status.NOT_APPLICABLE}
    others = {
        f"{result.revision} {result.check}: {result.status.value} {result.message}"
        for result in report.results
        if result.status not in spotless and result.check not in NEVER_SENT
    }
    assert others == set()
    judged = {check.id for check in CATALOGUE.checks if transport in check.scenario.transports}
    passed = {result.check for result in report.results if result.status is Status.PASS}
    not_over_stdio = ABOUT_HTTP if transport is Transport.STDIO else {}
    assert judged - passed == judged & {*NEVER_SENT, *NOT_OFFERED, *not_over_stdio}
