"""An audit by ordinary consent of the server with all its fixtures finds nothing of weight; see also `test_benches`."""

import anyio
import pytest
from mcp_audit_harness import HttpTarget, audit
from mcp_audit_harness.model import Severity, Status
from oraclepack_faults.serve import running
from oraclepack_mcp.settings import Settings

pytestmark = pytest.mark.e2e

_HEAVY = {Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL}
_SHOWN_BY_FIXTURES = {"progress/does-not-increase", "tools/structured-content-missing", "logging/accepts-unknown-level"}


def test_nothing_of_weight_is_found_at_any_revision() -> None:
    with running(Settings(transport="streamable-http", port=0, profile="diagnostics")) as url:
        report = anyio.run(audit, HttpTarget(url))
    assert report.failure == ""
    assert report.complete
    assert [(found.check, found.subject) for found in report.findings if found.severity in _HEAVY] == []
    assert [(result.check, result.message) for result in report.results if result.status is Status.ERROR] == []
    passed = {result.check for result in report.results if result.status is Status.PASS}
    assert passed >= _SHOWN_BY_FIXTURES
