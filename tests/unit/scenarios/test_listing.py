"""The checks of repeated lists judge hand-built answers."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import listing

from tests.exchanges import exchange, refusal, silence, status, verdicts

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED


def tools(*names: Any) -> Exchange:
    return exchange(result={"tools": [{"name": name} for name in names]}, method="tools/list")


@pytest.mark.parametrize(
    ("answers", "order", "members"),
    [
        ([tools("a", "b"), tools("a", "b"), tools("a", "b")], PASS, PASS),
        ([tools("a", "b"), tools("b", "a"), tools("a", "b")], FAIL, PASS),
        ([tools("a", "b"), tools("a", "b"), tools("a")], PASS, FAIL),
        ([tools("a", "b"), tools("a", "b", "c"), tools("b", "a")], FAIL, FAIL),
        ([tools("a", "a"), tools("a", "a"), tools("a")], PASS, FAIL),
        ([tools(None), tools(None), tools(None)], PASS, PASS),
        ([tools(), tools(), tools()], PASS, PASS),
        ([tools("a"), tools("a"), silence()], UNSEEN, UNSEEN),
        ([tools("a"), tools("b"), refusal()], UNSEEN, UNSEEN),
        ([tools("a"), tools("b"), exchange(result={"tools": {"a": 1}})], UNSEEN, UNSEEN),
        ([], UNSEEN, UNSEEN),
    ],
)
def test_the_same_tools_come_in_the_same_order(answers: list[Exchange], order: Status, members: Status) -> None:
    facts = listing.ToolLists(tuple(answers))
    assert status(listing.order_changes, facts) is order
    assert status(listing.set_changes, facts) is members


def test_what_is_no_object_is_no_tool() -> None:
    odd = exchange(result={"tools": ["a", None, {"name": "b"}, [{"name": "c"}]]})
    assert listing.ToolLists((odd,)).names() == [["b"]]


def test_the_tools_that_changed_are_named() -> None:
    (verdict,) = verdicts(listing.set_changes, listing.ToolLists((tools("a", "b"), tools("a", "c"), tools("a", "b"))))
    assert verdict.message.endswith(": b, c")
