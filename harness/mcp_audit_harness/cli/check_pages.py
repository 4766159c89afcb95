"""One page of documentation for each check, made from its declaration: written once, in the code."""

from collections.abc import Iterator
from pathlib import Path

from ..catalogue import Catalogue
from ..declare import Check
from ..model import Citation, Revision, SeverityByExposure, Transport


def write_pages(catalogue: Catalogue, directory: Path) -> int:
    """Write every page below `directory`, remove pages of checks that are gone, and return how many were written."""
    wanted = {directory / name: text for name, text in pages(catalogue)}
    for old in directory.glob("**/*.md"):
        if old not in wanted:
            old.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(wanted)


def pages(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the index and each check's page: its path below the directory, and its text."""
    yield "README.md", _index(catalogue)
    for check in catalogue.checks:
        yield f"{check.id}.md", _page(check, catalogue)


def severity_of(check: Check) -> str:
    """Return the severity in words; by exposure, local first."""
    if isinstance(check.severity, SeverityByExposure):
        return f"{check.severity.local} (local), {check.severity.remote} (remote)"
    return check.severity.value


def _index(catalogue: Catalogue) -> str:
    lines = ["# Checks", "", f"{len(catalogue.checks)} checks; `mcp-audit explain ID` prints a page.", ""]
    lines += ["| check | severity | what it finds |", "|---|---|---|"]
    for check in sorted(catalogue.checks, key=lambda check: check.id):
        lines.append(f"| [{check.id}]({check.id}.md) | {severity_of(check)} | {check.title} |")
    return "\n".join(lines) + "\n"


def _page(check: Check, catalogue: Catalogue) -> str:
    revisions = [str(revision) for revision in Revision if catalogue.applies(check, revision)]
    lines = [f"# {check.title}", "", f"`{check.id}`", "", check.explanation, "", f"**Fix.** {check.remediation}", ""]
    lines += [
        "| | |",
        "|---|---|",
        f"| severity | {severity_of(check)} |",
        f"| category | {check.category} |",
        f"| impact | {check.scenario.impact.name.lower()} |",
        f"| transports | {', '.join(sorted(check.scenario.transports))} |",
        f"| revisions | {', '.join(revisions)} |",
        "",
        "## Duties",
    ]
    for row in check.requirements:
        lines += ["", f"`{row}`: {catalogue.requirement(row).text}", ""]
        lines += [f"- {citation.revision}: {citation.level}, {citation.url}" for citation in _citations(row, catalogue)]
    if check.references:
        lines += ["", "## See also", "", *(f"- {reference}" for reference in check.references)]
    over_http = Transport.HTTP in check.scenario.transports
    command = "mcp-audit demo" if over_http else "mcp-audit -- oraclepack-mcp --transport stdio"
    lines += ["", "## Prove it", "", f"`{command} --fault {check.id}` shows the finding on the reference server."]
    return "\n".join(lines) + "\n"


def _citations(row: str, catalogue: Catalogue) -> tuple[Citation, ...]:
    return catalogue.requirement(row).citations
