"""Checks and rules as SARIF describes them: what is wrong, why, how to fix it, how grave it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mcp_audit_harness.model import Report, Severity, SourceRule

from ..escape import prose

LEVEL: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORE: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
"""What GitHub sorts security findings by (`security-severity`, read like a CVSS score)."""


_URI: Final = ":/?#[]@!$&'()*+,;=%~"
"""What an address may hold beyond letters and digits (RFC 3986)."""


@dataclass(frozen=True, slots=True)
class Described:
    """A rule by its id, as SARIF has it."""

    id: str
    described: dict[str, object]


def rules_of(report: Report) -> tuple[Described, ...]:
    """Return what describes every check and rule of a finding, and every rule that looked at a source tree."""
    found: dict[str, dict[str, object]] = {}
    for rule in report.source.rules if report.source else ():
        told = _described(rule.title, rule.why, rule.remediation, rule.severity)
        found[rule.id] = told | _linked(rule.references) | _tagged(rule.severity, [rule.aspect, *_weakness(rule)])
    for item in (*report.findings, *(accepted.finding for accepted in report.accepted)):
        if item.check not in found:
            told = _described(item.title, item.explanation, item.remediation, item.severity)
            tags = [item.category.value, item.check.partition("/")[0]]
            found[item.check] = told | _linked(item.docs) | _tagged(item.severity, tags)
    return tuple(Described(name, {"id": name, "name": _words(name), **said}) for name, said in sorted(found.items()))


def _weakness(rule: SourceRule) -> Iterator[str]:
    if rule.weakness:
        yield f"external/cwe/{rule.weakness.lower()}"


def _words(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("/", "-").split("-"))


def _described(title: str, why: str, fix: str, severity: Severity) -> dict[str, object]:
    told = " ".join(why.split()) or title
    return {
        "shortDescription": {"text": title},
        "fullDescription": {"text": told},
        "help": {"text": f"{told}\n\nFix: {fix}", "markdown": f"{prose(told)}\n\n**Fix:** {prose(fix)}"},
        "defaultConfiguration": {"level": LEVEL[severity]},
    }


def _tagged(severity: Severity, tags: list[str]) -> dict[str, object]:
    return {"properties": {"tags": sorted({*tags, "mcp"}), "security-severity": _SCORE[severity]}}


def _linked(docs: tuple[str, ...]) -> dict[str, object]:
    address = next((doc for doc in docs if doc.startswith(("https://", "http://"))), "")
    return {"helpUri": quote(address, safe=_URI, errors="replace")} if address else {}
