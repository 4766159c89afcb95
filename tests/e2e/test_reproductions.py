"""A finding's reproduction, pasted into a shell, shows the finding again."""

import shutil
import subprocess
import sys

import pytest
from mcp_audit_harness.api import load_catalogue, observe
from mcp_audit_harness.calibration.reference import http_reference, stdio_reference
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.model import Finding, Revision, Target
from mcp_audit_harness.policy import Options
from oraclepack_mcp.server.tools import TOOLS

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="needs bash and curl"),
]


async def finding_at(target: Target, check: str, revision: Revision) -> Finding:
    catalogue = load_catalogue()
    options = Options(only=(check,), revisions=(revision,))
    report = judge(await observe(target, catalogue, options), catalogue, options)
    assert [finding.check for finding in report.findings] == [check]
    return report.findings[0]


def pasted(command: str) -> str:
    """Return what a shell prints when the command is pasted into it."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout


@pytest.mark.parametrize("revision", [Revision.V2025_11_25, Revision.V2026_07_28])
async def test_over_http_in_a_session_and_without_one(revision: Revision) -> None:
    with http_reference(["tools/duplicate-name"]) as target:
        finding = await finding_at(target, "tools/duplicate-name", revision)
        shown = pasted(finding.reproduce)
    assert shown.startswith("HTTP/1.1 200")
    assert shown.count(f'"name":"{TOOLS[-1].name}"') == 2


async def test_with_a_foreign_origin() -> None:
    with http_reference(["rebinding/accepts-foreign-origin"]) as target:
        finding = await finding_at(target, "rebinding/accepts-foreign-origin", Revision.V2025_11_25)
        shown = pasted(finding.reproduce)
    assert shown.startswith("HTTP/1.1 200")
    assert "protocolVersion" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
async def test_over_stdio() -> None:
    target = stdio_reference(["tools/duplicate-name"])
    finding = await finding_at(target, "tools/duplicate-name", Revision.V2025_11_25)
    assert pasted(finding.reproduce).count(f'"name":"{TOOLS[-1].name}"') == 2
