"""The report as JUnit XML, which every CI server reads: a suite for each revision, a case for each verdict.

A FAIL is a failure, an ERROR an error, and what says nothing of the target (not observed, not applicable) is skipped
with its reason. What is only worth knowing (severity info) fails no case, as it fails no run: it is told in its output.
The form is that of the schema that Ant and Jenkins share (https://github.com/jenkinsci/xunit-plugin, junit-10.xsd).
"""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mcp_audit_harness.model import Finding, Report, Result, Severity, SourceFinding, SourceRule, SourceScan, Status

from . import escape, sourced
from .digest import cut_off, listed, status_word

_NO_XML = re.compile("[\ufffe\uffff]")
"""Allowed nowhere in XML 1.0 (section 2.2), and left by the escaping of what cannot be seen."""
_PLACES = 50
_COUNTED = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
"""Attribute, and the element that it counts the cases of."""


def render(report: Report) -> str:
    """Return the report as JUnit XML; the same report gives the same text."""
    findings = {(finding.check, finding.subject): finding for finding in report.findings}
    root = Element("testsuites", name="mcp-audit")
    revisions = dict.fromkeys(result.revision for result in report.results)
    for revision in sorted(revisions):
        results = [result for result in report.results if result.revision == revision]
        _suite(root, report, str(revision), (_case_of(result, findings) for result in results))
    if report.source is not None:
        _suite(root, report, "source", _source_cases(report.source))
    if report.failure:
        _suite(root, report, "preflight", [_preflight(report.failure)])
    _count(root, root.iter("testcase"))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(root: Element, report: Report, name: str, cases: Iterable[Element]) -> None:
    suite = SubElement(root, "testsuite", name=name, timestamp=_text(report.started_at.removesuffix("Z")))
    suite.set("hostname", "localhost")
    properties = SubElement(suite, "properties")
    for key, value in (("target", report.target_label), ("mcp-audit", report.tool.version), ("seed", str(report.seed))):
        SubElement(properties, "property", name=key, value=_text(value))
    suite.extend(cases)
    _count(suite, suite.iter("testcase"))


def _count(element: Element, cases: Iterable[Element]) -> None:
    every = list(cases)
    element.set("tests", str(len(every)))
    for name, tag in _COUNTED:
        if tag == "skipped" and element.tag == "testsuites":
            continue  # the schema counts them in suites only
        element.set(name, str(sum(case.find(tag) is not None for case in every)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in every):.3f}")


def _case(area: str, name: str, seconds: float = 0.0) -> Element:
    return Element("testcase", classname=_text(f"mcp-audit.{area}"), name=_text(name), time=f"{seconds:.3f}")


def _case_of(result: Result, findings: dict[tuple[str, str], Finding]) -> Element:
    name = f"{result.check} [{result.subject}]" if result.subject else result.check
    case = _case(result.area, name, result.duration_ms / 1000)
    if result.status is Status.FAIL:
        finding = findings.get((result.check, result.subject))
        _fail(case, result.severity, result.message, _told(result, finding))
    elif result.status is Status.ERROR:
        SubElement(case, "error", type=_text(result.blame or "error"), message=_text(result.message))
    elif result.status is not Status.PASS:
        SubElement(case, "skipped", message=_text(f"{status_word(result.status)}: {result.message}"))
    return case


def _fail(case: Element, severity: Severity, message: str, body: str) -> None:
    if severity is Severity.INFO:
        SubElement(case, "system-out").text = _text(f"{message}\n{body}")
    else:
        SubElement(case, "failure", type=str(severity), message=_text(message)).text = _text(body)


def _told(result: Result, finding: Finding | None) -> str:
    """Return what whoever sees the failure needs: what it is, how to fix it, the evidence, how to see it again."""
    lines = [result.title]
    if finding is not None:
        lines += [f"fix: {finding.remediation}", *(f"source: {text}" for text in sourced.where(finding))]
        lines += [f"see: {doc}" for doc in dict.fromkeys(finding.docs)]
    lines.append(f"evidence: {', '.join(result.evidence)} in report.json")
    if finding is not None and finding.reproduce:
        lines += ["reproduce:", finding.reproduce]
    return "\n".join(lines)


def _source_cases(scan: SourceScan) -> Iterator[Element]:
    """Yield a case for each rule that looked at the tree; all places where it is broken are one failure."""
    found = sourced.by_rule(scan)
    for rule in scan.rules:
        case = _case("source", rule.id)
        if several := found.get(rule.id):
            _fail(case, several[0].severity, _broken(rule, several), _places(rule, several))
        yield case


def _broken(rule: SourceRule, found: list[SourceFinding]) -> str:
    return f"{rule.title}: {listed([str(finding.place) for finding in found], 1)}"


def _places(rule: SourceRule, found: list[SourceFinding]) -> str:
    lines = [f"{finding.place}: {finding.message}" for finding in found]
    return "\n".join([*cut_off(lines, _PLACES, " in report.json"), f"fix: {rule.remediation}"])


def _preflight(failure: str) -> Element:
    case = _case("preflight", "the target can be audited")
    SubElement(case, "error", type="target", message=_text(failure))
    return case


def _text(text: str) -> str:
    """Return text that XML can hold and that no log viewer obeys."""
    return _NO_XML.sub("\ufffd", escape.block(text))
