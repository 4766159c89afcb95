"""The report as SARIF 2.1.0 (OASIS standard), for code scanning: one run, a rule for each check that found something.

Findings in the source have their lines and the way of the value (`codeFlows`); those of the running server have the
request and the answer (`webRequest`, `webResponse`) and name the tool as a logical location.
"""

from mcp_audit_harness.model import Report, Status

from ..plain import document
from .results import ROOT, TARGET, results_of, root_of
from .rules import rules_of

__all__ = ["render"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://pypi.org/project/mcp-audit/"


def render(report: Report) -> str:
    """Return the report as SARIF; the same report gives the same text."""
    rules = rules_of(report)
    run = {
        "tool": {
            "driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "informationUri": HOME,
                "rules": [rule.described for rule in rules],
            }
        },
        "automationDetails": {"id": f"mcp-audit/{report.target_kind}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The root of the source tree."}},
            TARGET: root_of(report.target_label),
        },
        "invocations": [_invocation(report)],
        "results": results_of(report, {rule.id: index for index, rule in enumerate(rules)}),
        "properties": {"target": report.target_label, "seed": report.seed, "complete": report.complete},
    }
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(report: Report) -> dict[str, object]:
    audited = report.survey is not None or report.source is not None
    notes = [report.failure] if report.failure else []
    notes += [f"{result.check}: {result.message}" for result in report.results if result.status is Status.ERROR]
    return {
        "executionSuccessful": audited and report.complete,
        "startTimeUtc": report.started_at,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": text}} for text in notes],
    }
