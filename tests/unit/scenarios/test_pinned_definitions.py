"""What is offered is judged beside what was pinned."""

from typing import Any

from mcp_audit_harness.model import Status
from mcp_audit_harness.pins import pinned
from mcp_audit_scenarios.attacks import pins
from mcp_audit_scenarios.attacks.pins import Reviewed

from tests.exchanges import exchange, status, subjects, verdicts

CHECKS = (pins.definition_changed, pins.appearance_changed, pins.definition_added, pins.definition_removed)
TOOL = {"name": "read", "description": "Reads.", "title": "Read"}


def seen(*tools: Any, name: str = "s") -> Reviewed:
    approved = pinned("2025-11-25", {"name": "s"}, [("tool", TOOL)])
    opening = exchange(result={"serverInfo": {"name": name, "version": "2"}}, method="initialize")
    return Reviewed(approved, (opening,), (exchange(result={"tools": list(tools)}, method="tools/list"),))


def test_what_was_pinned_passes() -> None:
    assert {status(check, seen(TOOL)) for check in CHECKS} == {Status.PASS}


def test_other_words_are_a_change_and_another_title_one_of_looks() -> None:
    assert subjects(pins.definition_changed, seen({**TOOL, "description": "Sends."})) == ["tool:read"]
    assert status(pins.appearance_changed, seen({**TOOL, "description": "Sends."})) is Status.PASS
    assert subjects(pins.appearance_changed, seen({**TOOL, "title": "Pay"})) == ["tool:read"]
    assert subjects(pins.appearance_changed, seen(TOOL, name="t")) == ["server"]


def test_the_difference_is_in_the_message() -> None:
    (found,) = verdicts(pins.definition_changed, seen({**TOOL, "description": "Sends."}))
    assert found.message == "description: 'Reads.' became 'Sends.'"


def test_what_is_new_or_gone_is_named() -> None:
    assert subjects(pins.definition_added, seen(TOOL, {"name": "send"})) == ["tool:send"]
    assert subjects(pins.definition_removed, seen()) == ["tool:read"]
    assert status(pins.definition_changed, seen()) is Status.PASS
