"""The rules over sources as pages, and as text at a terminal: made from their declarations."""

from collections.abc import Iterator

from ..catalogue import Catalogue
from ..model import SourceRule

_READ = {
    "python": "Python",
    "script": "TypeScript and JavaScript",
    "tree": "the tree as a whole",
    "dependencies": "manifests and lock files",
}


def rules_of(catalogue: Catalogue) -> tuple[SourceRule, ...]:
    """Return each rule once, whatever it is looked for in, in the order of their ids."""
    found = {rule.about.id: rule.about for rule in catalogue.source_rules()}
    return tuple(about for _, about in sorted(found.items()))


def languages_of(rule: SourceRule, catalogue: Catalogue) -> str:
    """Return in words what a rule looks at: languages, or the tree as a whole."""
    reads = sorted({found.reads for found in catalogue.source_rules() if found.about.id == rule.id})
    return ", ".join(_READ[item] for item in reads)


def rule_pages(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the index of rules and each rule's page: its path below the directory, and its text."""
    rules = rules_of(catalogue)
    if not rules:
        return
    yield "source/README.md", _index(rules)
    for rule in rules:
        yield f"{rule.id}.md", _page(rule, catalogue)


def facts_of(rule: SourceRule, catalogue: Catalogue) -> dict[str, str]:
    """Return what there is to say of a rule in single words."""
    facts = {
        "severity": rule.severity.value,
        "aspect": rule.aspect.value,
        "weakness": rule.weakness,
        "looks at": languages_of(rule, catalogue),
        "live checks": ", ".join(rule.shown_by),
    }
    return {name: text for name, text in facts.items() if text}


def accepting(rule: SourceRule) -> str:
    """Return the comment by which an author accepts a finding of the rule."""
    return f"# mcp-audit: ignore[{rule.id}] the reason"


def _index(rules: tuple[SourceRule, ...]) -> str:
    lines = ["# Rules over sources", "", f"{len(rules)} rules of `mcp-audit source PATH`, beside those of bandit and"]
    lines += ["mypy; `mcp-audit explain ID` prints a page.", ""]
    lines += ["| rule | severity | aspect | what it finds |", "|---|---|---|---|"]
    for rule in rules:
        name = rule.id.partition("/")[2]
        lines.append(f"| [{rule.id}]({name}.md) | {rule.severity} | {rule.aspect} | {rule.title} |")
    return "\n".join(lines) + "\n"


def _page(rule: SourceRule, catalogue: Catalogue) -> str:
    lines = [f"# {rule.title}", "", f"`{rule.id}`", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in facts_of(rule, catalogue).items()]
    lines += ["", "## Why it matters", "", rule.why, "", "## How to fix it", "", rule.remediation, ""]
    lines += ["## How to see it", "", f"- `mcp-audit source PATH --only {rule.id}` looks for nothing else."]
    lines += [f"- `{accepting(rule)}` on the line, or alone above it, accepts what is there."]
    if rule.references:
        lines += ["", "## See also", "", *(f"- {reference}" for reference in rule.references)]
    return "\n".join(lines) + "\n"
