"""What every rule over sources promises."""

import re
from fnmatch import fnmatchcase

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.model import Severity
from mcp_audit_harness.source.rules import Rule

CATALOGUE = load_catalogue()
RULES = CATALOGUE.source_rules()
CHECKS = [check.id for check in CATALOGUE.checks]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.about.id}-{rule.reads}")
def test_a_rule_says_what_why_and_how_to_fix_it(rule: Rule) -> None:
    about = rule.about
    assert re.fullmatch(r"source/[a-z][a-z0-9-]+", about.id)
    assert len(about.why.split()) >= 12
    assert about.remediation.endswith(".")
    assert not about.title.endswith(".")
    assert not about.weakness or re.fullmatch(r"CWE-\d+", about.weakness)
    assert all(reference.startswith("https://") for reference in about.references)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.about.id}-{rule.reads}")
def test_the_checks_that_show_a_weakness_live_exist(rule: Rule) -> None:
    for glob in rule.about.shown_by:
        assert any(fnmatchcase(check, glob) for check in CHECKS), glob


def test_twins_of_a_rule_are_the_same_defect() -> None:
    abouts: dict[str, object] = {}
    for rule in RULES:
        assert abouts.setdefault(rule.about.id, rule.about) is rule.about


def test_what_no_way_of_a_value_proves_is_never_critical() -> None:
    assert all(rule.about.weakness for rule in RULES if rule.about.severity is Severity.CRITICAL)
