"""Questions that nobody answers, ids and tokens of servers, pings, and roots that bound paths: by hand-built facts."""

from typing import Any

import pytest
from mcp_audit_harness.model import Exchange, SchemaViolation, Status
from mcp_audit_scenarios.conformance.asking import Consultation, Question
from mcp_audit_scenarios.conformance.exploration import Asking
from mcp_audit_scenarios.conformance.interim_questions import Interim
from mcp_audit_scenarios.conformance.interim_questions import question as shape_of_question
from mcp_audit_scenarios.conformance.roots import (
    Boundaries,
    BoundedTool,
    keeps_outdated_roots,
    serves_lookalike_path,
    serves_outside_roots,
    shows_roots,
)
from mcp_audit_scenarios.conformance.server_pings import Pings, floods_client
from mcp_audit_scenarios.conformance.withheld import (
    Withheld,
    abandons_without_cancelling,
    cancels_foreign_request,
    reuses_active_token,
    reuses_request_id,
)

from tests.exchanges import exchange, silence, status

REPLY = {"jsonrpc": "2.0", "id": 1, "result": {"content": [], "isError": True}}


def cancelled(request_id: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request_id}}


def question(rpc_id: Any, token: Any = None) -> Question:
    meta = {} if token is None else {"_meta": {"progressToken": token}}
    return Question("elicitation/create", meta, None, rpc_id=rpc_id)


def call(*questions: Question, end: Exchange) -> Consultation:
    return Consultation("ask", "silent", questions, end)


def ended(*messages: Any) -> Exchange:
    return exchange(messages=(*messages, REPLY), method="tools/call")


def asking(rpc_id: Any) -> Exchange:
    request = {"jsonrpc": "2.0", "id": rpc_id, "method": "elicitation/create"}
    return exchange(messages=(request,), method="tools/call")


def test_who_gives_up_takes_the_question_back() -> None:
    good = Withheld((call(question(3), end=ended(cancelled(3))),), ())
    aside = Withheld((call(question(3), end=ended()),), (exchange(messages=(cancelled(3),)),))
    bad = Withheld((call(question(3), end=ended(cancelled("3"))),), ())
    assert status(abandons_without_cancelling, good) is Status.PASS
    assert status(abandons_without_cancelling, aside) is Status.PASS
    assert status(abandons_without_cancelling, bad) is Status.FAIL


def test_who_waits_on_is_not_blamed() -> None:
    for seen in (Withheld((), ()), Withheld((call(question(3), end=silence()),), ())):
        assert status(abandons_without_cancelling, seen) is Status.NOT_OBSERVED


def test_only_own_requests_are_cancelled() -> None:
    own, foreign = ended(cancelled(3)), ended(cancelled(1))
    assert status(cancels_foreign_request, Withheld((call(question(3), end=own),), ())) is Status.PASS
    assert status(cancels_foreign_request, Withheld((call(question(3), end=foreign),), ())) is Status.FAIL
    assert status(cancels_foreign_request, Withheld((call(question(3), end=ended()),), ())) is Status.NOT_OBSERVED


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [((1, 2), Status.PASS), ((1, "1"), Status.PASS), ((1, 1), Status.FAIL), ((None, None), Status.NOT_OBSERVED)],
)
def test_open_requests_have_tokens_of_their_own(tokens: tuple[Any, Any], expected: Status) -> None:
    open_, after = call(question(1, tokens[0]), end=asking(1)), call(question(2, tokens[1]), end=ended())
    assert status(reuses_active_token, Withheld((open_, after), ())) is expected


def test_a_token_may_be_used_again_when_its_request_is_over() -> None:
    seen = Withheld((call(question(1, 7), end=ended()), call(question(2, 7), end=ended())), ())
    assert status(reuses_active_token, seen) is Status.PASS


@pytest.mark.parametrize(
    ("ids", "expected"),
    [((0, 1, 2), Status.PASS), ((1, "1"), Status.PASS), ((1, 2, 1), Status.FAIL), ((1,), Status.NOT_OBSERVED)],
)
def test_every_request_of_a_session_has_an_id_of_its_own(ids: tuple[Any, ...], expected: Status) -> None:
    seen = Asking(tuple(call(question(rpc_id), end=ended()) for rpc_id in ids))
    assert status(reuses_request_id, seen) is expected


def test_a_few_pings_are_none_too_many() -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    few, many = exchange(messages=(ping, REPLY)), exchange(messages=(*[ping] * 20, REPLY), elapsed_ms=100.0)
    slow = exchange(messages=(*[ping] * 20, REPLY), elapsed_ms=60_000.0)
    assert status(floods_client, Pings((few,), ())) is Status.PASS
    assert status(floods_client, Pings((slow,), ())) is Status.PASS
    assert status(floods_client, Pings((), (ended(),))) is Status.PASS
    assert status(floods_client, Pings((many,), ())) is Status.FAIL
    assert status(floods_client, Pings((), ())) is Status.NOT_OBSERVED


def at(*, served: bool) -> Consultation:
    result = {"content": [{"type": "text", "text": "x"}], "isError": not served}
    return Consultation("read", "accept", (), exchange(result=result, method="tools/call"))


def bounded(*, outside: bool = False, trick: bool = False, old: bool = False, new: bool = True) -> Boundaries:
    tool = BoundedTool(at(served=True), at(served=outside), (at(served=trick),), at(served=old), at(served=new))
    return Boundaries((tool,))


def test_a_tool_keeps_within_the_roots() -> None:
    for check in (serves_outside_roots, serves_lookalike_path, keeps_outdated_roots):
        assert status(check, bounded()) is Status.PASS
        assert status(check, Boundaries(())) is Status.NOT_OBSERVED
    assert status(serves_outside_roots, bounded(outside=True)) is Status.FAIL
    assert status(serves_lookalike_path, bounded(trick=True)) is Status.FAIL
    assert status(keeps_outdated_roots, bounded(old=True)) is Status.FAIL


def test_a_tool_that_ignores_roots_is_blamed_for_that_alone() -> None:
    everywhere = bounded(outside=True, trick=True, old=True)
    assert status(serves_lookalike_path, everywhere) is Status.NOT_OBSERVED
    assert status(keeps_outdated_roots, everywhere) is Status.NOT_OBSERVED


def test_a_new_root_that_is_refused_shows_nothing_of_the_old_one() -> None:
    assert status(keeps_outdated_roots, bounded(new=False)) is Status.NOT_OBSERVED


def test_a_question_for_the_roots_is_seen_in_either_era() -> None:
    request = {"jsonrpc": "2.0", "id": 4, "method": "roots/list"}
    interim = {"resultType": "input_required", "inputRequests": {"a": {"method": "roots/list"}}}
    assert shows_roots(exchange(messages=(request,)))
    assert shows_roots(exchange(result=interim))
    assert not shows_roots(exchange(result={}))


def test_the_params_of_a_question_are_judged_and_nothing_else_of_it() -> None:
    interim = {"resultType": "input_required", "inputRequests": {"a": {"method": "roots/list"}}}

    def at(path: str) -> Interim:
        found = SchemaViolation("InputRequiredResult", path, f"{path} is wrong")
        return Interim((exchange(result=interim, violations=(found,)),))

    assert status(shape_of_question, at("inputRequests.a.params.messages[0]")) is Status.FAIL
    assert status(shape_of_question, at("inputRequests.a")) is Status.PASS
    assert status(shape_of_question, Interim(())) is Status.NOT_OBSERVED
