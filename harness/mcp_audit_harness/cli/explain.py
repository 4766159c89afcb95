"""`explain ID`: all there is to know about a check, a requirement, a feature or a rule over sources."""

import difflib
import sys
import textwrap
from collections.abc import Iterable, Iterator

from ..api import load_catalogue
from ..catalogue import Catalogue
from ..declare import Check, Feature
from ..model import Example, Requirement, Revision, Role, SourceRule
from ..policy import Exit
from .check_pages import severity_of
from .probing import probed, reproduced
from .rule_pages import accepting, facts_of, rules_of
from .usage import UsageError

_WIDTH = 96
_INDENT = " " * 12
_OBSERVED_BY = {
    "black-box-http": "anybody, over HTTP",
    "black-box-stdio": "anybody, over stdio",
    "both": "anybody",
    "needs-cooperation": "who has the server's cooperation",
    "not-observable": "nobody from outside",
}


def explain_command(name: str | None) -> int:
    """Print everything that has the id `name`; raises UsageError where nothing has."""
    if name is None:
        raise UsageError("which one? `mcp-audit list` names all checks")
    catalogue = load_catalogue()
    parts = list(_parts(name, catalogue))
    if not parts:
        raise UsageError(f"there is no check, requirement, feature or rule {name!r}{_hint(name, catalogue)}")
    sys.stdout.write("\n\n".join("\n".join(part) for part in parts) + "\n")
    return Exit.CLEAN


def _parts(name: str, catalogue: Catalogue) -> Iterator[list[str]]:
    for check in catalogue.checks:
        if check.id == name:
            yield check_lines(check, catalogue)
    for feature in catalogue.features:
        if feature.id == name:
            yield feature_lines(feature, catalogue)
    for row in catalogue.requirements:
        if row.id == name:
            yield requirement_lines(row, catalogue)
    for rule in rules_of(catalogue) if name.startswith("source/") else ():
        if rule.id == name:
            yield rule_lines(rule, catalogue)


def _hint(name: str, catalogue: Catalogue) -> str:
    everything: tuple[Check | Feature | Requirement | SourceRule, ...] = (
        *catalogue.checks,
        *catalogue.features,
        *catalogue.requirements,
        *rules_of(catalogue),
    )
    near = difflib.get_close_matches(name, dict.fromkeys(item.id for item in everything), n=3)
    return f"; did you mean {', '.join(near)}?" if near else "; `mcp-audit list` names all checks"


def check_lines(check: Check, catalogue: Catalogue) -> list[str]:
    """Return a check as text: why, how it is probed, how to fix it, which sentences demand it."""
    revisions = [str(revision) for revision in Revision if catalogue.applies(check, revision)]
    lines = [f"check {check.id}", check.title, "", *_filled(check.explanation), ""]
    lines += _field("severity", severity_of(check))
    lines += _field("category", check.category.value)
    lines += _field("impact", check.scenario.impact.name.lower())
    lines += _field("transports", ", ".join(sorted(check.scenario.transports)))
    lines += _field("revisions", ", ".join(revisions))
    lines += _field("probed", " ".join(probed(check)))
    lines += _field("fix", check.remediation)
    lines += _field("effort", check.effort.value)
    lines += _field("since", check.since)
    lines += _example(catalogue.example(check.id))
    for row in check.requirements:
        lines += ["", *_duty(catalogue.requirement(row))]
    lines += [""] + [f"see {reference}" for reference in check.references]
    commands = reproduced(check)
    width = max(len(command) for command, _ in commands)
    lines += [f"{command:<{width}}  {purpose}" for command, purpose in commands]
    return lines


def feature_lines(feature: Feature, catalogue: Catalogue) -> list[str]:
    """Return a feature as text: why clients want it, since when it exists, and how to get it."""
    until = f", until {feature.spec.end}" if feature.spec.end else ""
    lines = [f"feature {feature.id}", feature.title, "", *_filled(feature.explanation), ""]
    lines += _field("since", f"revision {feature.spec.first}{until}")
    lines += _field("section", feature.url)
    lines += _field("priority", feature.priority.value)
    lines += _field("effort", feature.effort.value)
    lines += _field("how", feature.remediation)
    for row in feature.requirements:
        lines += ["", *_duty(catalogue.requirement(row))]
    return lines


def requirement_lines(row: Requirement, catalogue: Catalogue) -> list[str]:
    """Return a requirement as text: whom it binds, who can see it, and which checks judge it, or why none does."""
    checks = [check for check in catalogue.checks if row.id in check.requirements]
    features = [feature for feature in catalogue.features if row.id in feature.requirements]
    lines = ["requirement", *_duty(row), ""]
    lines += _field(
        "binds", {Role.BOTH: "server and client", Role.AUTHZ_SERVER: "authorization server"}.get(row.role, row.role)
    )
    lines += _field("seen by", _OBSERVED_BY.get(row.observable, row.observable))
    lines += _field("needs", row.needs)
    lines += _field("applies if", row.applies_if)
    for check in checks:
        lines += _field("judged by", f"{check.id}: {check.title}")
    for feature in features:
        lines += _field("answered by", f"{feature.id}: {feature.title}")
    if not row.of_servers:
        lines += _field("judged by", "nothing: it does not bind servers")
    for cited in row.citations:
        if cited.excluded:
            lines += _field("excluded", f"{cited.revision}: {cited.excluded}")
    return lines + _field("excluded", row.excluded)


def rule_lines(rule: SourceRule, catalogue: Catalogue) -> list[str]:
    """Return a rule over sources as text: why, where it is looked for, how to fix it, how to accept it."""
    lines = [f"rule {rule.id}", rule.title, "", *_filled(rule.why), ""]
    for name, text in facts_of(rule, catalogue).items():
        lines += _field(name, text)
    lines += _field("fix", rule.remediation)
    lines += _field("accept", accepting(rule))
    return lines + [""] * bool(rule.references) + [f"see {reference}" for reference in rule.references]


def _duty(row: Requirement) -> Iterable[str]:
    yield row.id
    yield from _filled(row.text, "  ")
    for citation in row.citations:
        yield f"  {citation.revision}  {citation.level:<10}  {citation.url}"


def _example(example: Example | None) -> list[str]:
    if example is None:
        return []
    lines = ["", f"asked (reference server, {example.revision} over {example.transport})", *_indented(example.request)]
    lines += ["before, with the fault", *_indented(example.before), *_filled(example.finding, "  > ")]
    return lines + (["after, without it", *_indented(example.after)] if example.after else [])


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _filled(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _field(name: str, text: str) -> list[str]:
    """Return a named value; nothing where it is empty."""
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{name:<12}", subsequent_indent=_INDENT) if text else []
