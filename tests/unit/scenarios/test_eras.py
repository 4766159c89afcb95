"""The checks of the two eras judge hand-built sides of one server."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import era_differences
from mcp_audit_scenarios.conformance import eras as module
from mcp_audit_scenarios.conformance.eras import Both, Eras, Offered, Side

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN, ABSENT = Status.PASS, Status.FAIL, Status.NOT_OBSERVED, Status.NOT_APPLICABLE
TOOL = {"name": "read", "description": "Reads.", "inputSchema": {"type": "object"}, "annotations": {}}
INFO = {"name": "a", "version": "1"}


def side(revision: str, *tools: Any, **changed: Any) -> Side:
    members: dict[str, Any] = {
        "server_info": INFO,
        "capabilities": ("tools",),
        "lists": {"tools": tools or (TOOL,), "prompts": (), "resources": (), "resource_templates": ()},
        "complete": True,
    }
    return Side(revision, **{**members, **changed})


def served(**members: Any) -> Exchange:
    return exchange(result={"content": [], **members})


def pair(older: Exchange, newer: Exchange) -> Both:
    return Both("tools:x", older, newer)


def seen(older: Side | None = None, newer: Side | None = None, call: Both | None = None, *unknown: Both) -> Eras:
    return Eras(
        older or side("2025-11-25"), newer or side("2026-07-28"), pair(served(), served()), call, tuple(unknown)
    )


OF_OFFERS = (
    era_differences.lists_differ,
    era_differences.tool_described_differently,
    era_differences.another_name,
    era_differences.capability_in_one_only,
)


@pytest.mark.parametrize("check", OF_OFFERS)
def test_a_server_that_is_the_same_passes(check: Check) -> None:
    assert status(check, seen()) is PASS


@pytest.mark.parametrize(
    ("check", "newer", "subject"),
    [
        (era_differences.lists_differ, side("n", {**TOOL, "name": "write"}), "list:tools"),
        (era_differences.tool_described_differently, side("n", {**TOOL, "description": "Writes."}), "tool:read"),
        (era_differences.tool_described_differently, side("n", {**TOOL, "inputSchema": {}}), "tool:read"),
        (era_differences.tool_described_differently, side("n", {**TOOL, "annotations": {"a": 1}}), "tool:read"),
        (era_differences.another_name, side("n", server_info={"name": "a", "version": "2"}), ""),
        (era_differences.capability_in_one_only, side("n", capabilities=("tools", "prompts")), "capability:prompts"),
    ],
)
def test_differences_are_found(check: Check, newer: Side, subject: str) -> None:
    assert subjects(check, seen(newer=newer)) == [subject]


def test_what_only_one_revision_knows_is_no_difference() -> None:
    newer = {
        **TOOL,
        "title": "Read",
        "icons": [],
        "execution": {"taskSupport": "optional"},
        "outputSchema": {},
        "_meta": {},
        "inputSchema": {"type": "object", "$schema": "https://json-schema.org/draft/2020-12/schema"},
    }
    assert status(era_differences.tool_described_differently, seen(newer=side("n", newer))) is PASS


def test_lists_of_a_capability_that_one_era_lacks_are_judged_as_a_capability() -> None:
    newer = side("n", capabilities=(), lists={})
    assert status(era_differences.lists_differ, seen(newer=newer)) is PASS
    assert subjects(era_differences.capability_in_one_only, seen(newer=newer)) == ["capability:tools"]


def test_what_was_not_seen_whole_is_unobserved() -> None:
    assert status(era_differences.lists_differ, seen(newer=side("n", complete=False))) is UNSEEN
    assert status(era_differences.another_name, seen(newer=side("n", server_info={}))) is UNSEEN
    assert status(era_differences.tool_described_differently, seen(newer=side("n", {"name": "other"}))) is ABSENT


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (served(), served(), PASS),
        (served(isError=True), served(isError=True), PASS),
        (served(), served(isError=True), FAIL),
        (refusal(), served(), FAIL),
        (served(), silence(), UNSEEN),
        (served(), served(resultType="input_required"), UNSEEN),
    ],
)
def test_the_same_call(older: Exchange, newer: Exchange, expected: Status) -> None:
    assert status(era_differences.call_ends_differently, seen(None, None, pair(older, newer))) is expected


def test_without_a_tool_that_may_be_called_nothing_is_known_of_calls() -> None:
    assert status(era_differences.call_ends_differently, seen()) is UNSEEN


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (refusal(), refusal(), PASS),
        (refusal(), served(isError=True), PASS),
        (refusal(), served(), FAIL),
        (served(), refusal(), FAIL),
        (silence(), refusal(), UNSEEN),
    ],
)
def test_unknown_names(older: Exchange, newer: Exchange, expected: Status) -> None:
    facts = seen(None, None, None, pair(older, newer))
    assert status(era_differences.unknown_served_in_one, facts) is expected


def test_both_eras_are_a_feature() -> None:
    sight = module.both_on_one_endpoint.sight
    assert sight(Offered(served(), ("2025-11-25",))).presence is Presence.IMPLEMENTED
    assert sight(Offered(served(), ())).presence is Presence.UNSEEN
