"""A correct server with two tools and nothing else: an audit finds no fault at any revision that it offers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import anyio
import pytest
from mcp_audit_harness import HttpTarget, StdioTarget, audit
from mcp_audit_harness.model import Report, Status

from tests.correct_server import HANDSHAKE, STATELESS
from tests.correct_server_http import HandshakeServer, StatelessServer
from tests.servers import serving

pytestmark = pytest.mark.e2e

_SCRIPT = str(Path(__file__).parents[1] / "correct_server.py")


@contextmanager
def _over_http(era: str) -> Iterator[HttpTarget]:
    server = HandshakeServer() if era == "handshake" else StatelessServer()
    with serving(server, http="h11") as url:  # the other parser of uvicorn drops the host of an absolute target
        yield HttpTarget(f"{url}/mcp")


@contextmanager
def _over_stdio(era: str) -> Iterator[StdioTarget]:
    yield StdioTarget((sys.executable, _SCRIPT, era))


Start = Callable[[str], AbstractContextManager[HttpTarget | StdioTarget]]


@pytest.mark.parametrize(("era", "revisions"), [("handshake", HANDSHAKE), ("stateless", STATELESS)])
@pytest.mark.parametrize("start", [_over_http, _over_stdio])
def test_a_correct_server_with_two_tools_has_no_finding(start: Start, era: str, revisions: tuple[str, ...]) -> None:
    with start(era) as target:
        report = anyio.run(audit, target)
    assert report.failure == ""
    assert report.complete
    assert [(finding.check, finding.subject, finding.message) for finding in report.findings] == []
    assert [(result.check, result.message) for result in report.results if result.status is Status.ERROR] == []
    assert {str(result.revision) for result in report.results} == set(revisions)
    assert _passes_at_every_revision(report)


def _passes_at_every_revision(report: Report) -> bool:
    """Whether the absence of findings means something: most of what was judged has been seen to hold."""
    passed = {result.revision for result in report.results if result.status is Status.PASS}
    return passed == {result.revision for result in report.results}
