"""`list`, and `explain --pages`: the catalogue as text or JSON, and as pages."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..api import load_catalogue
from ..catalogue import Catalogue
from ..declare import Check
from ..engine.score import coverage_of
from ..model import Level, Revision
from ..policy import Exit, Options, selects
from .check_pages import severity_of, write_pages
from .files import writing_to
from .rule_pages import languages_of, rules_of
from .usage import UsageError

_COUNTED = ("duties", "checked", "by_feature", "excluded")
_OBSERVERS = {
    "both": "anybody",
    "black-box-http": "anybody",
    "black-box-stdio": "anybody",
    "needs-cooperation": "needs cooperation",
    "not-observable": "nobody",
}


def list_checks(form: str, only: Sequence[str]) -> int:
    """Print every check, a line each, or as JSON."""
    catalogue = load_catalogue()
    options = Options(only=tuple(only))
    chosen = [check for check in catalogue.checks if selects(options, check.id, check.category.value)]
    if _json(form):
        _print_json({"checks": [_as_json(check, catalogue) for check in chosen]})
    else:
        _say_rows((check.id, f"{severity_of(check):<26}  {check.title}") for check in chosen)
        _say(f"{len(chosen)} checks")
    return Exit.CLEAN


def list_coverage(form: str) -> int:
    """Print how many server-side duties of each revision are looked at: in all, and by who can see them."""
    catalogue = load_catalogue()
    rows = coverage_of(catalogue, Revision)
    if _json(form):
        figures = {
            str(row.revision): {
                "requirements": row.requirements,
                "checked": row.checked,
                "not_observable": row.not_observable,
                "excluded": row.excluded,
            }
            for row in rows
        }
        _print_json({"coverage": figures, "by_observer": {str(rev): _by_observer(catalogue, rev) for rev in Revision}})
    else:
        _say("revision    duties  checked  not observable  excluded")
        for row in rows:
            figures_text = f"{row.requirements:>6}  {row.checked:>7}  {row.not_observable:>14}  {row.excluded:>8}"
            _say(f"{row.revision!s:<10}  {figures_text}")
        _say("\nrevision    seen by            duties  by a check  by a feature  excluded")
        for revision in Revision:
            for observer, counts in _by_observer(catalogue, revision).items():
                duties, checked, sighted, excluded = counts.values()
                _say(f"{revision!s:<10}  {observer:<17}  {duties:>6}  {checked:>10}  {sighted:>12}  {excluded:>8}")
    return Exit.CLEAN


def list_attacks(form: str) -> int:
    """Print every known attack with the checks that try it, or the reason why none does."""
    catalogue = load_catalogue()
    scenarios = {check.id: check.scenario for check in catalogue.checks}
    if _json(form):
        rows = [
            {
                "id": attack.id,
                "scenarios": sorted({scenarios[check].name for check in attack.checks}),
                "checks": list(attack.checks),
                "excluded": attack.excluded,
            }
            for attack in catalogue.attacks
        ]
        _print_json({"attacks": rows})
    else:
        _say_rows(
            (attack.id, ", ".join(attack.checks) or f"not tried: {attack.excluded}") for attack in catalogue.attacks
        )
        tried = sum(bool(attack.checks) for attack in catalogue.attacks)
        _say(f"{tried} of {len(catalogue.attacks)} attacks are tried")
    return Exit.CLEAN


def list_rules(form: str, only: Sequence[str]) -> int:
    """Print every rule over sources, a line each, or as JSON."""
    catalogue = load_catalogue()
    options = Options(only=tuple(only))
    rules = [rule for rule in rules_of(catalogue) if selects(options, rule.id, rule.aspect.value)]
    if _json(form):
        rows = [
            {"id": rule.id, "title": rule.title, "severity": rule.severity.value, "aspect": rule.aspect.value}
            | {"weakness": rule.weakness, "looks_at": languages_of(rule, catalogue)}
            for rule in rules
        ]
        _print_json({"rules": rows})
    else:
        _say_rows((rule.id, f"{rule.severity:<8}  {rule.title}") for rule in rules)
        _say(f"{len(rules)} rules")
    return Exit.CLEAN


def _by_observer(catalogue: Catalogue, revision: Revision) -> dict[str, dict[str, int]]:
    """Return the counts of duties by who can see them: anybody, who is helped by the server or operator, nobody."""
    checked = catalogue.judged(revision)
    sighted = catalogue.looked_at(revision) - checked
    found: dict[str, dict[str, int]] = {name: dict.fromkeys(_COUNTED, 0) for name in dict.fromkeys(_OBSERVERS.values())}
    for row in catalogue.requirements:
        cited = row.at(revision)
        if row.of_servers and cited is not None and cited.level is not Level.ADVICE:
            counts = found[_OBSERVERS[row.observable]]
            counts["duties"] += 1
            counts["checked" if row.id in checked else "by_feature" if row.id in sighted else "excluded"] += 1
    return found


def write_check_pages(directory: Path) -> int:
    """Write a page for every check; raises UsageError if that fails."""
    with writing_to(directory):
        count = write_pages(load_catalogue(), directory)
    _say(f"{count} pages in {directory}/")
    return Exit.CLEAN


def _as_json(check: Check, catalogue: Catalogue) -> dict[str, object]:
    revisions = [str(revision) for revision in Revision if catalogue.applies(check, revision)]
    return {
        "id": check.id,
        "title": check.title,
        "area": check.area,
        "category": check.category.value,
        "severity": severity_of(check),
        "impact": check.scenario.impact.name.lower(),
        "transports": sorted(check.scenario.transports),
        "revisions": revisions,
        "requirements": list(check.requirements),
    }


def _json(form: str) -> bool:
    if form not in {"console", "json"}:
        raise UsageError(f"--format takes console or json here, not {form!r}")
    return form == "json"


def _print_json(value: object) -> None:
    _say(json.dumps(value, indent=2))


def _say_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Print a line for each id and what there is to say of it, which begins in the same column everywhere."""
    listed = tuple(rows)
    width = max((len(name) for name, _ in listed), default=0)
    for name, text in listed:
        _say(f"{name:<{width}}  {text}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
