"""The rules of the check pack are found, each once."""

import re
from collections.abc import Iterator

import pytest
from mcp_audit_harness.declare import DeclarationError
from mcp_audit_harness.model import Aspect, Severity, SourceRule
from mcp_audit_harness.source.rules import Hit, Rule, rule
from mcp_audit_scenarios import source
from mcp_audit_scenarios.source import source_rules


@rule(id="source/toy", title="Toy", severity=Severity.LOW, aspect=Aspect.ERRORS, remediation="Put it away.")
def toy(_module: object) -> Iterator[Hit]:
    """A toy lies about."""
    return iter(())


def test_two_rules_with_one_id_for_one_kind_of_sources_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_declared", lambda: iter((toy, toy)))

    with pytest.raises(DeclarationError, match="two rules source/toy read python"):
        source_rules()


@pytest.mark.parametrize("known", source_rules(), ids=lambda known: f"{known.about.id}-{known.reads}")
def test_a_rule_says_what_why_and_how_to_mend_it(known: Rule) -> None:
    about = known.about

    assert re.fullmatch(r"source/[a-z]+(-[a-z]+)*", about.id)
    assert re.fullmatch(r"(CWE-\d+)?", about.weakness)
    assert len(about.title) <= 80
    assert len(about.why) >= 80
    assert about.remediation.endswith((".", ")"))
    assert all(address.startswith("https://") for address in about.references)


def test_twins_for_other_languages_share_what_is_said_of_the_defect() -> None:
    said: dict[str, SourceRule] = {}
    for known in source_rules():
        assert said.setdefault(known.about.id, known.about) == known.about
