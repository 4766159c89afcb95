"""One page of documentation for each check, made from its declaration: written once, in the code."""

from collections.abc import Iterator
from pathlib import Path

from ..catalogue import Catalogue
from ..declare import Check
from ..model import Example, Revision, SeverityByExposure
from .probing import probed, reproduced
from .rule_pages import rule_pages


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
    """Yield the index, the table of attacks, each check's and each rule's page: path below the directory, and text."""
    yield "README.md", _index(catalogue)
    yield "attacks.md", _attacks(catalogue)
    for check in catalogue.checks:
        yield f"{check.id}.md", _page(check, catalogue)
    yield from rule_pages(catalogue)


def severity_of(check: Check) -> str:
    """Return the severity in words; by exposure, local first."""
    if isinstance(check.severity, SeverityByExposure):
        return f"{check.severity.local} (local), {check.severity.remote} (remote)"
    return check.severity.value


def _index(catalogue: Catalogue) -> str:
    lines = ["# Checks", "", f"{len(catalogue.checks)} checks; `mcp-audit explain ID` prints a page. What they try"]
    lines += ["together: [attacks](attacks.md). What is looked for in sources: [rules](source/README.md).", ""]
    lines += ["| check | severity | what it finds |", "|---|---|---|"]
    for check in sorted(catalogue.checks, key=lambda check: check.id):
        lines.append(f"| [{check.id}]({check.id}.md) | {severity_of(check)} | {check.title} |")
    return "\n".join(lines) + "\n"


def _attacks(catalogue: Catalogue) -> str:
    tried = sum(bool(attack.checks) for attack in catalogue.attacks)
    scenarios = {check.id: check.scenario.name for check in catalogue.checks}
    lines = [
        "# Attacks",
        "",
        f"{len(catalogue.attacks)} known attacks, {tried} of them tried. Each check has a fault of",
    ]
    lines += ["the same name in the reference server, which it has to find.", ""]
    lines += ["| attack | scenarios | checks and faults, or why it is not tried |", "|---|---|---|"]
    for attack in catalogue.attacks:
        runs = "<br>".join(sorted({scenarios[check] for check in attack.checks}))
        what = "<br>".join(f"[{check}]({check}.md)" for check in attack.checks)
        lines.append(f"| {attack.id} | {runs} | {what or attack.excluded} |")
    return "\n".join(lines) + "\n"


def _page(check: Check, catalogue: Catalogue) -> str:
    lines = [f"# {check.title}", "", f"`{check.id}`", "", *_facts(check, catalogue), ""]
    lines += ["## Why it matters", "", check.explanation, ""]
    lines += ["## What the specification says", "", *_duties(check, catalogue)]
    lines += ["## How it is probed", ""]
    for paragraph in probed(check):
        lines += [paragraph, ""]
    lines += ["## How to fix it", "", check.remediation, "", *_example(catalogue.example(check.id))]
    lines += ["## How to see it", ""]
    lines += [f"- `{command}` {purpose}." for command, purpose in reproduced(check)]
    if check.references:
        lines += ["", "## See also", "", *(f"- {reference}" for reference in check.references)]
    return "\n".join(lines) + "\n"


def _facts(check: Check, catalogue: Catalogue) -> list[str]:
    revisions = [revision for revision in Revision if catalogue.applies(check, revision)]
    levels = dict.fromkeys(str(catalogue.level(check, revision)) for revision in revisions)
    return [
        "| | |",
        "|---|---|",
        f"| severity | {severity_of(check)} |",
        f"| level | {', '.join(levels)} |",
        f"| category | {check.category} |",
        f"| impact | {check.scenario.impact.name.lower()} |",
        f"| transports | {', '.join(sorted(check.scenario.transports))} |",
        f"| revisions | {', '.join(map(str, revisions))} |",
        f"| effort of a fix | {check.effort} |",
        f"| since | {check.since} |",
    ]


def _duties(check: Check, catalogue: Catalogue) -> list[str]:
    lines: list[str] = []
    for row in check.requirements:
        requirement = catalogue.requirement(row)
        lines += [f"`{row}`: {requirement.text}", ""]
        lines += [f"- {citation.revision}: {citation.level}, {citation.url}" for citation in requirement.citations]
        lines += [""]
    return lines


def _example(example: Example | None) -> list[str]:
    """Return what was recorded from the reference server: the request, and both answers."""
    if example is None:
        return []
    lines = [f"Recorded from the reference server, {example.revision} over {example.transport}. Asked:", ""]
    lines += [*_block(example.request or "(nothing but the connection)"), ""]
    lines += ["Before, with the fault:", "", *_block(example.before), "", f"> {example.finding}", ""]
    if example.after:
        lines += ["After, without it:", "", *_block(example.after), ""]
    return lines


def _block(text: str) -> list[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}text", text, fence]
