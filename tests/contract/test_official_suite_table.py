"""The table of the official suite's checks names rows that exist, and says of every other check why it has none."""

from mcp_audit_harness.api import load_catalogue
from mcp_audit_scenarios.official_suite import load_official_suite

ALIASES = load_official_suite()


def test_every_row_that_a_check_of_the_suite_is_about_exists() -> None:
    catalogue = load_catalogue()
    known = {row.id for row in catalogue.requirements} | {feature.id for feature in catalogue.features}
    assert [(name, row) for name, rows in ALIASES.same for row in rows if row not in known] == []


def test_a_check_is_either_the_same_or_different() -> None:
    same = {name for name, _ in ALIASES.same}
    assert [name for name, _ in ALIASES.different if name in same] == []
    assert all(rows for _, rows in ALIASES.same)


def test_only_what_is_compared_is_explained_and_every_reason_is_a_sentence() -> None:
    same = {name for name, _ in ALIASES.same}
    assert [name for name, _ in ALIASES.explained if name not in same] == []
    assert all(text.endswith(".") for _, text in ALIASES.explained)
    assert all(text for _, text in ALIASES.different)


def test_the_catalogue_brings_the_table() -> None:
    assert load_catalogue().official == ALIASES
