"""Findings as results of SARIF."""

from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

from mcp_audit_harness.model import Exchange, Finding, Place, Report, Step

from ..escape import shortened
from .rules import LEVEL

ROOT = "SRCROOT"
"""What addresses of files are relative to: the source tree."""
TARGET = "TARGET"
"""What the address of the target is relative to."""
_IN_QUERY = "/?:@!$&'()*+,;=%~"
_BODY = 2_000
"""Characters of a request or an answer: the rest is in report.json."""
_KINDS = {"tool": "function", "resource": "resource", "template": "resource", "prompt": "function", "file": "module"}


def results_of(report: Report, numbers: Mapping[str, int]) -> list[dict[str, object]]:
    """Return a result for each finding; `numbers` are the places of the rules in the run's list of them."""
    exchanges = {exchange.id: exchange for exchange in report.exchanges}
    found = [_result(finding, report, numbers[finding.check], exchanges) for finding in report.findings]
    for item in report.accepted:
        result = _result(item.finding, report, numbers[item.finding.check], exchanges)
        found.append({**result, "suppressions": [{"kind": "external", "justification": item.reason}]})
    return found


def _result(finding: Finding, report: Report, number: int, exchanges: Mapping[str, Exchange]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.check,
        "ruleIndex": number,
        "kind": "fail",
        "level": LEVEL[finding.severity],
        "message": {"text": _message(finding)},
        "locations": _locations(finding, report),
        "partialFingerprints": {"mcpAudit/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity.value,
            "level": finding.level.value,
            "revisions": [str(revision) for revision in finding.revisions],
            "evidence": list(finding.evidence),
            "reproduce": finding.reproduce,
        },
    }
    if finding.trail:
        steps = [{"location": _step(step)} for step in finding.trail]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    shown = next((exchanges[name] for name in finding.evidence if name in exchanges), None)
    return result if shown is None else {**result, **_web(shown)}


def _message(finding: Finding) -> str:
    return f"{finding.title}. {finding.message}".strip() + (f" ({finding.subject})" if finding.subject else "")


def _locations(finding: Finding, report: Report) -> list[dict[str, object]]:
    """Return where the finding is: lines of source, or else the address of the target with what of it."""
    logical = [] if not finding.subject else [_logical(finding.subject)]
    if finding.places:
        return [{"physicalLocation": _physical(place), "logicalLocations": logical} for place in finding.places]
    address = {"uri": _relative(report.target_label), "uriBaseId": TARGET}
    target = {"artifactLocation": address, "region": {"startLine": 1}}
    return [{"physicalLocation": target, "logicalLocations": logical}]


def _logical(subject: str) -> dict[str, object]:
    kind, _, name = subject.partition(":")
    return {"fullyQualifiedName": subject, "name": name or subject, "kind": _KINDS.get(kind, "object")}


def _relative(label: str) -> str:
    """Return the target as an address below `root_of` it: code scanning of GitHub refuses whole files for others."""
    parts = _parts(label)
    if parts is None:
        return quote(label, safe="", errors="replace") or "."
    path = quote(parts.path.lstrip("/"), safe="/@!$&'()*+,;=~", errors="replace")
    asked = f"?{quote(parts.query, safe=_IN_QUERY, errors='replace')}" if parts.query else ""
    return f"{path}{asked}" or "."


def root_of(label: str) -> dict[str, object]:
    """Return what the target's own address is relative to, as an entry of `originalUriBaseIds`."""
    parts = _parts(label)
    if parts is None:
        return {"description": {"text": "The target, which has no address: a command or a directory."}}
    return {"uri": f"{parts.scheme}://{quote(parts.netloc, safe='@:[]', errors='replace')}/"}


def _parts(label: str) -> SplitResult | None:
    """Return the parts of an address of HTTP; None for all else."""
    try:
        parts = urlsplit(label)
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.netloc else None


def _physical(place: Place) -> dict[str, object]:
    region: dict[str, object] = {"startLine": max(1, place.line), "startColumn": max(1, place.column)}
    if place.end_line > place.line:
        region["endLine"] = place.end_line
    if place.text:
        region["snippet"] = {"text": place.text}
    return {"artifactLocation": {"uri": quote(place.path, errors="replace"), "uriBaseId": ROOT}, "region": region}


def _step(step: Step) -> dict[str, object]:
    return {"physicalLocation": _physical(step.place), "message": {"text": step.note}}


def _web(exchange: Exchange) -> dict[str, object]:
    """Return the request and the answer that show the finding; of stdio there are none in these terms."""
    sent = exchange.sent
    if exchange.status is None or sent.verb in {"LINE", "BYTES"}:
        return {}
    request = {
        "method": sent.verb,
        "target": sent.path,
        "headers": dict(sent.headers),
        "body": {"text": shortened(sent.body, _BODY)},
    }
    answer = {
        "statusCode": exchange.status,
        "headers": dict(exchange.headers),
        "body": {"text": shortened(exchange.body, _BODY)},
    }
    return {"webRequest": request, "webResponse": answer}
