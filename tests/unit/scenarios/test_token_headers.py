from dataclasses import replace

import pytest
from mcp_audit_harness.model import Exchange, Status
from mcp_audit_scenarios.attacks import sibling_endpoints, token_headers
from mcp_audit_scenarios.attacks.attempts import Attempt
from mcp_audit_scenarios.conformance.trials import Trial

from tests.exchanges import exchange, refusal, silence, status, subjects

SERVED = exchange(result={"serverInfo": {"name": "one"}}, method="initialize", headers=(("cache-control", "no-store"),))
REFUSED = refusal(-32600, status=401)
GOOD = Attempt("refused", REFUSED)
BAD = Attempt("let in", SERVED, SERVED)


def odd(header: Attempt = GOOD, cookie: Attempt = GOOD, made_up: Exchange = REFUSED) -> token_headers.OddHeaders:
    return token_headers.OddHeaders(SERVED, made_up, (header,), (cookie,))


def test_odd_headers_and_cookies_let_nobody_in() -> None:
    assert status(token_headers.odd_header_accepted, odd()) is Status.PASS
    assert status(token_headers.taken_from_cookie, odd()) is Status.PASS
    assert status(token_headers.odd_header_accepted, odd(header=BAD)) is Status.FAIL
    assert status(token_headers.taken_from_cookie, odd(cookie=BAD)) is Status.FAIL


def test_nothing_is_said_of_headers_where_every_token_is_good() -> None:
    assert status(token_headers.odd_header_accepted, odd(header=BAD, made_up=SERVED)) is Status.NOT_OBSERVED
    assert status(token_headers.taken_from_cookie, odd(cookie=BAD, made_up=SERVED)) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("value", "expected"),
    [("no-store", "pass"), ("private, max-age=5", "pass"), ("Public, max-age=5", "fail"), ("s-maxage=5", "fail")],
)
def test_answers_to_callers_with_a_token_are_not_for_shared_caches(value: str, expected: str) -> None:
    answer = replace(SERVED, headers=(("cache-control", value),))
    assert status(token_headers.answer_cacheable_by_all, token_headers.ToACaller((answer,))) is Status(expected)


def test_no_answer_says_nothing_of_caches() -> None:
    assert status(token_headers.answer_cacheable_by_all, token_headers.ToACaller(())) is Status.NOT_OBSERVED


def test_a_token_in_an_answer_is_a_finding() -> None:
    echoing = replace(SERVED, echoes_token=True)
    assert status(token_headers.echoed, token_headers.Echoes((SERVED,), (), has_token=True)) is Status.PASS
    assert status(token_headers.echoed, token_headers.Echoes((SERVED,), (echoing,), has_token=True)) is Status.FAIL
    assert status(token_headers.echoed, token_headers.Echoes((), (), has_token=True)) is Status.NOT_OBSERVED
    assert status(token_headers.echoed, token_headers.Echoes((), (), has_token=False)) is Status.NOT_APPLICABLE


def siblings(found: Exchange, again: Exchange | None = None) -> sibling_endpoints.Siblings:
    repeated = () if again is None else (Trial("/messages", again),)
    return sibling_endpoints.Siblings(SERVED, REFUSED, (Trial("/messages", found),), repeated)


def test_the_same_server_at_another_path_is_a_finding() -> None:
    check = sibling_endpoints.open_sibling_endpoint
    assert status(check, siblings(exchange(status=404))) is Status.PASS
    assert subjects(check, siblings(SERVED, SERVED)) == ["path:/messages"]
    assert status(check, siblings(silence())) is Status.NOT_OBSERVED


def test_another_server_at_another_path_is_its_own_affair() -> None:
    other = exchange(result={"serverInfo": {"name": "two"}}, method="initialize")
    assert status(sibling_endpoints.open_sibling_endpoint, siblings(other, other)) is Status.PASS
