"""Imported once by the process from which audits are forked: does what every audit does first."""

import mcp_audit_harness.cli.app
import mcp_audit_reports.json_v1
import mcp_audit_reports.markdown
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.model import Revision
from mcp_audit_harness.wire.schema import violations

from . import auditor

__all__ = ["auditor", "mcp_audit_harness", "mcp_audit_reports"]

load_catalogue()
for revision in Revision:
    tuple(violations({"jsonrpc": "2.0", "id": 1, "result": {}}, revision, method="ping"))
