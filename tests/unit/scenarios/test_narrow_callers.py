"""What is hidden from a caller of smaller scope is not served to it: judged on hand-built exchanges."""

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.conformance import narrow_callers
from mcp_audit_scenarios.conformance.narrow_callers import Asked, NarrowCaller

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
OK = exchange(result={"content": [], "contents": []})
FAILED = exchange(result={"content": [], "isError": True})
BUSY = exchange(status=429, messages=())
LIST = exchange(result={"tools": []}, method="tools/list")


def seen(*asked: Asked, secrets: tuple[str, ...] = ("a",)) -> NarrowCaller:
    return NarrowCaller((LIST,), asked, asked, asked, secrets)


@pytest.mark.parametrize("check", [narrow_callers.serves_hidden_tool, narrow_callers.serves_hidden_resource])
@pytest.mark.parametrize(
    ("hidden", "wide", "narrow", "expected"),
    [
        (True, OK, OK, FAIL),
        (True, OK, refusal(), PASS),
        (False, OK, exchange(status=403), PASS),
        (False, OK, FAILED, PASS),
        (False, OK, OK, UNSEEN),
        (True, FAILED, FAILED, UNSEEN),
        (True, refusal(), OK, UNSEEN),
        (True, OK, silence(), UNSEEN),
        (True, OK, BUSY, UNSEEN),
    ],
)
def test_a_filter_on_the_list_is_no_lock(
    check: Check, hidden: bool, wide: Exchange, narrow: Exchange, expected: Status
) -> None:
    facts = seen(Asked("a", hidden, wide, narrow))
    assert status(check, facts) is expected
    assert bool(subjects(check, facts)) is (expected is FAIL)


def test_one_that_is_served_is_named_beside_one_that_is_refused() -> None:
    facts = seen(Asked("a", True, OK, OK), Asked("b", True, OK, refusal()))
    assert subjects(narrow_callers.serves_hidden_tool, facts) == ["tool:a"]
    assert subjects(narrow_callers.serves_hidden_resource, facts) == ["resource:a"]


def gives(*values: str) -> Exchange:
    return exchange(result={"completion": {"values": list(values)}}, method="completion/complete")


@pytest.mark.parametrize(
    ("narrow", "secrets", "expected"),
    [
        (gives("b"), ("a",), PASS),
        (gives(), ("a",), PASS),
        (refusal(), ("a",), PASS),
        (gives("b", "a"), ("a",), FAIL),
        (gives("a"), (), UNSEEN),
        (silence(), ("a",), UNSEEN),
    ],
)
def test_completion_names_nothing_that_is_hidden(narrow: Exchange, secrets: tuple[str, ...], expected: Status) -> None:
    facts = seen(Asked("pack", False, gives("a"), narrow), secrets=secrets)
    assert status(narrow_callers.suggests_hidden_names, facts) is expected


@pytest.mark.parametrize(
    "check",
    [narrow_callers.serves_hidden_tool, narrow_callers.serves_hidden_resource, narrow_callers.suggests_hidden_names],
)
def test_where_nothing_was_asked_nothing_is_judged(check: Check) -> None:
    assert status(check, seen()) is UNSEEN
