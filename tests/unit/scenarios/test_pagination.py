"""The checks of cursors judge hand-built pages."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, Outcome, Status
from mcp_audit_scenarios.conformance import pagination

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
CONTROL = exchange(result={"tools": []})


def made_up(*answers: Exchange) -> pagination.MadeUpCursors:
    return pagination.MadeUpCursors(
        tuple(pagination.MadeUpCursor(f"m{at}/list", CONTROL, answer) for at, answer in enumerate(answers))
    )


@pytest.mark.parametrize(
    ("answers", "accepts", "code"),
    [
        ([refusal(-32602)], PASS, PASS),
        ([refusal(-32603)], PASS, FAIL),
        ([refusal("-32602")], PASS, FAIL),
        ([refusal(-32602), refusal(-32603)], PASS, FAIL),
        ([CONTROL, refusal(-32602)], FAIL, PASS),
        ([CONTROL], FAIL, UNSEEN),
        ([exchange(status=400)], PASS, UNSEEN),
        ([exchange(status=400, outcome=Outcome.CLOSED)], UNSEEN, UNSEEN),
        ([silence()], UNSEEN, UNSEEN),
        ([], UNSEEN, UNSEEN),
    ],
)
def test_a_made_up_cursor_is_refused(answers: list[Exchange], accepts: Status, code: Status) -> None:
    assert status(pagination.accepts_made_up_cursor, made_up(*answers)) is accepts
    assert status(pagination.wrong_code_for_made_up_cursor, made_up(*answers)) is code


def test_each_list_that_takes_any_cursor_is_named() -> None:
    facts = made_up(CONTROL, refusal(), CONTROL)
    assert subjects(pagination.accepts_made_up_cursor, facts) == ["method:m0/list", "method:m2/list"]


def page(*items: Any, member: str = "tools") -> Exchange:
    return exchange(result={member: list(items)})


def walked(*pages: Exchange, member: str = "tools") -> pagination.Walks:
    return pagination.Walks((pagination.Walk(f"{member}/list", member, pages),))


A, B, C = {"name": "a"}, {"name": "b"}, {"name": "c"}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([page(A, B), page(C)], PASS),
        ([page(A, B), page(B, C)], FAIL),
        ([page(A), page(B), page(A)], FAIL),
        ([page(A, A)], PASS),
        ([page(A, A), page(B)], PASS),
        ([page({}, {}), page({}, None, "a", ["a"])], PASS),
        ([page({"name": 1}), page({"name": "1"})], PASS),
        ([page({"name": ["a"]}), page({"name": ["a"]})], FAIL),
        ([page(A), exchange(result={"tools": {"name": "a"}})], PASS),
        ([page(A), refusal()], UNSEEN),
        ([refusal()], UNSEEN),
        ([silence()], UNSEEN),
        ([], UNSEEN),
    ],
)
def test_no_item_comes_on_two_pages(pages: list[Exchange], expected: Status) -> None:
    assert status(pagination.repeats_items, walked(*pages)) is expected


def test_a_resource_is_known_by_its_uri_and_a_template_by_its_uri_template() -> None:
    same_name = [page({"name": "n", "uri": uri}, member="resources") for uri in ("a:", "b:")]
    assert status(pagination.repeats_items, walked(*same_name, member="resources")) is PASS
    same_uri = [page({"name": name, "uri": "a:"}, member="resources") for name in ("x", "y")]
    assert status(pagination.repeats_items, walked(*same_uri, member="resources")) is FAIL
    templates = [page({"name": "n", "uriTemplate": "a:{x}"}, member="resourceTemplates")] * 2
    assert status(pagination.repeats_items, walked(*templates, member="resourceTemplates")) is FAIL


def test_one_list_that_repeats_is_named_beside_one_that_does_not() -> None:
    good, bad = walked(page(A), page(B)), walked(page(A), page(A), member="tools")
    assert subjects(pagination.repeats_items, pagination.Walks(good.walks + bad.walks)) == ["method:tools/list"]


@pytest.mark.parametrize(
    ("pages", "again", "expected"),
    [
        ([page(A), page(B)], page(B), PASS),
        ([page(A), page(B)], page(A), FAIL),
        ([page(A), page(B, C)], page(C, B), FAIL),
        ([page(A), page(B)], refusal(), FAIL),
        ([page(A), page(B)], silence(), UNSEEN),
        ([page(A), refusal()], page(B), UNSEEN),
        ([page(A), silence()], silence(), UNSEEN),
        ([page(A)], None, Status.NOT_APPLICABLE),
        ([], None, Status.NOT_APPLICABLE),
    ],
)
def test_a_cursor_gives_the_same_page_twice(pages: list[Exchange], again: Exchange | None, expected: Status) -> None:
    (walk,) = walked(*pages).walks
    facts = pagination.Walks((pagination.Walk(walk.method, walk.member, walk.pages, again),))
    assert status(pagination.unstable_cursor, facts) is expected
