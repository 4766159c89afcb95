"""An audit of the server with all its fixtures finds nothing of weight, and has most to look at."""

import sys

import anyio
import pytest
from mcp_audit_harness import HttpTarget, Options, StdioTarget, audit
from mcp_audit_harness.model import Report, Revision, Severity, Status
from oraclepack_faults.serve import running
from oraclepack_mcp.settings import Settings

pytestmark = pytest.mark.e2e

_HEAVY = {Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL}
_SHOWN_BY_FIXTURES = {"progress/does-not-increase", "tools/structured-content-missing", "logging/accepts-unknown-level"}


def _judge(report: Report) -> None:
    assert report.failure == ""
    assert report.complete
    assert [(found.check, found.subject) for found in report.findings if found.severity in _HEAVY] == []
    assert [(result.check, result.message) for result in report.results if result.status is Status.ERROR] == []
    passed = {result.check for result in report.results if result.status is Status.PASS}
    assert passed >= _SHOWN_BY_FIXTURES


def test_over_http_at_every_revision() -> None:
    with running(Settings(transport="streamable-http", port=0, profile="diagnostics")) as url:
        _judge(anyio.run(audit, HttpTarget(url)))


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_over_stdio_in_either_era(revision: str) -> None:
    target = StdioTarget((sys.executable, "-m", "oraclepack_mcp", "--profile", "diagnostics"))
    options = Options(revisions=(Revision(revision),))

    async def judged() -> Report:
        return await audit(target, options=options)

    _judge(anyio.run(judged))
