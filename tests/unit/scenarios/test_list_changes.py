"""The checks of changing lists judge hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import list_changes
from mcp_audit_scenarios.conformance.list_changes import Change, ListChanges, names

from tests.exchanges import exchange, refusal, silence, status, verdicts

PASS, FAIL, UNSEEN, ABSENT = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
CALL = exchange(result={"content": []}, method="tools/call")
CHECKS = [
    ("tools", list_changes.tools_change_not_announced),
    ("prompts", list_changes.prompts_change_not_announced),
    ("resources", list_changes.resources_change_not_announced),
]


def page(kind: str, *items: str) -> Exchange:
    member = "uri" if kind == "resources" else "name"
    return exchange(result={kind: [{member: item} for item in items]}, method=f"{kind}/list")


def note(kind: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": f"notifications/{kind}/list_changed"}


def changed(kind: str, *, heard: Exchange | None, call: Exchange = CALL) -> ListChanges:
    change = Change(kind, "add", (page(kind, "a"),), call, (page(kind, "a", "b"),), heard)
    return ListChanges((kind,), (change,), (call,))


@pytest.mark.parametrize(("kind", "check"), CHECKS)
def test_a_change_of_which_nobody_is_told_fails(kind: str, check: Check) -> None:
    assert status(check, changed(kind, heard=silence())) is FAIL
    other = "prompts" if kind == "tools" else "tools"
    assert status(check, changed(kind, heard=exchange(messages=(note(other),)))) is FAIL
    (found,) = verdicts(check, changed(kind, heard=silence()))
    assert len(found.evidence) == 4


@pytest.mark.parametrize(("kind", "check"), CHECKS)
def test_a_change_is_told_on_whatever_stream(kind: str, check: Check) -> None:
    assert status(check, changed(kind, heard=exchange(messages=(note(kind),)))) is PASS
    with_call = exchange(messages=(note(kind), {"jsonrpc": "2.0", "id": 1, "result": {}}), method="tools/call")
    assert status(check, changed(kind, heard=None, call=with_call)) is PASS


@pytest.mark.parametrize(("kind", "check"), CHECKS)
def test_without_a_stream_silence_says_nothing(kind: str, check: Check) -> None:
    assert status(check, changed(kind, heard=None)) is UNSEEN


@pytest.mark.parametrize(("kind", "check"), CHECKS)
def test_what_did_not_change_is_unobserved_and_what_is_not_declared_absent(kind: str, check: Check) -> None:
    assert status(check, ListChanges((kind,), (), (CALL,))) is UNSEEN
    assert status(check, ListChanges((), (), (CALL,))) is ABSENT


def test_names_are_those_of_all_pages() -> None:
    assert names((page("tools", "a"), page("tools", "b")), "tools") == {"a", "b"}
    assert names((page("resources", "u:a"),), "resources") == {"u:a"}
    assert names((refusal(), silence(), exchange(result={"tools": "none"})), "tools") == frozenset()
