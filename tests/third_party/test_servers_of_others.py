"""Audits of servers that nobody here wrote: they come to their end, and show what reports/published says."""

from pathlib import Path

import pytest
from mcp_audit_harness.model import Report, Status

from .judged import read
from .publish import fails, observed, reported
from .servers import SERVERS, Server

pytestmark = [pytest.mark.e2e, pytest.mark.third_party, pytest.mark.timeout(400)]


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.slug)
def test_every_fail_on_a_server_of_others_has_been_judged_by_hand(server: Server, home: Path) -> None:
    report = reported(observed(server, home), server)
    assert report.failure == ""
    assert report.complete
    assert [(result.check, result.message) for result in report.results if result.status is Status.ERROR] == []
    judged = {
        check: set(item.seen[server.title]) for check, item in sorted(read().items()) if server.title in item.seen
    }
    shown = {check: set(revisions) for check, revisions in fails(report).items()}
    unexplained = {check: revisions - judged.get(check, set()) for check, revisions in shown.items()}
    assert {check: revisions for check, revisions in unexplained.items() if revisions} == {}
    stale = {check: _now_otherwise(report, check, revisions) for check, revisions in judged.items()}
    assert {check: revisions for check, revisions in stale.items() if revisions} == {}


def _now_otherwise(report: Report, check: str, revisions: set[str]) -> set[str]:
    """Return the revisions at which the check has come to another verdict; where nothing could be seen it has not."""
    seen = {Status.FAIL, Status.NOT_OBSERVED}
    return revisions - {str(item.revision) for item in report.results if item.check == check and item.status in seen}
