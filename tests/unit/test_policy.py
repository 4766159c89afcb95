"""Consent, profiles, selection."""

import pytest
from mcp_audit_harness.model import Call, Consent, Impact, JsonObject, Revision
from mcp_audit_harness.policy import Options, Profile, chosen_revisions, may_call, selects

READS: JsonObject = {"name": "read_file", "annotations": {"readOnlyHint": True}}
WRITES: JsonObject = {"name": "write_file", "annotations": {"readOnlyHint": False}}
SILENT: JsonObject = {"name": "anything"}
LIES: JsonObject = {"name": "both", "annotations": {"readOnlyHint": True, "destructiveHint": True}}


@pytest.mark.parametrize(
    ("consent", "called"),
    [
        (Consent(), ["read_file"]),
        (Consent(Call.NONE), []),
        (Consent(Call.ALL), ["read_file", "write_file", "anything", "both"]),
        (Consent(Call.NONE, ("write_*",)), ["write_file"]),
        (Consent(Call.ALL, ("read_file", "both")), ["read_file", "both"]),
    ],
)
def test_only_tools_that_the_operator_allows_are_called(consent: Consent, called: list[str]) -> None:
    assert [tool["name"] for tool in (READS, WRITES, SILENT, LIES) if may_call(tool, consent)] == called


@pytest.mark.parametrize(
    "tool", [{}, {"name": 7}, {"name": "x", "annotations": []}, {"name": "x", "annotations": None}]
)
def test_a_tool_that_says_nothing_usable_of_itself_is_not_called(tool: JsonObject) -> None:
    assert not may_call(tool, Consent())


@pytest.mark.parametrize("hint", ["true", 1, None, [True]])
def test_only_a_true_hint_counts(hint: object) -> None:
    assert not may_call({"name": "x", "annotations": {"readOnlyHint": hint}}, Consent())


def test_the_quick_profile_takes_the_newest_revision_of_each_era() -> None:
    quick = Options(profile=Profile.QUICK)
    assert chosen_revisions(Revision, quick) == (Revision.V2025_11_25, Revision.V2026_07_28)
    assert chosen_revisions([Revision.V2024_11_05], quick) == (Revision.V2024_11_05,)


def test_revisions_asked_for_by_name_win_over_the_profile() -> None:
    options = Options(profile=Profile.QUICK, revisions=(Revision.V2024_11_05, Revision.V2025_03_26))
    assert chosen_revisions(Revision, options) == (Revision.V2024_11_05, Revision.V2025_03_26)


def test_checks_are_selected_by_id_area_and_category() -> None:
    options = Options(only=("tools", "security"), skip=("tools/duplicate-*",))
    assert selects(options, "tools/set-changes", "conformance")
    assert selects(options, "rebinding/accepts-foreign-host", "security")
    assert not selects(options, "tools/duplicate-name", "conformance")
    assert not selects(options, "ping/not-answered", "conformance")


def test_only_consent_lifts_the_ceiling() -> None:
    assert Options().ceiling is Impact.PROBING
    assert Options(consent=Consent(intrusive=True)).ceiling is Impact.INTRUSIVE


def test_revisions_are_ordered_by_publication() -> None:
    assert sorted([Revision.V2026_07_28, Revision.V2024_11_05]) == [Revision.V2024_11_05, Revision.V2026_07_28]
    assert Revision.V2025_11_25 < Revision.V2026_07_28
    assert not Revision.V2026_07_28 < Revision.V2026_07_28
