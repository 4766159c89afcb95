"""Initialization comes first, and revisions are kept to: judged on hand-built exchanges."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Status, Transport
from mcp_audit_scenarios.conformance import first_interaction
from mcp_audit_scenarios.conformance.first_interaction import Early, Sayings

from tests.exchanges import exchange, refusal, silence, status, subjects

LISTED = exchange(method="tools/list", result={"tools": []}, transport=Transport.STDIO)


@pytest.mark.parametrize(
    ("control", "early", "expected"),
    [
        (LISTED, refusal(-32602), Status.PASS),
        (LISTED, LISTED, Status.FAIL),
        (LISTED, silence(), Status.NOT_OBSERVED),
        (LISTED, exchange(outcome=Outcome.CLOSED), Status.NOT_OBSERVED),
        (refusal(-32603), LISTED, Status.NOT_OBSERVED),
    ],
)
def test_a_list_is_for_those_who_initialized(control: Exchange, early: Exchange, expected: Status) -> None:
    assert status(first_interaction.serves_before_initialize, Early(control, early)) is expected


def _said(method: Any, revision: str, **members: Any) -> Sayings:
    return Sayings((exchange(messages=({"jsonrpc": "2.0", "method": method, **members},), revision=revision),))


@pytest.mark.parametrize(
    ("method", "revision", "expected"),
    [
        ("elicitation/create", "2025-03-26", Status.FAIL),
        ("elicitation/create", "2025-06-18", Status.PASS),
        ("notifications/tasks/status", "2025-06-18", Status.FAIL),
        ("notifications/tasks/status", "2025-11-25", Status.PASS),
        ("notifications/subscriptions/acknowledged", "2025-11-25", Status.FAIL),
        ("notifications/message", "2024-11-05", Status.PASS),
        ("vendor/own", "2024-11-05", Status.PASS),
        (7, "2024-11-05", Status.PASS),
    ],
)
def test_methods_of_later_revisions_are_not_for_earlier_clients(method: Any, revision: str, expected: Status) -> None:
    members = {"id": 1} if method == "elicitation/create" else {}
    facts = _said(method, revision, **members)
    assert status(first_interaction.speaks_later_revision, facts) is expected


def test_a_finding_names_the_method() -> None:
    facts = _said("elicitation/create", "2024-11-05", id=1)
    assert subjects(first_interaction.speaks_later_revision, facts) == ["method:elicitation/create"]


def test_without_messages_nothing_is_said_of_revisions() -> None:
    assert status(first_interaction.speaks_later_revision, Sayings(())) is Status.NOT_OBSERVED
