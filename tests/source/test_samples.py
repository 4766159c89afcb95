"""Every rule over sources flags exactly the lines that its samples mark."""

import pytest
from mcp_audit_harness.source.rules import Rule
from mcp_audit_scenarios.source import source_rules

from .sampled import Sample, counts, samples_of, unread

RULES = source_rules()
FEWEST = 3


def rule_name(rule: Rule) -> str:
    return f"{rule.about.id.partition('/')[2]}-{rule.reads}"


@pytest.mark.parametrize(
    "sample", [sample for rule in RULES for sample in samples_of(rule)], ids=lambda item: item.name
)
def test_a_rule_flags_exactly_the_lines_that_its_sample_marks(sample: Sample) -> None:
    assert sample.flagged() == sample.marked("bad")


@pytest.mark.parametrize(
    "sample", [sample for rule in RULES for sample in samples_of(rule)], ids=lambda item: item.name
)
def test_bad_samples_are_marked_and_good_ones_are_not(sample: Sample) -> None:
    assert bool(sample.marked("bad")) == sample.path.name.startswith("bad_")


@pytest.mark.parametrize(
    "sample", [sample for rule in RULES for sample in samples_of(rule)], ids=lambda item: item.name
)
def test_a_rule_says_nothing_twice(sample: Sample) -> None:
    said = [(hit.path, hit.line, hit.column, hit.message) for hit in sample.hits()]

    assert sorted(set(said)) == sorted(said)


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_a_rule_has_enough_samples_of_both_kinds(rule: Rule) -> None:
    bad, good = counts(samples_of(rule))

    assert bad >= FEWEST
    assert good >= FEWEST


def test_every_sample_is_read_by_a_rule() -> None:
    assert unread() == []
