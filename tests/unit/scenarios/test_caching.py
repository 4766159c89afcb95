"""The checks of caching hints judge hand-built results."""

from typing import Any

import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Exchange, Presence, Status
from mcp_audit_scenarios.conformance import caching

from tests.exchanges import exchange, refusal, silence, status, subjects

PASS, FAIL, UNSEEN = Status.PASS, Status.FAIL, Status.NOT_OBSERVED
HINTS = {"ttlMs": 0, "cacheScope": "private"}


def results(*values: Any, method: str = "tools/list") -> caching.CacheableResults:
    return caching.CacheableResults(tuple(exchange(result=value, method=method) for value in values))


@pytest.mark.parametrize("check", [caching.hints_missing, caching.bad_ttl, caching.scope_differs_between_pages])
@pytest.mark.parametrize("unseen", [(), (refusal(),), (silence(),), (exchange(result=["no object"]),)])
def test_without_a_result_nothing_can_be_said(check: Check, unseen: tuple[Exchange, ...]) -> None:
    assert status(check, caching.CacheableResults(unseen)) is UNSEEN


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (HINTS, PASS),
        ({"ttlMs": 1}, FAIL),
        ({"cacheScope": "public"}, FAIL),
        ({}, FAIL),
        ({**HINTS, "ttlMs": None}, PASS),
    ],
)
def test_both_hints_have_to_be_there(value: Any, expected: Status) -> None:
    assert status(caching.hints_missing, results(value)) is expected


def test_a_method_without_hints_is_named_once() -> None:
    pages = results({}, {}).exchanges + results({}, method="server/discover").exchanges
    facts = caching.CacheableResults(pages)
    assert subjects(caching.hints_missing, facts) == ["method:tools/list", "method:server/discover"]


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [
        (0, PASS),
        (60_000, PASS),
        (10**20, PASS),
        (-1, FAIL),
        (1.5, FAIL),
        (True, FAIL),
        ("1", FAIL),
        (None, FAIL),
        ([], FAIL),
    ],
)
def test_a_time_to_live_is_a_whole_number_from_zero_up(ttl: Any, expected: Status) -> None:
    assert status(caching.bad_ttl, results({**HINTS, "ttlMs": ttl})) is expected


def test_a_missing_time_to_live_is_the_business_of_another_check() -> None:
    assert status(caching.bad_ttl, results({})) is PASS


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (["private", "private"], PASS),
        (["private", "public"], FAIL),
        (["private", ["private"]], FAIL),
        ([{}, {}], PASS),
        (["public"], PASS),
    ],
)
def test_the_pages_of_one_list_share_a_scope(scopes: list[Any], expected: Status) -> None:
    pages = results(*({"ttlMs": 0, "cacheScope": scope} for scope in scopes))
    assert status(caching.scope_differs_between_pages, pages) is expected


def test_two_lists_and_two_resources_may_differ_in_scope() -> None:
    private, public = {"cacheScope": "private"}, {"cacheScope": "public"}
    lists = results(private).exchanges + results(public, method="prompts/list").exchanges
    assert status(caching.scope_differs_between_pages, caching.CacheableResults(lists)) is PASS
    assert status(caching.scope_differs_between_pages, results(private, public, method="resources/read")) is PASS


def test_results_that_may_be_kept_are_a_feature() -> None:
    assert caching.lifetimes.sight(results(HINTS, {**HINTS, "ttlMs": 5})).presence is Presence.IMPLEMENTED
    assert caching.lifetimes.sight(results(HINTS, {"ttlMs": True})).presence is Presence.MISSING
    assert caching.lifetimes.sight(results()).presence is Presence.UNSEEN
